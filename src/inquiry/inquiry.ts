import type { Instant } from "../clock.ts";
import type { PersonKey } from "../consent/people.ts";

/**
 * The consent that an inquiry relies on, as it was given: none of this ever changes. Whether the consent has been ended
 * since, only the database can tell. Where the inquiry came with a token, the token must still be valid too.
 */
export interface ConsentGrant {
  readonly userId: string;
  readonly person: PersonKey;
  readonly authorisationId: string;
  readonly purpose: string;
  readonly consentExpiresAt: Instant;
  readonly tokenHash?: Uint8Array;
  readonly tokenExpiresAt?: Instant;
}

/** A question for somebody's score, by a merchant, under a consent of that person. */
export interface InquiryRequest {
  readonly merchantId: string;
  readonly appId: string;
  readonly productCode: string;
  readonly transactionId: string;
  readonly grant: ConsentGrant;
  /** The threshold of a brief inquiry. The same transaction_id with another threshold is another question. */
  readonly admittanceScore?: number;
}

/** An inquiry as it was answered. */
export interface AnsweredInquiry {
  readonly merchantId: string;
  readonly transactionId: string;
  readonly grant: ConsentGrant;
  readonly bizNo: string;
}

/** Why an inquiry is refused, in the order in which that is looked for: what comes first is the answer. */
export const inquiryRefusals = [
  "token_invalid",
  "token_expired",
  "unauthorised",
  "transaction_closed",
  "transaction_expired",
  "transaction_repeated",
  "no_arrangement",
  "over_limit",
] as const;
export type InquiryRefusal = (typeof inquiryRefusals)[number];

/** The answer to an accepted inquiry or to its repeat; `score` is null where the data do not suffice ("N/A"). */
export interface InquiryAnswer {
  readonly outcome: "accepted" | "replayed";
  readonly bizNo: string;
  readonly score: number | null;
}

export type InquiryOutcome = InquiryAnswer | { readonly outcome: InquiryRefusal };

/** An inquiry on its way: its biz_no stays with it through every attempt, so that it recognises its own row. */
export interface NumberedInquiry {
  readonly request: InquiryRequest;
  readonly bizNo: string;
}
