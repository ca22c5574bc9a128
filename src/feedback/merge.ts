import { createHash } from "node:crypto";
import { type Clock, instantToText } from "../clock.ts";
import { nameId, type PersonKey, personKey, sealCredentialsNo, sealName } from "../consent/people.ts";
import { uuidOf, type Vault } from "../keys/vault.ts";
import { copyRow } from "../store/copy-text.ts";
import type { Transaction } from "../store/store.ts";
import type { Batch, MergeCounts } from "./batches.ts";
import type { FeedbackRecord, RecordFault } from "./record.ts";

/** What identifies a record within its merchant: a hash of its primary key values. */
export function recordIdOf(merchantId: string, key: readonly string[]): string {
  return uuidOf(createHash("sha256").update(JSON.stringify([merchantId, ...key])).digest());
}

/**
 * Records with equal keys within one file: one is kept where they are the same to the letter, and each further one is
 * an error where they differ. So is an order that the file gives to two people.
 */
export function findConflicts(
  records: readonly { record: FeedbackRecord; number: number }[],
  primaryKeyColumns: string,
): { distinct: FeedbackRecord[]; faults: RecordFault[] } {
  const faults: RecordFault[] = [];
  const byKey = new Map<string, { record: FeedbackRecord; content: string; number: number }>();
  const ownerOfOrder = new Map<string, { owner: string; number: number }>();
  for (const { record, number } of records) {
    const content = JSON.stringify(record);
    const key = JSON.stringify(record.key);
    const earlier = byKey.get(key);
    if (earlier === undefined) byKey.set(key, { record, content, number });
    else if (earlier.content !== content) {
      faults.push({ record: number, column: primaryKeyColumns, value: "", reason: `与第${earlier.number}条记录主键相同而内容不同` });
    }
    const owner = `${record.credentialsType} ${record.credentialsNo} ${record.name}`;
    const known = ownerOfOrder.get(record.orderNo);
    if (known === undefined) ownerOfOrder.set(record.orderNo, { owner, number });
    else if (known.owner !== owner) {
      faults.push({ record: number, column: "order_no", value: record.orderNo.slice(0, 40), reason: `与第${known.number}条记录订单号相同而信息主体不同` });
    }
  }
  return { distinct: [...byKey.values()].map(({ record }) => record), faults };
}

/**
 * Stores records inside the caller's transaction: COPY into a temporary table, then one statement a step. The same key
 * overwrites; a record that says nothing new is not written again. Everybody whose file changed is marked for scoring.
 * Batches of one merchant wait for each other, those of different merchants do not.
 */
export async function mergeRecords(
  transaction: Transaction,
  vault: Vault,
  clock: Clock,
  batch: Batch,
  records: readonly FeedbackRecord[],
): Promise<MergeCounts> {
  const now = instantToText(clock.now());
  await transaction.query("select pg_advisory_xact_lock(hashtextextended('feedback ' || $1, 0))", [batch.merchantId]);
  await transaction.execute(stagedTables);
  const people = new Map<string, { key: PersonKey; record: FeedbackRecord }>();
  await transaction.copyIn(`staged_record (${stagedColumns})`, stagedRows(vault, batch, records, people));
  await transaction.copyIn(
    "staged_person (bucket, person_id, credentials_type, credentials_no_sealed, name_id, name_sealed)",
    stagedPeople(vault, people.values()),
  );
  await transaction.query(rememberPeopleSql, [now]);
  await transaction.query(rememberNamesSql);
  await transaction.query(moveCorrectedSql, [batch.merchantId, now]);
  await transaction.query(renameSql, [batch.merchantId, now]);
  const [before] = await transaction.query<{ new_records: number }>(countNewSql, [batch.merchantId]);
  const [merged] = await transaction.query<{ written: number }>(mergeSql, [
    batch.merchantId,
    batch.template,
    batch.batchId,
    now,
  ]);
  const newRecords = before?.new_records ?? 0;
  const written = merged?.written ?? 0;
  return { newRecords, changedRecords: written - newRecords, sameRecords: records.length - written };
}

const contentColumns = [
  "name_id", "template", "stage", "month", "order_no", "biz_type", "order_status", "settled", "create_amt_fen",
  "overdue_cnt", "overdue_since", "overdue_amt_fen", "pay_amt_fen", "credit_limit_fen", "extra",
];
const stagedColumns =
  "bucket, person_id, record_id, name_id, stage, month, order_no, biz_type, order_status, settled, create_amt_fen, " +
  "overdue_cnt, overdue_since, overdue_amt_fen, pay_amt_fen, credit_limit_fen, extra";

const stagedTables = `
create temporary table staged_record (
  bucket smallint not null, person_id uuid not null, record_id uuid not null, name_id uuid not null, stage text not null,
  month smallint, order_no text not null, biz_type text not null, order_status text not null, settled boolean not null,
  create_amt_fen bigint, overdue_cnt smallint, overdue_since date, overdue_amt_fen bigint, pay_amt_fen bigint,
  credit_limit_fen bigint, extra jsonb
) on commit drop;
create temporary table staged_person (
  bucket smallint not null, person_id uuid not null, credentials_type text not null,
  credentials_no_sealed bytea not null, name_id uuid not null, name_sealed bytea not null
) on commit drop;`;

