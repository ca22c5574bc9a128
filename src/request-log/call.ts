import type { Instant } from "../clock.ts";

/** What came of a call: its answer, the answer that the very same request got before, a refusal, or a fault of ours. */
export const callOutcomes = ["answered", "repeated", "refused", "failed"] as const;
export type CallOutcome = (typeof callOutcomes)[number];

/**
 * A call as the request log keeps it, in production too: whose it was and what came of it. Nothing is in it that only the
 * caller says, but for the transaction_id of a request whose signature holds, which stands in the ledger as well.
 */
export interface CallSummary {
  readonly at: Instant;
  readonly traceId: string;
  /** The app that the request names; undefined where there is no such app. */
  readonly appId: string | undefined;
  /** The app's merchant. */
  readonly merchantId: string | undefined;
  /** Undefined where there is no such method. */
  readonly method: string | undefined;
  /** 10000, or what it was refused with. */
  readonly code: string;
  readonly subCode: string | undefined;
  readonly outcome: CallOutcome;
  /** The step of the pipeline that refused it or in which it failed. */
  readonly step: string | undefined;
  readonly durationUs: number;
  /** By which rules it was judged. */
  readonly profile: string;
  readonly transactionId: string | undefined;
  readonly bizNo: string | undefined;
  readonly batchId: string | undefined;
}

/** A call with the number that the log gave it: later ones have higher numbers. */
export interface LoggedCall extends CallSummary {
  readonly callNo: number;
  /** Whether the whole request can be shown. */
  readonly isWhole: boolean;
}

/** A parameter as it came and as it was read. */
export interface SentParameter {
  readonly place: "query" | "body";
  readonly name: string;
  /** As it came: percent-encoded in a query or a form; a character a byte in a body in parts. */
  readonly raw: string;
  /** Decoded; null where the bytes are none of the charset. */
  readonly value: string | null;
}

export interface SentFile {
  readonly name: string;
  readonly fileName: string;
  readonly bytes: number;
  /** The beginning of it, in base64; empty for one that was put aside on the disk. */
  readonly base64: string;
  readonly isCut: boolean;
}

/** A request as it came, what each step made of it, and the reply as it went: of the sandbox alone. */
export interface WholeRequest {
  readonly head: {
    readonly method: string;
    readonly target: string;
    readonly httpVersion: string;
    readonly headers: readonly (readonly [name: string, value: string])[];
  };
  readonly body: {
    readonly bytes: number;
    /** A character a byte; empty for a body in parts, which is taken apart while it comes. */
    readonly text: string;
    readonly isCut: boolean;
  };
  readonly charset: string;
  readonly parameters: readonly SentParameter[];
  readonly files: readonly SentFile[];
  /** Decrypted, where it came encrypted; null where there is none. */
  readonly bizContent: string | null;
  readonly verification: {
    /** Null where the request did not come that far. */
    readonly holds: boolean | null;
    readonly signType: string;
    /** The string that the gateway expects to be signed, or the one it was content with; null where it is not text. */
    readonly stringToSign: string | null;
    readonly key: "current" | "next" | null;
    /** Harmless deviations from the published rule that were accepted. */
    readonly deviations: readonly string[];
    readonly mode: "key" | "certificate";
    readonly isEncrypted: boolean;
  };
  readonly steps: readonly {
    readonly name: string;
    readonly us: number;
    readonly outcome: "passed" | "answered" | "refused" | "failed";
  }[];
  readonly userId: string | null;
  /** The merchant that the app acted for, where it did for another. */
  readonly onBehalfOf: string | null;
  readonly reply: {
    readonly headers: readonly (readonly [name: string, value: string])[];
    readonly bytes: number;
    /** Decoded; cut where it is long. */
    readonly text: string;
    readonly isCut: boolean;
  };
  readonly subMessage: string | null;
  /** What was thrown, where the fault is ours. */
  readonly fault: string | null;
}
