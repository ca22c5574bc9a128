import type { BinaryRows } from "../../store/copy-binary.ts";
import type { FeedbackRecord } from "./record.ts";
import type { SealedPerson, StagedPerson } from "./staged-person.ts";

/** A column of rows that are copied: its name, and how it is written of what a row is made of. */
interface CopyColumn<Source> {
  readonly name: string;
  readonly write: (rows: BinaryRows, source: Source) => void;
}

/** A column of a table that exists for one transaction only, so that its type stands here too. */
interface StagingColumn<Source> extends CopyColumn<Source> {
  readonly type: string;
}

/** Columns of every row of a file, written once as PostgreSQL's binary COPY format has them. */
export interface ConstantColumns {
  readonly merchantId: Uint8Array;
  readonly template: Uint8Array;
  readonly batchId: Uint8Array;
  readonly fedBackAt: Uint8Array;
}

export interface RecordSource {
  readonly record: FeedbackRecord;
  readonly recordId: Uint8Array;
  readonly person: StagedPerson;
  readonly constants: ConstantColumns;
}

/**
 * The columns of feedback_record. `says` marks what a record says, as opposed to its key and to when it came: a record is
 * the same as a stored one when all of these are.
 */
const recordTable: readonly (CopyColumn<RecordSource> & { readonly says?: true })[] = [
  { name: "bucket", write: (rows, { person }) => rows.int16(person.bucket) },
  { name: "person_id", write: (rows, { person }) => rows.bytes(person.personId) },
  { name: "merchant_id", write: (rows, { constants }) => rows.raw(constants.merchantId) },
  { name: "record_id", write: (rows, { recordId }) => rows.bytes(recordId) },
  { name: "name_id", says: true, write: (rows, { person }) => rows.bytes(person.nameId) },
  { name: "template", says: true, write: (rows, { constants }) => rows.raw(constants.template) },
  { name: "stage", says: true, write: (rows, { record }) => rows.text(record.stage) },
  { name: "month", says: true, write: (rows, { record }) => rows.int16(record.month) },
  { name: "order_no", says: true, write: (rows, { record }) => rows.text(record.orderNo) },
  { name: "biz_type", says: true, write: (rows, { record }) => rows.text(record.bizType) },
  { name: "order_status", says: true, write: (rows, { record }) => rows.text(record.orderStatus) },
  { name: "settled", says: true, write: (rows, { record }) => rows.boolean(record.settled) },
  { name: "create_amt_fen", says: true, write: (rows, { record }) => rows.int64(record.createAmtFen) },
  { name: "overdue_cnt", says: true, write: (rows, { record }) => rows.int16(record.overdueCnt) },
  { name: "overdue_since", says: true, write: (rows, { record }) => rows.date(record.overdueSince) },
  { name: "overdue_amt_fen", says: true, write: (rows, { record }) => rows.int64(record.overdueAmtFen) },
  { name: "pay_amt_fen", says: true, write: (rows, { record }) => rows.int64(record.payAmtFen) },
  { name: "credit_limit_fen", says: true, write: (rows, { record }) => rows.int64(record.creditLimitFen) },
  { name: "reported_on", says: true, write: (rows, { record }) => rows.date(record.reportedOn) },
  { name: "adverse", says: true, write: (rows, { record }) => rows.boolean(record.adverse) },
  { name: "extra", says: true, write: (rows, { record: { extra } }) => rows.jsonb(extra && JSON.stringify(extra)) },
  // A record that tells against somebody keeps the end that was found for it: it is compared on its own.
  { name: "ended_on", write: (rows, { record }) => rows.date(record.endedOn) },
  { name: "batch_id", write: (rows, { constants }) => rows.raw(constants.batchId) },
  { name: "fed_back_at", write: (rows, { constants }) => rows.raw(constants.fedBackAt) },
];

export interface NoteSource {
  readonly number: number;
  readonly record: FeedbackRecord;
  readonly recordId: Uint8Array;
  readonly person: StagedPerson;
}

