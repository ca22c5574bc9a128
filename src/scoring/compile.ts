import type { Card, Characteristic } from "./card.ts";
import { type Feature, features, windowMonths } from "./features.ts";

/**
 * A card as one SQL statement, so that the database scores where the data lies: one person and ten million take the
 * same path. Parameters: $1 buckets and $2 person ids (arrays, pairwise), $3 the as-of month, $4 the card's version,
 * $5 the time. It appends a score for each of these people whose score, reason, card or month differs from the last.
 */
export function compileCard(card: Card): string {
  const used = card.characteristics.map(({ feature }) => featureNamed(feature));
  const { monthsReported, newestMonths } = card.minimumData;
  return `
with asked as (
  select * from unnest($1::smallint[], $2::uuid[]) as asked(bucket, person_id)
), recorded as (
  select record.bucket, record.person_id, record.merchant_id, record.order_no, record.name_id, record.stage,
         record.settled, record.overdue_cnt::int as overdue_cnt, record.overdue_amt_fen, record.create_amt_fen,
         $3::int - record.month as month_age,
         case when lead(record.month) over orders = record.month + 1
              then lead(record.pay_amt_fen) over orders end as next_pay_amt_fen,
         row_number() over (partition by record.bucket, record.person_id, record.merchant_id, record.order_no,
                            record.stage order by record.month desc) = 1 as is_newest_of_order,
         bool_or(record.overdue_cnt > 0) over whole_order as order_ever_overdue,
         bool_or(record.settled) over whole_order as order_settled
  from asked join feedback_record record using (bucket, person_id)
  where record.stage = 'application' or record.month between $3::int - ${windowMonths} and $3::int
  window orders as (partition by record.bucket, record.person_id, record.merchant_id, record.order_no,
                    record.stage order by record.month),
         whole_order as (partition by record.bucket, record.person_id, record.merchant_id, record.order_no)
), judged as (
  select bucket, person_id,
         count(distinct name_id) as names, count(*) as records,
         count(*) filter (where stage = 'performance') as performances,
         count(distinct month_age) filter (where stage = 'performance' and month_age <= 12) as months_in_year,
         min(month_age) filter (where stage = 'performance') as newest_age
  from recorded group by bucket, person_id
), featured as (
  select bucket, person_id,
         ${used.map(({ name, sql }) => `(${sql})::int as ${name}`).join(",\n         ")}
  from recorded where stage = 'performance' group by bucket, person_id
), pointed as (
  select asked.bucket, asked.person_id,
         case
           when judged.names > 1 then 'N4'
           when judged.performances = 0 then 'N3'
           when judged.performances is null then 'N1'
           when judged.newest_age > ${newestMonths} then 'N2'
           when judged.months_in_year < ${monthsReported} then 'N1'
         end as na_reason,
         array[${used.map(({ name }) => name).join(", ")}]::int[] as features,
         array[${card.characteristics.map(pointsSql).join(",\n               ")}]::int[] as points
  from asked
  left join judged using (bucket, person_id)
  left join featured using (bucket, person_id)
), scored as (
  select bucket, person_id, na_reason,
         case when na_reason is null
              then greatest(${card.floor}, least(${card.ceiling},
                     ${card.basePoints} + (select sum(point) from unnest(points) point)))::smallint end as score,
         case when na_reason is null then features else '{}' end as features,
         case when na_reason is null then points else '{}' end as points
  from pointed
)
insert into score (bucket, person_id, scored_at, card_version, as_of_month, score, na_reason, features, points)
select scored.bucket, scored.person_id, $5::timestamptz, $4, $3, scored.score, scored.na_reason, scored.features,
       scored.points
from scored
left join lateral (
  select * from score
  where score.bucket = scored.bucket and score.person_id = scored.person_id
  order by scored_at desc limit 1
) latest on true
where latest.person_id is null
   or (latest.score, latest.na_reason, latest.card_version, latest.as_of_month, latest.features, latest.points)
      is distinct from (scored.score, scored.na_reason, $4, $3::smallint, scored.features, scored.points)
on conflict (bucket, person_id, scored_at) do update
  set score = excluded.score, na_reason = excluded.na_reason, card_version = excluded.card_version,
      as_of_month = excluded.as_of_month, features = excluded.features, points = excluded.points`;
}

function featureNamed(name: string): Feature {
  const feature = features.find((each) => each.name === name);
  if (feature === undefined) throw new Error(`the card names a feature that does not exist: ${name}`);
  return feature;
}

function pointsSql({ feature, bins, missingPoints }: Characteristic): string {
  const cases = bins.map(({ below, points }) =>
    below === undefined ? `else ${points}` : `when ${feature} < ${below} then ${points}`,
  );
  return `case when ${feature} is null then ${missingPoints} ${cases.join(" ")} end`;
}
