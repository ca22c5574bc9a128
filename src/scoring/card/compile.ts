import type { Card, Characteristic } from "./card.ts";
import { type Feature, featureNamed } from "./features.ts";
import { foldSql, oldestAge, orderCounts, type OrderCountName, type PartName, parts, partSql, recentApplicationSql } from "./summary.ts";

/** Whose records are read: people named one by one, or those of one bucket between two ids. */
export type Asked = "people" | "range";

/**
 * $1 and $2 say who is asked for: buckets and person ids (arrays, pairwise), or one bucket and the last id that was done,
 * of which the next $6 people follow. $3 is the as-of month.
 */
const askedSql: Record<Asked, string> = {
  people: "select * from unnest($1::smallint[], $2::uuid[]) as asked(bucket, person_id)",
  range: `select bucket, person_id from person
  where bucket = $1::smallint and person_id > $2::uuid order by person_id limit $6::int`,
};

/** Within a range the records are read in one go, in the order in which they lie. */
const recordsOfSql: Record<Asked, string> = {
  people: "from asked join feedback_record record using (bucket, person_id)",
  range: `from feedback_record record
  where record.bucket = $1::smallint and record.person_id > $2::uuid and record.person_id <= (select max(person_id::text)::uuid from asked)`,
};

/**
 * The features of the people asked for, as common table expressions of which the last is `featured`: a person's orders
 * are summarised, the summaries merged, and the features made of them. "offset 0" keeps PostgreSQL from folding a step
 * into the next, where each of its expressions would be computed again for every use. Records after `newestMonth` are not read.
 */
export function featuresSql(used: readonly Feature[], asked: Asked, newestMonth = "$3::int"): string {
  const needed = partsNeededBy(used);
  const counted = used.flatMap(({ needs }) => needs).filter(isOrderCount);
  const counts = [...new Set(counted)];
  const window = `(record.stage = 'application' and record.month is null or record.month between $3::int - ${oldestAge} and ${newestMonth})`;
  return `with asked as materialized (
  ${askedSql[asked]}
), recorded as (
  select record.bucket, record.person_id, record.merchant_id, record.order_no, record.biz_type, record.order_status,
         record.settled, uuid_hash_extended(record.name_id, 0) as name_hash,
         case when record.stage = 'performance' then $3::int - record.month end as month_age,
         case when record.stage = 'application' then $3::int - record.month end as application_age,
         record.overdue_cnt::int as overdue_cnt, record.overdue_amt_fen, record.create_amt_fen, record.pay_amt_fen,
         record.credit_limit_fen
  ${recordsOfSql[asked]} ${asked === "people" ? "where" : "and"} ${window}
  offset 0
), ordered as (
  select bucket, person_id, merchant_id, order_no, min(biz_type) as biz_type, bool_or(settled) as settled,
         min(name_hash) as least_name, max(name_hash) as most_name, ${recentApplicationSql} as applications_6,
         ${needed.map((name) => `${partSql(parts[name])} as ${name}`).join(",\n         ")}
  from recorded group by bucket, person_id, merchant_id, order_no
), summarised as (
  select bucket, person_id, min(least_name) <> max(most_name) as several_names,
         ${[...needed.map((name) => `${foldSql(parts[name].fold, name)} as ${name}`), ...counts.map((name) => `${orderCounts[name].sql} as ${name}`)].join(",\n         ")}
  from ordered group by bucket, person_id
), featured as (
  select bucket, person_id, several_names, reported, newest,
         ${used.length === 0 ? "0 as no_feature" : used.map(({ name, sql }) => `(${sql})::int as f_${name}`).join(",\n         ")}
  from summarised
  offset 0
)`;
}

/** The parts that these features are made of, and the two that every judgement needs. */
function partsNeededBy(used: readonly Feature[]): PartName[] {
  const names = used.flatMap(({ needs }) => needs.flatMap((name) => (isOrderCount(name) ? orderCounts[name].needs : [name])));
  return [...new Set<PartName>(["reported", "newest", ...names])];
}

function isOrderCount(name: string): name is OrderCountName {
  return Object.hasOwn(orderCounts, name);
}

/** Why a person has no score, as SQL over a row of `featured` beside one of `asked`. */
export function naReasonSql({ minimumData: { monthsReported, newestMonths } }: Pick<Card, "minimumData">): string {
  return `case
           when featured.several_names then 'N4'
           when featured.person_id is null then 'N1'
           when featured.newest is null then 'N3'
           when featured.newest > ${newestMonths} then 'N2'
           when bit_count((coalesce(featured.reported, 0) & 8191)::bit(32)) < ${monthsReported} then 'N1'
         end`;
}

/** A card's points for each characteristic and their array, for rows of `featured`. */
export function pointsSql(card: Card): string {
  return `array[${card.characteristics.map(casesOf).join(",\n               ")}]::int[]`;
}

function casesOf({ feature, bins, special = [], missingPoints }: Characteristic): string {
  const own = special.map(({ value, points }) => `when f_${feature} = ${value} then ${points}`);
  const ranges = bins.map(({ below, points }) => (below === undefined ? `else ${points}` : `when f_${feature} < ${below} then ${points}`));
  return `case when f_${feature} is null then ${missingPoints} ${[...own, ...ranges].join(" ")} end`;
}

/**
 * A card as one SQL statement, so that the database scores where the data lies: one person and ten million take the
 * same path. $4 is the card's version and $5 the time. It appends a score for each of these people whose score,
 * reason, card or month differs from the last, and gives how many it looked at, wrote, and the last id of a range.
 */
export function compileCard(card: Card, asked: Asked, table: "score" | "shadow_score" = "score"): string {
  const used = card.characteristics.map(({ feature }) => featureNamed(feature));
  return `${featuresSql(used, asked)}, pointed as (
  select asked.bucket, asked.person_id,
         ${naReasonSql(card)} as na_reason,
         array[${used.map(({ name }) => `f_${name}`).join(", ")}]::int[] as features,
         ${pointsSql(card)} as points
  from asked left join featured using (bucket, person_id)
), scored as materialized (
  select bucket, person_id, na_reason,
         case when na_reason is null
              then greatest(${card.floor}, least(${card.ceiling},
                     ${card.basePoints} + ${card.characteristics.length === 0 ? "0" : card.characteristics.map((_, index) => `points[${index + 1}]`).join(" + ")}))::smallint end as score,
         case when na_reason is null then features else '{}' end as features,
         case when na_reason is null then points else '{}' end as points
  from pointed
), written as (
  insert into ${table} (bucket, person_id, scored_at, card_version, as_of_month, score, na_reason, features, points)
  select scored.bucket, scored.person_id, $5::timestamptz, $4, $3::smallint, scored.score, scored.na_reason,
         scored.features, scored.points
  from scored
  left join lateral (
    select * from ${table} earlier
    where earlier.bucket = scored.bucket and earlier.person_id = scored.person_id
    order by scored_at desc limit 1
  ) latest on true
  where latest.person_id is null
     or (latest.score, latest.na_reason, latest.card_version, latest.as_of_month, latest.features, latest.points)
        is distinct from (scored.score, scored.na_reason, $4, $3::smallint, scored.features, scored.points)
  on conflict (bucket, person_id, scored_at) do update
    set score = excluded.score, na_reason = excluded.na_reason, card_version = excluded.card_version,
        as_of_month = excluded.as_of_month, features = excluded.features, points = excluded.points
  returning 1
)
select (select count(*) from scored) as people, (select count(*) from written) as written,
       (select max(person_id::text)::uuid from scored) as last_person_id`;
}