/** The column of the template by which a correction tells the instalments of one order apart. */
export const instalmentColumn = "installment_due_date";

/** A note names a record that stored ones may forbid, or that corrects one. */
const noteTable: readonly StagingColumn<NoteSource>[] = [
  { name: "number", type: "integer not null", write: (rows, { number }) => rows.int32(number) },
  { name: "bucket", type: "smallint not null", write: (rows, { person }) => rows.int16(person.bucket) },
  { name: "person_id", type: "uuid not null", write: (rows, { person }) => rows.bytes(person.personId) },
  { name: "record_id", type: "uuid not null", write: (rows, { recordId }) => rows.bytes(recordId) },
  { name: "order_no", type: "text not null", write: (rows, { record }) => rows.text(record.orderNo) },
  { name: "biz_type", type: "text not null", write: (rows, { record }) => rows.text(record.bizType) },
  { name: "month", type: "smallint", write: (rows, { record }) => rows.int16(record.month) },
  { name: "reported_on", type: "date", write: (rows, { record }) => rows.date(record.reportedOn) },
  {
    name: "instalment",
    type: "text",
    write: (rows, { record }) => rows.text(record.extra?.[instalmentColumn] ?? null),
  },
  { name: "rectify", type: "text", write: (rows, { record }) => rows.text(record.rectify) },
  { name: "may_not_follow", type: "smallint not null", write: (rows, { record }) => rows.int16(record.mayNotFollow) },
];

export interface PersonSource {
  readonly portion: number;
  readonly person: StagedPerson;
  /** How the person is kept, where the file has them for the first time. */
  readonly sealed: SealedPerson | undefined;
}

const personTable: readonly StagingColumn<PersonSource>[] = [
  { name: "portion", type: "integer not null", write: (rows, { portion }) => rows.int32(portion) },
  { name: "bucket", type: "smallint not null", write: (rows, { person }) => rows.int16(person.bucket) },
  { name: "person_id", type: "uuid not null", write: (rows, { person }) => rows.bytes(person.personId) },
  { name: "name_id", type: "uuid not null", write: (rows, { person }) => rows.bytes(person.nameId) },
  {
    name: "credentials_type",
    type: "text",
    write: (rows, { sealed }) => rows.text(sealed?.credentialsType ?? null),
  },
  {
    name: "credentials_no_sealed",
    type: "bytea",
    write: (rows, { sealed }) => rows.bytes(sealed?.credentialsNo ?? null),
  },
  { name: "name_sealed", type: "bytea", write: (rows, { sealed }) => rows.bytes(sealed?.name ?? null) },
];

/** The names of the columns, in the order in which they are copied. */
export const recordColumns = namesOf(recordTable);
export const noteColumns = namesOf(noteTable);
export const personColumns = namesOf(personTable);
/** Those of feedback_record that tell whether a record says something new. */
export const contentColumns = namesOf(recordTable.filter(({ says }) => says === true));

/** The columns of the tables that notes and people are staged in, for CREATE TABLE. */
export const noteDefinitions = definitionsOf(noteTable);
export const personDefinitions = definitionsOf(personTable);

export const writeRecord = rowWriter(recordTable);
export const writeNote = rowWriter(noteTable);
export const writePerson = rowWriter(personTable);

function namesOf(columns: readonly { readonly name: string }[]): readonly string[] {
  return columns.map(({ name }) => name);
}

function definitionsOf(columns: readonly { readonly name: string; readonly type: string }[]): string {
  return columns.map(({ name, type }) => `${name} ${type}`).join(", ");
}

function rowWriter<Source>(columns: readonly CopyColumn<Source>[]): (rows: BinaryRows, source: Source) => void {
  const writes = columns.map(({ write }) => write);
  return (rows, source) => {
    rows.begin(writes.length);
    for (const write of writes) write(rows, source);
  };
}
