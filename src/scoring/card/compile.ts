import type { Card, Characteristic } from "./card.ts";
import type { Feature } from "./feature.ts";
import { featureNamed } from "./features.ts";
import {
  applicationCounts,
  mergedPartSql,
  oldestAge,
  orderCounts,
  type OrderCountName,
  orderPartSql,
  type PartName,
  parts,
  personPartSql,
  recordedSql,
} from "./summary.ts";

/** Whose records are read: people named one by one, or those who follow each other in the order of the store. */
export type PeopleSelection = "people" | "range";

/**
 * $1 and $2 say who is asked for: buckets and person ids (arrays, pairwise), or a bucket and the last id that was done,
 * after which everybody to the bucket $4 and the id $5 follows. $3 is the as-of month.
 */
const selectionSql: Record<PeopleSelection, string> = {
  people: "select * from unnest($1::smallint[], $2::uuid[]) as asked(bucket, person_id)",
  range: `select bucket, person_id from person
  where (bucket, person_id) > ($1::smallint, $2::uuid) and (bucket, person_id) <= ($4::smallint, $5::uuid)`,
};

/** The records of a range of people are read in one go, in the order in which they lie. */
const recordsOfSql: Record<PeopleSelection, string> = {
  people: "from asked join feedback_record record using (bucket, person_id) where",
  range: `from feedback_record record
  where (record.bucket, record.person_id) > ($1::smallint, $2::uuid) and (record.bucket, record.person_id) <= ($4::smallint, $5::uuid) and`,
};

/**
 * The features of the people asked for, as common table expressions of which the last is `featured`. Where a feature
 * counts orders, a person's orders are summarised and the summaries merged; otherwise the records are summarised at
 * once, which gives the same parts. "offset 0" keeps PostgreSQL from folding a step into the next, where each of its
 * expressions would be computed again for every use. `fedBackBefore`, an SQL expression, leaves out what was fed back then
 * or later.
 */
export function featuresSql(used: readonly Feature[], selection: PeopleSelection, fedBackBefore?: string): string {
  const needed = partsNeededBy(used);
  const counts = [...new Set(used.flatMap(({ needs }) => needs).filter(isOrderCount))];
  const byOrder = counts.some((name) => !isApplicationCount(name));
  return `with asked as (
  ${selectionSql[selection]}
), recorded as (
  select record.bucket, record.person_id, ${recordedSql}
  ${recordsOfSql[selection]} (record.stage = 'application' and record.month is null or record.month between $3::int - ${oldestAge} and $3::int)${fedBackBefore === undefined ? "" : ` and record.fed_back_at < ${fedBackBefore}`}
  offset 0
), ${byOrder ? summarisedByOrder(needed, counts) : summarisedAtOnce(needed, counts)}, featured as (
  select bucket, person_id, several_names, reported, newest,
         ${used.length === 0 ? "0 as no_feature" : used.map(({ name, sql }) => `(${sql})::int as f_${name}`).join(",\n         ")}
  from summarised
  offset 0
)`;
}

function summarisedAtOnce(needed: readonly PartName[], counts: readonly OrderCountName[]): string {
  const columns = [
    "min(name_hash) <> max(name_hash) as several_names",
    ...needed.map((name) => `${personPartSql(parts[name])} as ${name}`),
    ...applicationColumns(counts),
  ];
  return `summarised as (
  select bucket, person_id, ${columns.join(",\n         ")}
  from recorded group by bucket, person_id
)`;
}

function summarisedByOrder(needed: readonly PartName[], counts: readonly OrderCountName[]): string {
  const own = [...applicationColumns(counts), ...needed.map((name) => `${orderPartSql(parts[name])} as ${name}`)];
  return `ordered as (
  select bucket, person_id, merchant_id, order_no, min(biz_type) as biz_type, bool_or(settled) as settled,
         min(name_hash) as least_name, max(name_hash) as most_name,
         ${own.join(",\n         ")}
  from recorded group by bucket, person_id, merchant_id, order_no
), summarised as (
  select bucket, person_id, min(least_name) <> max(most_name) as several_names,
         ${[...needed.map((name) => `${mergedPartSql(parts[name], name)} as ${name}`), ...counts.map((name) => `${orderCounts[name].sql} as ${name}`)].join(",\n         ")}
  from ordered group by bucket, person_id
)`;
}

function applicationColumns(counts: readonly OrderCountName[]): string[] {
  return counts.filter(isApplicationCount).map((name) => `${applicationCounts[name]} as ${name}`);
}

