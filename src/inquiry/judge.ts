import type { PersonKey } from "../consent/people.ts";
import { type Instant, dayUs, instantToText, later } from "../clock.ts";
import { bucketOf, bucketOfHash } from "../store/bucket.ts";
import type { Store } from "../store/store.ts";
import { changedSinceSql, judgeAndRecordSql } from "./judge-sql.ts";

/**
 * On whose consent a score is asked for: what was agreed once for all. Whether it was ended meanwhile is the database's
 * to say. With a token, the token must live too.
 */
export interface Standing {
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
  readonly grant: Standing;
  /** The threshold of a brief inquiry: another one is another question. */
  readonly admittanceScore?: number;
}

/** An inquiry as it was answered. */
export interface AnsweredInquiry {
  readonly merchantId: string;
  readonly transactionId: string;
  readonly grant: Standing;
  readonly bizNo: string;
}

/** In the order in which they are looked for: rule 6 of the domain. */
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

/** Within this long the same transaction_id gives the first answer; from the next microsecond on it is refused. */
const replayWindowUs = dayUs;

interface JudgedRow {
  position: number;
  outcome: "accepted" | "replayed" | InquiryRefusal;
  biz_no: string | null;
  score: number | null;
  inserted: boolean;
}

/** Judges a group and records what it accepts, in one statement. `raced`: somebody else has just recorded that id. */
export async function judgeAndRecord(
  store: Store,
  now: Instant,
  inquiries: readonly NumberedInquiry[],
): Promise<(InquiryOutcome | "raced")[]> {
  const rows = await store.queryBriefly<JudgedRow>(judgeAndRecordSql, [
    instantToText(now),
    instantToText(later(now, -replayWindowUs)),
    ...columnsOf(inquiries, now),
  ]);
  const outcomes: (InquiryOutcome | "raced" | undefined)[] = Array.from({ length: inquiries.length });
  for (const row of rows) outcomes[row.position] = outcomeOf(row, inquiries[row.position]?.bizNo);
  return outcomes.map((outcome) => {
    if (outcome === undefined) throw new Error("an inquiry was left unjudged");
    return outcome;
  });
}

function outcomeOf(row: JudgedRow, bizNo: string | undefined): InquiryOutcome | "raced" {
  if (row.outcome !== "accepted" && row.outcome !== "replayed") return { outcome: row.outcome };
  if (row.outcome === "accepted" && !row.inserted) return "raced";
  if (row.biz_no === null) throw new Error("an inquiry without a biz_no");
  // A row of its own number: an earlier attempt had been committed although the connection was lost.
  const outcome = row.biz_no === bizNo ? "accepted" : row.outcome;
  return { outcome, bizNo: row.biz_no, score: row.score };
}

/**
 * Of each inquiry that was answered under its number, whether the same is answered now: its token and consent live, and
 * its line stands within the window. What else an answer depends on never changes.
 */
export async function areAnsweredAgain(
  store: Store,
  now: Instant,
  inquiries: readonly AnsweredInquiry[],
): Promise<boolean[]> {
  const places = inquiries.map(({ grant }) => placesOf(grant));
  const rows = await store.queryBriefly<{ position: number }>(changedSinceSql, [
    instantToText(later(now, -replayWindowUs)),
    inquiries.map((_, index) => index),
    inquiries.map(({ merchantId, transactionId }) => bucketOf(merchantId, transactionId)),
    inquiries.map(({ merchantId }) => merchantId),
    inquiries.map(({ transactionId }) => transactionId),
    inquiries.map(({ bizNo }) => bizNo),
    places.map(({ userBucket }) => userBucket),
    inquiries.map(({ grant }) => grant.userId),
    inquiries.map(({ grant }) => grant.authorisationId),
    places.map(({ tokenBucket }) => tokenBucket),
    places.map(({ tokenHex }) => tokenHex),
  ]);
  const changed = new Set(rows.map(({ position }) => position));
  return inquiries.map(({ grant }, index) => expiredOf(grant, now) === null && !changed.has(index));
}

/** The columns of `asked`, in the order that judge-sql.ts names them. */
export function columnsOf(inquiries: readonly NumberedInquiry[], now: Instant): (string | number | boolean | null)[][] {
  const places = inquiries.map(({ request }) => placesOf(request.grant));
  return [
    inquiries.map((_, index) => index),
    inquiries.map(({ request }) => bucketOf(request.merchantId, request.transactionId)),
    inquiries.map(({ request }) => request.merchantId),
    inquiries.map(({ request }) => request.transactionId),
    inquiries.map(({ request }) => request.productCode),
    inquiries.map(({ bizNo }) => bizNo),
    inquiries.map(({ request }) => request.appId),
    places.map(({ userBucket }) => userBucket),
    inquiries.map(({ request }) => request.grant.userId),
    inquiries.map(({ request }) => request.grant.person.bucket),
    inquiries.map(({ request }) => request.grant.person.personId),
    inquiries.map(({ request }) => request.grant.authorisationId),
    inquiries.map(({ request }) => request.grant.purpose),
    inquiries.map(({ request }) => expiredOf(request.grant, now)),
    places.map(({ tokenBucket }) => tokenBucket),
    places.map(({ tokenHex }) => tokenHex),
    inquiries.map(({ request }) => request.admittanceScore ?? null),
    firstOfTheirIds(inquiries),
  ];
}

function firstOfTheirIds(inquiries: readonly NumberedInquiry[]): boolean[] {
  const seen = new Set<string>();
  return inquiries.map(
    ({ request: { merchantId, transactionId } }) => seen.size < seen.add(`${merchantId} ${transactionId}`).size,
  );
}

/** What has run out, of what a grant needs: the token is looked at first. */
function expiredOf({ tokenExpiresAt, consentExpiresAt }: Standing, now: Instant): "token" | "consent" | null {
  if (tokenExpiresAt !== undefined && tokenExpiresAt <= now) return "token";
  return consentExpiresAt <= now ? "consent" : null;
}

interface Places {
  readonly userBucket: number;
  readonly tokenBucket: number | null;
  readonly tokenHex: string | null;
}

/** A token's grant is one object for as long as it is remembered, so its hashes are worked out once. */
const knownPlaces = new WeakMap<Standing, Places>();

function placesOf(grant: Standing): Places {
  const known = knownPlaces.get(grant);
  if (known !== undefined) return known;
  const { tokenHash, userId } = grant;
  const places = {
    userBucket: bucketOf(userId),
    tokenBucket: tokenHash === undefined ? null : bucketOfHash(tokenHash),
    tokenHex: tokenHash === undefined ? null : Buffer.from(tokenHash).toString("hex"),
  };
  knownPlaces.set(grant, places);
  return places;
}
