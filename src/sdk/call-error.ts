import type { Bilingual } from "../protocol/refusal.ts";

/**
 * Why a call gave no answer that can be trusted. Whatever the gateway said and signed, a refusal too, is a result and no
 * error.
 *
 * - `network`: the connection could not be made, or broke; whether the call was carried out is not known
 * - `timeout`: no whole reply within the time; likewise
 * - `aborted`: the caller's own signal ended it
 * - `http`: something else than the gateway answered, such as a proxy; `httpStatus` says how
 * - `malformed`: the reply is none of the gateway protocol
 * - `unsigned`: the reply has no signature; `claimed` is what it says, which nobody vouches for
 * - `signature`: the reply's signature does not fit its bytes and the platform's key
 * - `certificate`: the reply was signed with another certificate than the one that was configured
 * - `decryption`: the reply is encrypted, and the key does not open it
 */
export type CallErrorReason =
  "network" | "timeout" | "aborted" | "http" | "malformed" | "unsigned" | "signature" | "certificate" | "decryption";

/** A refusal as it stands in a reply that nobody has signed. */
export interface ClaimedRefusal {
  readonly code: string;
  readonly subCode: string;
  readonly subMsg: string;
  /** What to do about such a sub_code, if it is a documented one. */
  readonly remedy?: Bilingual;
}

export interface CallErrorDetails {
  readonly cause?: unknown;
  readonly httpStatus?: number;
  readonly traceId?: string;
  readonly claimed?: ClaimedRefusal;
}

export class CallError extends Error {
  override readonly name = "CallError";
  readonly reason: CallErrorReason;
  readonly httpStatus?: number;
  /** The id by which the gateway's operator finds the call. */
  readonly traceId?: string;
  readonly claimed?: ClaimedRefusal;

  constructor(reason: CallErrorReason, message: string, details: CallErrorDetails = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.reason = reason;
    if (details.httpStatus !== undefined) this.httpStatus = details.httpStatus;
    if (details.traceId !== undefined) this.traceId = details.traceId;
    if (details.claimed !== undefined) this.claimed = details.claimed;
  }
}

/** A client, or a call, was set up wrongly: nothing has been sent. The message says what to give, and never quotes a key. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
}
