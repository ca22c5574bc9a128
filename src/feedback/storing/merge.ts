import type { Transaction } from "../../store/store.ts";
import type { MergeCounts } from "../batches/batches.ts";
import { contentColumns, instalmentColumn, recordColumns } from "../reading/portion-columns.ts";
import type { RecordFault } from "../reading/record.ts";
import type { StagingOutcome } from "./take-portions.ts";
import type { Template } from "../templates/template.ts";

const columns = recordColumns.join(", ");

export interface Merge {
  readonly merchantId: string;
  readonly batchId: string;
  readonly template: Template;
  /** The time of the merge, as text. */
  readonly now: string;
}

/**
 * What only the records stored before can tell: a settled or abandoned order that would go back, and corrections of
 * what is not there. In the file's order.
 */
export async function findForbidden(
  transaction: Transaction,
  { merchantId, batchId, template }: Merge,
  taken: StagingOutcome,
  found: { ends: boolean; rectifies: boolean },
): Promise<RecordFault[]> {
  const abandoned = Object.entries(template.statuses).flatMap(([code, { abandoned: gone }]) =>
    gone === true ? [code] : [],
  );
  const goingBack = (notes: string): Promise<{ number: number; settled: boolean }[]> =>
    transaction.query(backwardSql(notes), [merchantId, abandoned]);
  // The orders of copied records have no history but this file.
  const backward = [
    ...(taken.stagedNotes ? await goingBack("staged_note") : []),
    ...(taken.copiedNotes && found.ends ? await goingBack("copied_note") : []),
  ];
  const missing = found.rectifies ? await transaction.query<{ number: number }>(missingSql, [merchantId, batchId]) : [];
  const column = (role: string, otherwise: string): string =>
    template.columns.find((each) => each.role === role)?.name ?? otherwise;
  return [
    ...backward.map(({ number, settled }) => ({
      record: number,
      column: column("order_status", "order_status"),
      value: "",
      reason: settled ? "订单已结清，不能再变为履约中或逾期" : "订单已被用户放弃，不能再变为履约、违约或结清",
    })),
    ...missing.map(({ number }) => ({
      record: number,
      column: column("rectify_flag", "rectify_flag"),
      value: "",
      reason: "没有找到要更正的记录",
    })),
  ].toSorted((left, right) => left.record - right.record);
}

/** Leaves records out of what will be merged; they are staged, each with a note. Gives how many had rows. */
export async function dropStaged(transaction: Transaction, numbers: readonly number[]): Promise<number> {
  await transaction.query(dropSql, [numbers]);
  const gone = await transaction.query<{ rectify: string | null }>(
    "delete from staged_note where number = any($1::integer[]) returning rectify",
    [numbers],
  );
  return gone.filter(({ rectify }) => rectify === null || rectify === "modify").length;
}

/**
 * Stores what is staged, one statement a step. The same key overwrites. Everybody whose file changed is marked for
 * scoring, once and in order, so that batches do not lock each other.
 */
export async function mergeStaged(
  transaction: Transaction,
  { merchantId, batchId, now }: Merge,
  taken: StagingOutcome,
  found: { repeated: number; rectifies: boolean; dropped: number },
): Promise<MergeCounts> {
  let deleted = 0;
  let merged = { added: 0, changed: 0 };
  if (taken.copied < taken.records || found.rectifies) {
    await transaction.query(moveCorrectedSql, [merchantId]);
    await transaction.query(renameSql, [merchantId]);
    if (found.rectifies)
      deleted = (await transaction.query<{ deleted: number }>(rectifySql, [merchantId, batchId]))[0]?.deleted ?? 0;
    merged = (await transaction.query<{ added: number; changed: number }>(mergeSql))[0] ?? merged;
  }
  await transaction.query(rememberPeopleSql, [now, found.dropped > 0]);
  await transaction.query(rememberNamesSql, [found.dropped > 0]);
  await transaction.query(markSql, [now, taken.copiedPortions]);
  const { added, changed } = merged;
  const sameRecords = taken.records - found.dropped - taken.copied - added - changed + found.repeated;
  return { newRecords: taken.copied + added, changedRecords: changed + deleted, sameRecords };
}

/**
 * What was reported on a later day, or in a later month, came later; a record's own former state always came before.
 * Records that correct others are no history.
 */
const cameBefore = `
  (note.may_not_follow & 1 = 1 and earlier.settled or note.may_not_follow & 2 = 2 and earlier.order_status = any($2::text[]))
  and (earlier.record_id = note.record_id
       or case when earlier.reported_on is not null and note.reported_on is not null
               then earlier.reported_on <= note.reported_on else earlier.month <= note.month end)`;

const backwardSql = (notes: string): string => `
select number, bool_or(settled) as settled
from (
  select note.number, earlier.settled
  from ${notes} note
  cross join lateral (
    select record_id, settled, order_status, reported_on, month from feedback_record record
    where record.merchant_id = $1 and record.order_no = note.order_no and record.biz_type = note.biz_type
      and (record.settled or record.order_status = any($2::text[]))
    offset 0
  ) earlier
  where note.may_not_follow > 0 and ${cameBefore}
  union all
  select note.number, earlier.settled
  from ${notes} note
  join staged_record earlier on earlier.order_no = note.order_no and earlier.biz_type = note.biz_type
  where note.may_not_follow > 0 and (earlier.settled or earlier.order_status = any($2::text[])) and ${cameBefore}
    and not exists (select from staged_note correction where correction.record_id = earlier.record_id and correction.rectify is not null)
) backward
group by number order by number`;

