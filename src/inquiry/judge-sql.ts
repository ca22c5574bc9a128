import { answeredColumns, inquiryColumns } from "./asked-columns.ts";

/**
 * One statement judges a whole group and records what it accepts, so that the answer, the row, the quota and the price
 * stand or fall together.
 *
 * Limited arrangements are locked first, in one order, and read as they stand under the lock; a group may take what
 * is left of a quota and no more: those before it in the group are counted for each inquiry under a limit, and for no
 * other. `is_first` is so for the first of an id in the group. `expired` names what has run out by the clock, the token or
 * the consent: their terms never change, so only whether they were ended is looked up. An id that somebody else records
 * meanwhile, in this group or in another process, comes back as accepted but not inserted. Each look-up is a subquery of
 * one whole key and one row: planned while a table was still small, a plain join would go on reading all of it.
 */
export const judgeAndRecordSql = `
with asked as (
  select ${inquiryColumns.names}, decode(token_hex, 'hex') as token_hash
  from ${inquiryColumns.unnest("asked", 3)}
), limited as (
  select merchant_id, product_code, quota - quota_used as remaining
  from arrangement
  where quota is not null and (merchant_id, product_code) in (select merchant_id, product_code from asked)
  order by merchant_id, product_code
  for update
), judged as (
  select asked.*, latest.score, latest.na_reason, latest.card_version, latest.as_of_month,
         earlier.biz_no as earlier_biz_no, earlier.score as earlier_score,
         case when latest.score is null and not arrangement.bills_na then 0 else arrangement.price_fen end as billed_fen,
         case when latest.score is null and not arrangement.bills_na then 'na'
              when arrangement.price_fen = 0 then 'free' end as unbilled_because,
         limited.remaining,
         case
           when asked.token_hash is not null and token.lives is null then 'token_invalid'
           when asked.expired = 'token' then 'token_expired'
           when asked.expired = 'consent' or ended.ended_at is not null then 'unauthorised'
           when earlier.state = 'closed' then 'transaction_closed'
           when earlier.accepted_at < $2 then 'transaction_expired'
           when earlier.person_id <> asked.person_id or earlier.product_code <> asked.product_code
             or (earlier.biz_no is not null and earlier.admittance_score is distinct from asked.admittance_score)
             then 'transaction_repeated'
           when earlier.biz_no is not null then 'replayed'
           when arrangement.merchant_id is null or arrangement.status <> 'active'
             or arrangement.valid_from > $1 or arrangement.valid_to <= $1 then 'no_arrangement'
           else 'accepted'
         end as outcome
  from asked
  left join lateral (
    select true as lives from token
    where token.bucket = asked.token_bucket and token.token_hash = asked.token_hash and ended_at is null limit 1
  ) token on true
  left join lateral (
    select ended_at from authorisation_end
    where authorisation_end.bucket = asked.user_bucket and authorisation_end.user_id = asked.user_id
      and authorisation_end.authorisation_id = asked.authorisation_id limit 1
  ) ended on true
  left join lateral (
    select state, accepted_at, person_id, product_code, admittance_score, biz_no, score from inquiry
    where inquiry.bucket = asked.bucket and inquiry.merchant_id = asked.merchant_id
      and inquiry.transaction_id = asked.transaction_id limit 1
  ) earlier on true
  left join arrangement on arrangement.merchant_id = asked.merchant_id
    and arrangement.product_code = asked.product_code
  left join limited on limited.merchant_id = asked.merchant_id and limited.product_code = asked.product_code
  left join lateral (
    select score, na_reason, card_version, as_of_month from score
    where score.bucket = asked.person_bucket and score.person_id = asked.person_id
    order by scored_at desc limit 1
  ) latest on true
), allowed as (
  select judged.*,
         case when outcome = 'accepted' and is_first and remaining is not null
                and (select count(*) from judged before
                     where before.merchant_id = judged.merchant_id and before.product_code = judged.product_code
                       and before.outcome = 'accepted' and before.is_first and before.position <= judged.position) > remaining
              then 'over_limit' else outcome end as verdict
  from judged
), recorded as (
  insert into inquiry (bucket, merchant_id, transaction_id, product_code, biz_no, app_id, user_id, person_bucket,
                       person_id, authorisation_id, purpose, state, score, na_reason, card_version, as_of_month,
                       admittance_score, billed_fen, unbilled_because, accepted_at)
  select bucket, merchant_id, transaction_id, product_code, biz_no, app_id, user_id, person_bucket, person_id,
         authorisation_id, purpose, 'answered', score, case when score is null then coalesce(na_reason, 'N1') end,
         card_version, as_of_month, admittance_score, billed_fen, unbilled_because, $1
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

/**
 * Closes ids whose inquiry could not finish by its deadline: a line that is never billed. An inquiry that was recorded
 * all the same stands: it is whole, and its repeat gives its answer.
 */
export const closeSql = `
insert into inquiry (bucket, merchant_id, transaction_id, product_code, biz_no, app_id, user_id, person_bucket,
                     person_id, authorisation_id, purpose, state, admittance_score, billed_fen, unbilled_because,
                     accepted_at)
select bucket, merchant_id, transaction_id, product_code, biz_no, app_id, user_id, person_bucket,
       person_id, authorisation_id, purpose, 'closed', admittance_score, 0, 'closed', $1
from ${inquiryColumns.unnest("asked", 2)}
order by bucket, merchant_id, transaction_id
on conflict (bucket, merchant_id, transaction_id) do nothing`;

/**
 * Which of these inquiries would not be answered again as they were: those whose token or consent has ended, and those
 * whose line is another one by now, was closed, or is older than the window. Usually none.
 */
export const changedSinceSql = `
select position
from ${answeredColumns.unnest("asked", 2)}
left join lateral (
  select true as found from token
  where token.bucket = asked.token_bucket and token.token_hash = decode(asked.token_hex, 'hex')
    and token.ended_at is null limit 1
) token on true
left join lateral (
  select true as found from authorisation_end
  where authorisation_end.bucket = asked.user_bucket and authorisation_end.user_id = asked.user_id
    and authorisation_end.authorisation_id = asked.authorisation_id limit 1
) ended on true
left join lateral (
  select true as found from inquiry
  where inquiry.bucket = asked.bucket and inquiry.merchant_id = asked.merchant_id
    and inquiry.transaction_id = asked.transaction_id and inquiry.biz_no = asked.biz_no
    and inquiry.state = 'answered' and inquiry.accepted_at >= $1 limit 1
) earlier on true
where token.found is null or ended.found or earlier.found is null`;
