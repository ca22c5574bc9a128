import { keepPeople } from "../../consent/people-lock.ts";
import type { Transaction } from "../../store/store.ts";
import type { Portion } from "../reading/portion.ts";
import {
  contentColumns,
  noteColumns,
  noteDefinitions,
  personColumns,
  personDefinitions,
  recordColumns,
} from "../reading/portion-columns.ts";

const columns = recordColumns.join(", ");

/** What has become of the portions of a file: which were copied to their table, and which are staged for the merge. */
export interface StagingOutcome {
  /** Records that went to their table at once; the others are staged, or were found to say nothing new. */
  readonly copied: number;
  readonly records: number;
  /** The numbers of the portions whose records were copied. */
  readonly copiedPortions: readonly number[];
  /** Whether there are notes of records that were copied, and of records that were staged. */
  readonly copiedNotes: boolean;
  readonly stagedNotes: boolean;
}

export interface StagingOptions {
  readonly merchantId: string;
  /** Records of orders that the merchant has fed nothing back of may go to their table at once. */
  readonly mayCopy: boolean;
  /** Whether some record of the file may delete or replace others, so that even one that says nothing new counts. */
  readonly mayCorrect: boolean;
}

/** Makes the tables that `takePortions` fills, in a transaction that waits for other batches of the merchant. Those of other merchants go on. */
export async function openStaging(transaction: Transaction, merchantId: string): Promise<void> {
  await keepPeople(transaction);
  await transaction.query("select pg_advisory_xact_lock(hashtextextended('feedback ' || $1, 0))", [merchantId]);
  await transaction.execute(stagedTables);
}

/**
 * Takes a file's portions as they come, so that the database works while the next is read. A portion none of whose
 * orders is known of the merchant is copied straight into the table: nothing can be there that it would change. Any
 * other is staged, less what is there to the letter.
 */
export async function takePortions(
  transaction: Transaction,
  portions: AsyncIterable<Portion>,
  options: StagingOptions,
): Promise<StagingOutcome> {
  const copiedPortions = new Set<number>();
  let copied = 0;
  let records = 0;
  let copiedNotes = false;
  let stagedNotes = false;
  for await (const portion of portions) {
    const isNew =
      options.mayCopy &&
      !portion.corrects &&
      portion.earlier.every((number) => copiedPortions.has(number)) &&
      !(await someKnown(transaction, options.merchantId, portion.orders));
    records += portion.records;
    if (isNew) {
      await transaction.copyBinaryIn(`feedback_record (${columns})`, portion.rows);
      copiedPortions.add(portion.number);
      copied += portion.records;
    } else if (options.mayCorrect) {
      await transaction.copyBinaryIn(`staged_record (${columns})`, portion.rows);
    } else {
      await transaction.copyBinaryIn(`staged_portion (${columns})`, portion.rows);
      await transaction.query(keepDifferentSql);
      await transaction.query("truncate staged_portion");
    }
    if (portion.notes.length > 0) {
      await transaction.copyBinaryIn(
        `${isNew ? "copied_note" : "staged_note"} (${noteColumns.join(", ")})`,
        portion.notes,
      );
      if (isNew) copiedNotes = true;
      else stagedNotes = true;
    }
    if (portion.people.length > 0)
      await transaction.copyBinaryIn(`staged_person (${personColumns.join(", ")})`, portion.people);
  }
  return { copied, records, copiedPortions: [...copiedPortions], copiedNotes, stagedNotes };
}

async function someKnown(transaction: Transaction, merchantId: string, orders: readonly string[]): Promise<boolean> {
  if (orders.length === 0) return false;
  return (await transaction.query(someKnownSql, [merchantId, orders])).length > 0;
}

/**
 * Statements of this transaction are planned for what is there when they run: the tables grow under them, and none is
 * long enough for its plan to be compiled.
 */
const stagedTables = `
set local plan_cache_mode = force_custom_plan;
set local jit = off;
create temporary table staged_record (like feedback_record) on commit drop;
create temporary table staged_portion (like feedback_record) on commit drop;
create temporary table staged_note (${noteDefinitions}) on commit drop;
create temporary table copied_note (like staged_note) on commit drop;
create temporary table staged_person (${personDefinitions}) on commit drop;
create temporary table staged_touched (bucket smallint not null, person_id uuid not null) on commit drop;`;

/** The lateral join keeps this one index lookup for each order, whatever the planner believes of the table. */
const someKnownSql = `
select 1 as known from unnest($2::text[]) as asked (order_no)
cross join lateral (
  select from feedback_record record where record.merchant_id = $1 and record.order_no = asked.order_no limit 1
) found
limit 1`;

/** Keeps what differs from the stored record. As above, `offset 0` keeps this one lookup for each record. */
const keepDifferentSql = `
insert into staged_record (${columns})
select ${recordColumns.map((column) => `portion.${column}`).join(", ")}
from staged_portion portion
left join lateral (
  select record_id, ended_on, ${contentColumns.join(", ")} from feedback_record record
  where record.bucket = portion.bucket and record.person_id = portion.person_id
    and record.merchant_id = portion.merchant_id and record.record_id = portion.record_id
  offset 0
) stored on true
where stored.record_id is null or portion.ended_on <> stored.ended_on
  or (${contentColumns.map((column) => `portion.${column}`).join(", ")})
     is distinct from (${contentColumns.map((column) => `stored.${column}`).join(", ")})`;