function* stagedRows(
  vault: Vault,
  batch: Batch,
  records: readonly FeedbackRecord[],
  people: Map<string, { key: PersonKey; record: FeedbackRecord }>,
): Iterable<string> {
  for (const record of records) {
    const identity = `${record.credentialsType}\0${record.credentialsNo}\0${record.name}`;
    let person = people.get(identity);
    if (person === undefined) {
      person = { key: personKey(vault, record.credentialsType, record.credentialsNo), record };
      people.set(identity, person);
    }
    yield copyRow([
      person.key.bucket,
      person.key.personId,
      recordIdOf(batch.merchantId, record.key),
      nameId(vault, record.name),
      record.stage,
      record.month,
      record.orderNo,
      record.bizType,
      record.orderStatus,
      record.settled,
      record.createAmtFen,
      record.overdueCnt,
      record.overdueSince,
      record.overdueAmtFen,
      record.payAmtFen,
      record.creditLimitFen,
      record.extra === null ? null : JSON.stringify(record.extra),
    ]);
  }
}

function* stagedPeople(vault: Vault, people: Iterable<{ key: PersonKey; record: FeedbackRecord }>): Iterable<string> {
  for (const { key, record } of people) {
    yield copyRow([
      key.bucket,
      key.personId,
      record.credentialsType,
      sealCredentialsNo(vault, record.credentialsNo),
      nameId(vault, record.name),
      sealName(vault, record.name),
    ]);
  }
}

const rememberPeopleSql = `
insert into person (bucket, person_id, credentials_type, credentials_no_sealed, created_at)
select distinct on (bucket, person_id) bucket, person_id, credentials_type, credentials_no_sealed, $1::timestamptz
from staged_person order by bucket, person_id
on conflict (bucket, person_id) do nothing`;

const rememberNamesSql = `
insert into person_name (bucket, person_id, name_id, name_sealed)
select distinct on (bucket, person_id, name_id) bucket, person_id, name_id, name_sealed
from staged_person order by bucket, person_id, name_id
on conflict (bucket, person_id, name_id) do nothing`;

/**
 * An order that comes back under another person was fed back wrongly before: all of its records move, so that two
 * people never carry one order. Both are scored anew.
 */
const moveCorrectedSql = `
with owner as (
  select distinct on (order_no) order_no, bucket, person_id, name_id from staged_record
), moved as (
  delete from feedback_record record using owner
  where record.merchant_id = $1 and record.order_no = owner.order_no and record.person_id <> owner.person_id
  returning record.*, owner.bucket as to_bucket, owner.person_id as to_person_id, owner.name_id as to_name_id
), marked as (
  insert into rescore_mark (bucket, person_id, marked_at)
  select bucket, person_id, $2::timestamptz from moved
  union
  select to_bucket, to_person_id, $2::timestamptz from moved
  order by 1, 2
  on conflict (bucket, person_id) do update set marked_at = excluded.marked_at
)
insert into feedback_record (bucket, person_id, merchant_id, record_id, name_id, template, stage, month, order_no,
                             biz_type, order_status, settled, create_amt_fen, overdue_cnt, overdue_since,
                             overdue_amt_fen, pay_amt_fen, credit_limit_fen, extra, batch_id, fed_back_at)
select to_bucket, to_person_id, merchant_id, record_id, to_name_id, template, stage, month, order_no,
       biz_type, order_status, settled, create_amt_fen, overdue_cnt, overdue_since,
       overdue_amt_fen, pay_amt_fen, credit_limit_fen, extra, batch_id, fed_back_at
from moved
on conflict (bucket, person_id, merchant_id, record_id) do nothing`;

/** A name that is corrected in one record of an order is corrected in all of them. */
const renameSql = `
with owner as (
  select distinct on (order_no) order_no, bucket, person_id, name_id from staged_record
), renamed as (
  update feedback_record record set name_id = owner.name_id
  from owner
  where record.merchant_id = $1 and record.order_no = owner.order_no
    and record.bucket = owner.bucket and record.person_id = owner.person_id and record.name_id <> owner.name_id
  returning record.bucket, record.person_id
)
insert into rescore_mark (bucket, person_id, marked_at)
select distinct bucket, person_id, $2::timestamptz from renamed order by bucket, person_id
on conflict (bucket, person_id) do update set marked_at = excluded.marked_at`;

const countNewSql = `
select count(*) as new_records from staged_record staged
where not exists (
  select from feedback_record record
  where record.bucket = staged.bucket and record.person_id = staged.person_id
    and record.merchant_id = $1 and record.record_id = staged.record_id
)`;

const mergeSql = `
with merged as (
  insert into feedback_record as record
    (bucket, person_id, merchant_id, record_id, ${contentColumns.join(", ")}, batch_id, fed_back_at)
  select bucket, person_id, $1, record_id,
         ${contentColumns.map((column) => (column === "template" ? "$2" : column)).join(", ")}, $3, $4::timestamptz
  from staged_record order by bucket, person_id, record_id
  on conflict (bucket, person_id, merchant_id, record_id) do update
    set ${contentColumns.map((column) => `${column} = excluded.${column}`).join(", ")},
        batch_id = excluded.batch_id, fed_back_at = excluded.fed_back_at
    where (${contentColumns.map((column) => `record.${column}`).join(", ")})
      is distinct from (${contentColumns.map((column) => `excluded.${column}`).join(", ")})
  returning bucket, person_id
), marked as (
  insert into rescore_mark (bucket, person_id, marked_at)
  select distinct bucket, person_id, $4::timestamptz from merged order by bucket, person_id
  on conflict (bucket, person_id) do update set marked_at = excluded.marked_at
)
select count(*) as written from merged`;
