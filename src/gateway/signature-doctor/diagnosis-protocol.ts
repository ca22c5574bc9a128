import type { ByteText } from "../../protocol/byte-text.ts";
import type { Finding, RefusedRequest } from "./diagnose-signature.ts";

/** What the gateway's thread sends to the one that finds out why a signature does not verify. */
export interface DiagnosisRequest extends Omit<RefusedRequest, "otherApps"> {
  /** Keys as SPKI in base64: fifty of them take longer to parse than the rest of a request. */
  readonly otherApps: readonly { readonly appId: string; readonly publicKey: string }[];
  /** For whoever pasted the request: the strings themselves are wanted, too. */
  readonly wantsStrings?: true;
}

/** What the log and the reply say. No value of any parameter is in it, but in the strings that were asked for. */
export interface DiagnosisSummary {
  readonly findings: readonly Finding[];
  /** The first byte in which what was signed differs from what was expected, and the parameter it lies in. */
  readonly differsAt: number | undefined;
  readonly differsIn: string | undefined;
  readonly strings?: { readonly expected: ByteText; readonly signed: ByteText | undefined };
}

/** The time that a diagnosis may take is counted from `begun`. */
export type DiagnosisReply = { readonly kind: "begun" } | { readonly kind: "done"; readonly summary: DiagnosisSummary };