/** The parts that these features are made of, and the two that every judgement needs. */
function partsNeededBy(used: readonly Feature[]): PartName[] {
  const names = used.flatMap(({ needs }) =>
    needs.flatMap((name) => (isOrderCount(name) ? orderCounts[name].needs : [name])),
  );
  return [...new Set<PartName>(["reported", "newest", ...names])];
}

function isApplicationCount(name: OrderCountName): name is keyof typeof applicationCounts {
  return Object.hasOwn(applicationCounts, name);
}

function isOrderCount(name: string): name is OrderCountName {
  return Object.hasOwn(orderCounts, name);
}

/** Whether an operator has said which of the person's names holds, and no other has been stored since. */
const nameDecidedSql = `exists (
             select from name_decision decided where decided.bucket = featured.bucket and decided.person_id = featured.person_id
               and not exists (select from person_name other where other.bucket = decided.bucket
                               and other.person_id = decided.person_id and other.name_id <> all(decided.weighed)))`;

/** Why a person has no score, as SQL over a row of `featured` beside one of `asked`. */
export function naReasonSql({ minimumData: { monthsReported, newestMonths } }: Pick<Card, "minimumData">): string {
  return `case
           when featured.several_names and not ${nameDecidedSql} then 'N4'
           when featured.person_id is null then 'N1'
           when featured.newest is null then 'N3'
           when featured.newest > ${newestMonths} then 'N2'
           when bit_count((coalesce(featured.reported, 0) & 8191)::bit(32)) < ${monthsReported} then 'N1'
         end`;
}

/** A card's points for each characteristic, as an array, for rows of `featured` or whatever has such columns. */
export function pointsSql(
  card: Card,
  valueSql: (feature: string, index: number) => string = (feature) => `f_${feature}`,
): string {
  return `array[${card.characteristics.map((each, index) => casesSql(each, valueSql(each.feature, index))).join(",\n               ")}]::int[]`;
}

function casesSql({ bins, special = [], missingPoints }: Characteristic, value: string): string {
  const own = special.map((each) => `when ${value} = ${each.value} then ${each.points}`);
  const ranges = bins.map(({ below, points }) =>
    below === undefined ? `else ${points}` : `when ${value} < ${below} then ${points}`,
  );
  return `case when ${value} is null then ${missingPoints} ${[...own, ...ranges].join(" ")} end`;
}

/** The sum of a card's points, for rows of `featured`, as the score. */
export function scoreSql(card: Card): string {
  const points = [
    String(card.basePoints),
    ...card.characteristics.map((each) => casesSql(each, `f_${each.feature}`)),
  ].join("\n           + ");
  return `greatest(${card.floor}, least(${card.ceiling}, ${points}))::smallint`;
}

/**
 * A card as one SQL statement, so that the database scores where the data lies: one person and ten million take the
 * same path. The last two parameters are the card's version and the time. It appends a score for each of these people whose score,
 * reason, card, month or features differ from the last, later than the last, and gives how many it wrote. Points are
 * not stored: the card of that version gives them again from the features.
 *
 * Whoever runs it holds the lock of these people, so that nobody appends to them meanwhile.
 */
export function compileCard(card: Card, selection: PeopleSelection, table: "score" | "shadow_score" = "score"): string {
  const used = card.characteristics.map(({ feature }) => featureNamed(feature));
  const [version, time] = selection === "people" ? ["$4::text", "$5::timestamptz"] : ["$6::text", "$7::timestamptz"];
  return `${featuresSql(used, selection)}, judged as (
  select asked.bucket, asked.person_id,
         case when hold.person_id is not null then 'N5' else ${naReasonSql(card)} end as na_reason,
         ${scoreSql(card)} as points_score,
         array[${used.map(({ name }) => `f_${name}`).join(", ")}]::int[] as known
  from asked left join featured using (bucket, person_id) left join score_hold hold using (bucket, person_id)
  offset 0
), scored as (
  select bucket, person_id, na_reason, case when na_reason is null then points_score end as score,
         case when na_reason is null then known else '{}' end as features
  from judged
  offset 0
), written as (
  insert into ${table} (bucket, person_id, scored_at, card_version, as_of_month, score, na_reason, features)
  select scored.bucket, scored.person_id, greatest(${time}, latest.scored_at + interval '1 microsecond'), ${version},
         $3::smallint, scored.score, scored.na_reason, scored.features
  from scored
  left join lateral (
    select * from ${table} earlier
    where earlier.bucket = scored.bucket and earlier.person_id = scored.person_id
    order by scored_at desc limit 1
  ) latest on true
  where latest.person_id is null
     or (latest.score, latest.na_reason, latest.card_version, latest.as_of_month, latest.features)
        is distinct from (scored.score, scored.na_reason, ${version}, $3::smallint, scored.features)
  returning 1
)
select count(*) as written from written`;
}
