import { type Clock, dayUs, instantToText, later } from "../clock.ts";
import type { Grant } from "../consent/tokens.ts";
import { bucketOf, bucketOfHash } from "../store/bucket.ts";
import type { Store } from "../store/store.ts";
import { createBizNoSource } from "./biz-no.ts";
import { createGroupCommit, type GroupCommit } from "./group-commit.ts";

/** A question for somebody's score, by a merchant, under a grant of that person. */
export interface InquiryRequest {
  readonly merchantId: string;
  readonly appId: string;
  readonly productCode: string;
  readonly transactionId: string;
  readonly grant: Grant;
}

/** The answer to an accepted inquiry or to its repeat; `score` is null where the data do not suffice ("N/A"). */
export interface InquiryAnswer {
  readonly outcome: "accepted" | "replayed";
  readonly bizNo: string;
  readonly score: number | null;
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

export type InquiryOutcome = InquiryAnswer | { readonly outcome: InquiryRefusal };

export interface InquiryDesk {
  /** Resolves once the inquiry is committed, or is a repeat of one that was. */
  inquire(request: InquiryRequest): Promise<InquiryOutcome>;
  idle(): Promise<void>;
}

const groupLimit = 256;
const queueLimit = 10_000;
/** An id raced for by another process is judged once more, as the repeat it has become. */
const attemptLimit = 3;
/** Within this long the same transaction_id gives the first answer; from the next microsecond on it is refused. */
const replayWindowUs = dayUs;

interface JudgedRow {
  position: number;
  outcome: "accepted" | "replayed" | InquiryRefusal;
  biz_no: string | null;
  score: number | null;
  inserted: boolean;
}

export function openInquiryDesk(store: Store, clock: Clock): InquiryDesk {
  const nextBizNo = createBizNoSource();
  const group: GroupCommit<InquiryRequest, InquiryOutcome | "raced"> = createGroupCommit(
    (requests) => judgeAndRecord(store, clock, nextBizNo, requests),
    { groupLimit, queueLimit },
  );
  return {
    idle: () => group.idle(),
    async inquire(request) {
      for (let attempt = 0; attempt < attemptLimit; attempt += 1) {
        const outcome = await group.submit(request);
        if (outcome !== "raced") return outcome;
      }
      throw new Error("an inquiry lost every race for its transaction_id");
    },
  };
}

async function judgeAndRecord(
  store: Store,
  clock: Clock,
  nextBizNo: ReturnType<typeof createBizNoSource>,
  requests: readonly InquiryRequest[],
): Promise<(InquiryOutcome | "raced")[]> {
  const now = clock.now();
  const rows = await store.query<JudgedRow>(judgeAndRecordSql, [
    instantToText(now),
    instantToText(later(now, -replayWindowUs)),
    requests.map((_, index) => index),
    requests.map(({ merchantId, transactionId }) => bucketOf(merchantId, transactionId)),
    requests.map(({ merchantId }) => merchantId),
    requests.map(({ transactionId }) => transactionId),
    requests.map(({ productCode }) => productCode),
    requests.map(() => nextBizNo(now)),
    requests.map(({ appId }) => appId),
    requests.map(({ grant }) => bucketOf(grant.userId)),
    requests.map(({ grant }) => grant.userId),
    requests.map(({ grant }) => grant.person.bucket),
    requests.map(({ grant }) => grant.person.personId),
    requests.map(({ grant }) => grant.authorisationId),
    requests.map(({ grant }) => bucketOfHash(grant.tokenHash)),
    requests.map(({ grant }) => Buffer.from(grant.tokenHash).toString("hex")),
  ]);
  const outcomes: (InquiryOutcome | "raced" | undefined)[] = requests.map(() => undefined);
  for (const row of rows) outcomes[row.position] = outcomeOf(row);
  return outcomes.map((outcome) => {
    if (outcome === undefined) throw new Error("an inquiry was left unjudged");
    return outcome;
  });
}

function outcomeOf(row: JudgedRow): InquiryOutcome | "raced" {
  if (row.outcome !== "accepted" && row.outcome !== "replayed") return { outcome: row.outcome };
  if (row.outcome === "accepted" && !row.inserted) return "raced";
  if (row.biz_no === null) throw new Error("an inquiry without a biz_no");
  return { outcome: row.outcome, bizNo: row.biz_no, score: row.score };
}

/**
 * One statement judges a whole group and records what it accepts, so that the answer, the row, the quota and the price
 * stand or fall together.
 *
 * Limited arrangements are locked first, in one order, and read as they stand under the lock; a group may take what
 * is left of a quota and no more. An id that somebody else records meanwhile, in this group or in another process,
 * comes back as accepted but not inserted.
 */
const judgeAndRecordSql = `
with asked as (
  select * from unnest($3::int[], $4::smallint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
                       $10::smallint[], $11::text[], $12::smallint[], $13::uuid[], $14::uuid[], $15::smallint[],
                       $16::text[])
    as asked(position, bucket, merchant_id, transaction_id, product_code, biz_no, app_id, user_bucket, user_id,
             person_bucket, person_id, authorisation_id, token_bucket, token_hash)
), limited as (
  select merchant_id, product_code, quota - quota_used as remaining
  from arrangement
  where quota is not null and (merchant_id, product_code) in (select merchant_id, product_code from asked)
  order by merchant_id, product_code
  for update
), judged as (
  select asked.*, consent.purpose, latest.score, latest.na_reason, latest.card_version, latest.as_of_month,
         earlier.biz_no as earlier_biz_no, earlier.score as earlier_score,
         case when latest.score is null and not arrangement.bills_na then 0 else arrangement.price_fen end as billed_fen,
         case when latest.score is null and not arrangement.bills_na then 'na'
              when arrangement.price_fen = 0 then 'free' end as unbilled_because,
         limited.remaining,
         case
           when token.token_hash is null or token.ended_at is not null then 'token_invalid'
           when token.expires_at <= $1 then 'token_expired'
           when consent.authorisation_id is null or consent.expires_at <= $1 or ended.authorisation_id is not null
             then 'unauthorised'
           when earlier.state = 'closed' then 'transaction_closed'
           when earlier.accepted_at < $2 then 'transaction_expired'
           when earlier.person_id <> asked.person_id or earlier.product_code <> asked.product_code
             then 'transaction_repeated'
           when earlier.biz_no is not null then 'replayed'
           when arrangement.merchant_id is null or arrangement.status <> 'active'
             or arrangement.valid_from > $1 or arrangement.valid_to <= $1 then 'no_arrangement'
           else 'accepted'
         end as outcome
  from asked
  left join token on token.bucket = asked.token_bucket and token.token_hash = decode(asked.token_hash, 'hex')
  left join authorisation consent on consent.bucket = asked.user_bucket and consent.user_id = asked.user_id
    and consent.authorisation_id = asked.authorisation_id and 'auth_zhima' = any(consent.scopes)
  left join authorisation_end ended on ended.bucket = asked.user_bucket and ended.user_id = asked.user_id
    and ended.authorisation_id = asked.authorisation_id
  left join inquiry earlier on earlier.bucket = asked.bucket and earlier.merchant_id = asked.merchant_id
    and earlier.transaction_id = asked.transaction_id
  left join arrangement on arrangement.merchant_id = asked.merchant_id
    and arrangement.product_code = asked.product_code
  left join limited on limited.merchant_id = asked.merchant_id and limited.product_code = asked.product_code
  left join lateral (
    select score, na_reason, card_version, as_of_month
    from score
    where score.bucket = asked.person_bucket and score.person_id = asked.person_id
    order by scored_at desc limit 1
  ) latest on true
), numbered as (
  select judged.*,
         row_number() over (partition by merchant_id, transaction_id order by position) = 1 as is_first
  from judged
), allowed as (
  select numbered.*,
         case when outcome = 'accepted' and is_first and remaining is not null
                and count(*) filter (where outcome = 'accepted' and is_first)
                      over (partition by merchant_id, product_code order by position) > remaining
              then 'over_limit' else outcome end as verdict
  from numbered
), recorded as (
  insert into inquiry (bucket, merchant_id, transaction_id, product_code, biz_no, app_id, user_id, person_bucket,
                       person_id, authorisation_id, purpose, state, score, na_reason, card_version, as_of_month,
                       billed_fen, unbilled_because, accepted_at)
  select bucket, merchant_id, transaction_id, product_code, biz_no, app_id, user_id, person_bucket, person_id,
         authorisation_id, purpose, 'answered', score, case when score is null then coalesce(na_reason, 'N1') end,
         card_version, as_of_month, billed_fen, unbilled_because, $1
  from allowed where verdict = 'accepted' and is_first
  order by bucket, merchant_id, transaction_id, position
  on conflict (bucket, merchant_id, transaction_id) do nothing
  returning biz_no, merchant_id, product_code
), charged as (
  update arrangement set quota_used = quota_used + recorded_count
  from (select merchant_id, product_code, count(*) as recorded_count from recorded group by 1, 2) taken
  where arrangement.merchant_id = taken.merchant_id and arrangement.product_code = taken.product_code
    and arrangement.quota is not null
)
select allowed.position, allowed.verdict as outcome,
       case when allowed.verdict = 'replayed' then allowed.earlier_biz_no else allowed.biz_no end as biz_no,
       case when allowed.verdict = 'replayed' then allowed.earlier_score else allowed.score end as score,
       recorded.biz_no is not null as inserted
from allowed left join recorded on recorded.biz_no = allowed.biz_no`;