const dropSql = `
delete from staged_record record using staged_note note
where note.number = any($1::integer[])
  and record.bucket = note.bucket and record.person_id = note.person_id and record.record_id = note.record_id`;

/** A correction finds its record by person, order, kind, day and instalment, among those of earlier batches. */
const locatedBy = `
  record.merchant_id = $1 and record.order_no = note.order_no and record.biz_type = note.biz_type
  and record.bucket = note.bucket and record.person_id = note.person_id and record.batch_id <> $2
  and case when note.rectify = 'delete_history' then record.reported_on <= note.reported_on
           else record.reported_on = note.reported_on
                and record.extra ->> '${instalmentColumn}' is not distinct from note.instalment end`;

const missingSql = `
select note.number from staged_note note
where note.rectify is not null and not exists (select from feedback_record record where ${locatedBy})
order by note.number`;

const rectifySql = `
with gone as (
  delete from feedback_record record using staged_note note
  where note.rectify is not null and ${locatedBy}
    and (note.rectify <> 'modify' or record.record_id <> note.record_id)
  returning record.bucket, record.person_id
), touched as (
  insert into staged_touched (bucket, person_id) select distinct bucket, person_id from gone
)
select count(*) as deleted from gone`;

/** Where records were left out, a person is kept only if some record of theirs is stored. */
const isStored = (parameter: number): string =>
  `(not $${parameter}::boolean or exists (select from feedback_record record where record.bucket = staged_person.bucket and record.person_id = staged_person.person_id))`;

const rememberPeopleSql = `
insert into person (bucket, person_id, credentials_type, credentials_no_sealed, created_at)
select distinct on (bucket, person_id) bucket, person_id, credentials_type, credentials_no_sealed, $1::timestamptz
from staged_person where credentials_no_sealed is not null and ${isStored(2)} order by bucket, person_id
on conflict (bucket, person_id) do nothing`;

const rememberNamesSql = `
insert into person_name (bucket, person_id, name_id, name_sealed)
select distinct on (bucket, person_id, name_id) bucket, person_id, name_id, name_sealed
from staged_person where name_sealed is not null and ${isStored(1)} order by bucket, person_id, name_id
on conflict (bucket, person_id, name_id) do nothing`;

/** The one person that the file gives an order to: a file that gives it to two is refused. */
const owners =
  "select distinct on (order_no) order_no, bucket, person_id, name_id from staged_record order by order_no";

/** What a record takes over from the person that it moves to. */
const ownerColumns: ReadonlySet<string> = new Set(["bucket", "person_id", "name_id"]);

/**
 * An order that comes back under another person was fed back wrongly before: all of its records move, so that two
 * people never carry one order. Both are scored anew.
 */
const moveCorrectedSql = `
with owner as (
  ${owners}
), moved as (
  delete from feedback_record record using owner
  where record.merchant_id = $1 and record.order_no = owner.order_no and record.person_id <> owner.person_id
  returning record.*, owner.bucket as to_bucket, owner.person_id as to_person_id, owner.name_id as to_name_id
), touched as (
  insert into staged_touched (bucket, person_id)
  select bucket, person_id from moved union select to_bucket, to_person_id from moved
)
insert into feedback_record (${columns})
select ${recordColumns.map((column) => (ownerColumns.has(column) ? `to_${column}` : column)).join(", ")}
from moved
on conflict (bucket, person_id, merchant_id, record_id) do nothing`;

/** A name that is corrected in one record of an order is corrected in all of them. */
const renameSql = `
with owner as (
  ${owners}
), renamed as (
  update feedback_record record set name_id = owner.name_id
  from owner
  where record.merchant_id = $1 and record.order_no = owner.order_no
    and record.bucket = owner.bucket and record.person_id = owner.person_id and record.name_id <> owner.name_id
  returning record.bucket, record.person_id
)
insert into staged_touched (bucket, person_id) select distinct bucket, person_id from renamed`;

const mergeSql = `
with merged as (
  insert into feedback_record as record (${columns})
  select ${columns} from staged_record order by bucket, person_id
  on conflict (bucket, person_id, merchant_id, record_id) do update
    set ${contentColumns.map((column) => `${column} = excluded.${column}`).join(", ")},
        ended_on = case when excluded.adverse then coalesce(excluded.ended_on, record.ended_on) else excluded.ended_on end,
        batch_id = excluded.batch_id, fed_back_at = excluded.fed_back_at
    where (${contentColumns.map((column) => `record.${column}`).join(", ")})
      is distinct from (${contentColumns.map((column) => `excluded.${column}`).join(", ")})
      or excluded.ended_on <> record.ended_on
  returning bucket, person_id, xmax = 0 as is_new
), touched as (
  insert into staged_touched (bucket, person_id) select distinct bucket, person_id from merged
)
select count(*) filter (where is_new) as added, count(*) filter (where not is_new) as changed
from merged`;

/** Everybody of the portions that were copied, and who else was touched. */
const markSql = `
insert into rescore_mark (bucket, person_id, marked_at)
select distinct bucket, person_id, $1::timestamptz
from (select bucket, person_id from staged_touched
      union all select bucket, person_id from staged_person where portion = any($2::integer[])) touched
order by bucket, person_id
on conflict (bucket, person_id) do update set marked_at = excluded.marked_at`;
