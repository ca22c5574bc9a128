import type { Transaction } from "../store/store.ts";
import type { MergeCounts } from "./batches.ts";
import type { RecordFault } from "./record.ts";
import { stagedColumns } from "./staging.ts";
import type { Template } from "./template.ts";

export interface Merge {
  readonly merchantId: string;
  readonly batchId: string;
  readonly template: Template;
  /** The time of the merge, as text. */
  readonly now: string;
}

/** COPY's target, in a transaction that waits for other batches of the merchant. Those of other merchants go on. */
export async function openStaging(transaction: Transaction, merchantId: string): Promise<string> {
  await transaction.query("select pg_advisory_xact_lock(hashtextextended('feedback ' || $1, 0))", [merchantId]);
  await transaction.execute(stagedTables);
  return `staged_record (${stagedColumns})`;
}

/**
 * What only the records stored before can tell: a settled or abandoned order that would go back, and corrections of
 * what is not there. In the file's order.
 */
export async function findForbidden(
  transaction: Transaction,
  { merchantId, template }: Merge,
  found: { guarded: boolean; rectifies: boolean },
): Promise<RecordFault[]> {
  const abandoned = Object.entries(template.statuses).flatMap(([code, { abandoned: gone }]) => (gone === true ? [code] : []));
  const backward = found.guarded
    ? await transaction.query<{ number: number; settled: boolean }>(backwardSql, [merchantId, abandoned])
    : [];
  const missing = found.rectifies ? await transaction.query<{ number: number }>(missingSql, [merchantId]) : [];
  const column = (role: string, otherwise: string): string => template.columns.find((each) => each.role === role)?.name ?? otherwise;
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

/** Leaves records out of what will be merged. */
export async function dropStaged(transaction: Transaction, numbers: readonly number[]): Promise<void> {
  await transaction.query("delete from staged_record where number = any($1::integer[])", [numbers]);
  await transaction.query("update staged_record set first_of_order = true");
}

/**
 * Stores what is staged, one statement a step. The same key overwrites; a record that says nothing new is not written
 * again. Everybody whose file changed is marked for scoring, once and in order, so that batches do not lock each other.
 */
export async function mergeStaged(transaction: Transaction, merge: Merge, found: { count: number; repeated: number; rectifies: boolean }): Promise<MergeCounts> {
  const { merchantId, template, batchId, now } = merge;
  await transaction.query(rememberPeopleSql, [now]);
  await transaction.query(rememberNamesSql);
  await transaction.query(moveCorrectedSql, [merchantId]);
  await transaction.query(renameSql, [merchantId]);
  let deleted = 0;
  if (found.rectifies) {
    const [gone] = await transaction.query<{ deleted: number }>(rectifySql, [merchantId]);
    deleted = gone?.deleted ?? 0;
    await transaction.query("delete from staged_record where rectify in ('delete', 'delete_history')");
  }
  const [merged] = await transaction.query<{ staged: number; added: number; changed: number }>(mergeSql, [
    merchantId,
    template.name,
    batchId,
    now,
  ]);
  await transaction.query(markSql, [now]);
  const { staged = 0, added = 0, changed = 0 } = merged ?? {};
  return { newRecords: added, changedRecords: changed + deleted, sameRecords: staged - added - changed + found.repeated };
}

const contentColumns = [
  "name_id", "template", "stage", "month", "order_no", "biz_type", "order_status", "settled", "create_amt_fen",
  "overdue_cnt", "overdue_since", "overdue_amt_fen", "pay_amt_fen", "credit_limit_fen", "reported_on", "adverse", "extra",
];

const stagedTables = `
create temporary table staged_record (
  number integer not null, bucket smallint not null, person_id uuid not null, record_id uuid not null, name_id uuid not null,
  stage text not null, month smallint, order_no text not null, biz_type text not null, order_status text not null,
  settled boolean not null, create_amt_fen bigint, overdue_cnt smallint, overdue_since date, overdue_amt_fen bigint,
  pay_amt_fen bigint, credit_limit_fen bigint, reported_on date, adverse boolean not null, ended_on date, extra jsonb,
  rectify text, may_not_follow smallint not null, first_of_order boolean not null, credentials_type text,
  credentials_no_sealed bytea, name_sealed bytea
) on commit drop;
create temporary table staged_touched (bucket smallint not null, person_id uuid not null) on commit drop;`;

/** What was reported on a later day, or in a later month, came later; a record's own former state always came before. */
const backwardSql = `
select staged.number, bool_or(earlier.settled) as settled
from staged_record staged
join (
  select record_id, order_no, biz_type, settled, order_status, reported_on, month
  from feedback_record where merchant_id = $1 and (settled or order_status = any($2::text[]))
  union all
  select record_id, order_no, biz_type, settled, order_status, reported_on, month
  from staged_record where (settled or order_status = any($2::text[])) and rectify is null
) earlier on earlier.order_no = staged.order_no and earlier.biz_type = staged.biz_type
where staged.may_not_follow > 0
  and (staged.may_not_follow & 1 = 1 and earlier.settled or staged.may_not_follow & 2 = 2 and earlier.order_status = any($2::text[]))
  and (earlier.record_id = staged.record_id
       or case when earlier.reported_on is not null and staged.reported_on is not null
               then earlier.reported_on <= staged.reported_on else earlier.month <= staged.month end)
group by staged.number order by staged.number`;

/** A correction finds its record by person, order, kind, day and instalment. */
const locatedBy = `
  record.merchant_id = $1 and record.order_no = staged.order_no and record.biz_type = staged.biz_type
  and record.bucket = staged.bucket and record.person_id = staged.person_id
  and case when staged.rectify = 'delete_history' then record.reported_on <= staged.reported_on
           else record.reported_on = staged.reported_on
                and record.extra ->> 'installment_due_date' is not distinct from staged.extra ->> 'installment_due_date' end`;

const missingSql = `
select staged.number from staged_record staged
where staged.rectify is not null and not exists (select from feedback_record record where ${locatedBy})
order by staged.number`;

const rectifySql = `
with gone as (
  delete from feedback_record record using staged_record staged
  where staged.rectify is not null and ${locatedBy}
    and (staged.rectify <> 'modify' or record.record_id <> staged.record_id)
  returning record.bucket, record.person_id
), touched as (
  insert into staged_touched (bucket, person_id) select distinct bucket, person_id from gone
)
select count(*) as deleted from gone`;

const rememberPeopleSql = `
insert into person (bucket, person_id, credentials_type, credentials_no_sealed, created_at)
select distinct on (bucket, person_id) bucket, person_id, credentials_type, credentials_no_sealed, $1::timestamptz
from staged_record where name_sealed is not null order by bucket, person_id
on conflict (bucket, person_id) do nothing`;

const rememberNamesSql = `
insert into person_name (bucket, person_id, name_id, name_sealed)
select distinct on (bucket, person_id, name_id) bucket, person_id, name_id, name_sealed
from staged_record where name_sealed is not null order by bucket, person_id, name_id
on conflict (bucket, person_id, name_id) do nothing`;

/**
 * An order that comes back under another person was fed back wrongly before: all of its records move, so that two
 * people never carry one order. Both are scored anew.
 */
const moveCorrectedSql = `
with owner as (
  select distinct on (order_no) order_no, bucket, person_id, name_id from staged_record
  where first_of_order and (rectify is null or rectify = 'modify') order by order_no
), moved as (
  delete from feedback_record record using owner
  where record.merchant_id = $1 and record.order_no = owner.order_no and record.person_id <> owner.person_id
  returning record.*, owner.bucket as to_bucket, owner.person_id as to_person_id, owner.name_id as to_name_id
), touched as (
  insert into staged_touched (bucket, person_id)
  select bucket, person_id from moved union select to_bucket, to_person_id from moved
)
insert into feedback_record (bucket, person_id, merchant_id, record_id, name_id, template, stage, month, order_no,
                             biz_type, order_status, settled, create_amt_fen, overdue_cnt, overdue_since,
                             overdue_amt_fen, pay_amt_fen, credit_limit_fen, reported_on, adverse, ended_on, extra,
                             batch_id, fed_back_at)
select to_bucket, to_person_id, merchant_id, record_id, to_name_id, template, stage, month, order_no,
       biz_type, order_status, settled, create_amt_fen, overdue_cnt, overdue_since,
       overdue_amt_fen, pay_amt_fen, credit_limit_fen, reported_on, adverse, ended_on, extra, batch_id, fed_back_at
from moved
on conflict (bucket, person_id, merchant_id, record_id) do nothing`;

/** A name that is corrected in one record of an order is corrected in all of them. */
const renameSql = `
with owner as (
  select distinct on (order_no) order_no, bucket, person_id, name_id from staged_record
  where first_of_order and (rectify is null or rectify = 'modify') order by order_no
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
  insert into feedback_record as record
    (bucket, person_id, merchant_id, record_id, ${contentColumns.join(", ")}, ended_on, batch_id, fed_back_at)
  select bucket, person_id, $1, record_id,
         ${contentColumns.map((column) => (column === "template" ? "$2" : column)).join(", ")}, ended_on, $3, $4::timestamptz
  from staged_record order by bucket, person_id
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
select (select count(*) from staged_record) as staged, count(*) filter (where is_new) as added,
       count(*) filter (where not is_new) as changed
from merged`;

const markSql = `
insert into rescore_mark (bucket, person_id, marked_at)
select distinct bucket, person_id, $1::timestamptz from staged_touched order by bucket, person_id
on conflict (bucket, person_id) do update set marked_at = excluded.marked_at`;
