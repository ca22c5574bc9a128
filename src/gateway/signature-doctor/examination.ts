import type { Finding, RefusedRequest } from "./diagnose-signature.ts";

/** Between the gateway's thread and the one that examines signatures. */
export interface ExaminationRequest extends Omit<RefusedRequest, "otherApps"> {
  /** Keys as SPKI in base64: fifty of them take longer to parse than the rest of a request. */
  readonly otherApps: readonly { readonly appId: string; readonly publicKey: string }[];
}

/** What the log and the reply say. No value of any parameter is in it. */
export interface Examination {
  readonly findings: readonly Finding[];
  /** The first byte in which what was signed differs from what was expected, and the parameter it lies in. */
  readonly differsAt: number | undefined;
  readonly differsIn: string | undefined;
}

/** The time that an examination may take runs from `begun`. */
export type ExaminationReply =
  { readonly kind: "begun" } | { readonly kind: "done"; readonly examination: Examination };
