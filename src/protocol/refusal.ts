/** A refusal as the caller reads it. Nothing of the inside belongs in it: that goes to the log, under the trace_id. */
export interface Refusal {
  readonly refused: true;
  readonly code: ResultCode;
  readonly subCode: string;
  readonly subMessage: string;
}

/** The published `msg` of each `code`. */
export const resultMessages = {
  "10000": "Success",
  "20000": "Service Currently Unavailable",
  "20001": "Insufficient Token Permissions",
  "40001": "Missing Required Arguments",
  "40002": "Invalid Arguments",
  "40003": "Insufficient Conditions",
  "40004": "Business Failed",
  "40005": "Call Limited",
  "40006": "Insufficient Permissions",
} as const;

export type ResultCode = keyof typeof resultMessages;

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === "object" && value !== null && "refused" in value && value.refused === true;
}

/** One documented way for a call to fail. `subMessage` is the published Chinese text; cause and remedy are for the docs. */
export interface ErrorSpec {
  readonly code: ResultCode;
  readonly subMessage: string;
  readonly cause: Bilingual;
  readonly remedy: Bilingual;
  /** The published text is only a head: the reply adds which field is wrong, and how. */
  readonly namesField?: boolean;
}

export interface Bilingual {
  readonly en: string;
  readonly zh: string;
}

/** `detail` takes the place of the published text where the document says that the real reply tells more. */
export function refusal(subCode: string, error: ErrorSpec, detail?: string): Refusal {
  return { refused: true, code: error.code, subCode, subMessage: detail ?? error.subMessage };
}
