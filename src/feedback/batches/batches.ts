import { type Clock, type Instant, instantToText } from "../../clock.ts";
import { bucketOf } from "../../store/bucket.ts";
import type { Queryable } from "../../store/store.ts";
import type { RecordFault } from "../reading/record.ts";

/** A feedback batch (反馈批次): one file that a merchant sent. */
export interface Batch {
  readonly batchId: string;
  readonly merchantId: string;
  /** The name of the template it was read by. */
  readonly template: string;
}

export interface MergeCounts {
  readonly newRecords: number;
  readonly changedRecords: number;
  readonly sameRecords: number;
}

/** merged: stored; refused: nothing was stored; checked: a dry run, nothing was to be stored. */
export type BatchState = "merged" | "refused" | "checked";

export interface BatchReport {
  readonly batch: Batch;
  readonly appId: string;
  readonly state: BatchState;
  readonly fileName: string;
  readonly fileSha256: Uint8Array;
  readonly fileBytes: number;
  readonly fileDescription: string | undefined;
  readonly columns: string;
  readonly records: number;
  readonly counts: MergeCounts;
  readonly badRecords: number;
  readonly refusedWith: string | undefined;
  readonly faults: readonly RecordFault[];
  readonly receivedAt: string;
}

/** Keeps what became of a batch: with its records in one transaction when they were stored, by itself when refused. */
export async function recordBatch(store: Queryable, clock: Clock, report: BatchReport): Promise<void> {
  const { batch, counts } = report;
  await store.query(
    `insert into feedback_batch (bucket, merchant_id, batch_id, app_id, file_sha256, file_bytes, file_description, state,
                                 records, records_new, records_changed, records_same, records_bad, refused_with, errors,
                                 received_at, finished_at, template, file_name, columns_sent)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`,
    [
      bucketOf(batch.merchantId),
      batch.merchantId,
      batch.batchId,
      report.appId,
      report.fileSha256,
      report.fileBytes,
      report.fileDescription ?? null,
      report.state,
      report.records,
      counts.newRecords,
      counts.changedRecords,
      counts.sameRecords,
      report.badRecords,
      report.refusedWith ?? null,
      JSON.stringify(report.faults),
      report.receivedAt,
      instantToText(clock.now()),
      batch.template,
      report.fileName,
      report.columns,
    ],
  );
}

/** What a merchant may know of a batch of its own. */
export interface BatchSummary {
  readonly batch_id: string;
  readonly app_id: string;
  readonly state: BatchState;
  readonly template: string;
  readonly file_name: string | null;
  readonly file_description: string | null;
  readonly file_sha256: string;
  readonly file_bytes: number;
  readonly records: number;
  readonly records_new: number;
  readonly records_changed: number;
  readonly records_same: number;
  readonly records_bad: number;
  readonly refused_with: string | null;
  readonly received_at: string;
  readonly duration_ms: number;
}

interface BatchRow extends Omit<BatchSummary, "file_sha256" | "received_at" | "duration_ms"> {
  readonly file_sha256: Uint8Array;
  readonly received_at: Instant;
  readonly finished_at: Instant;
}

const summaryColumns =
  "batch_id, app_id, state, template, file_name, file_description, file_sha256, file_bytes, records, records_new, " +
  "records_changed, records_same, records_bad, refused_with, received_at, finished_at";

function summaryOf({ finished_at, ...row }: BatchRow): BatchSummary {
  return {
    ...row,
    file_sha256: Buffer.from(row.file_sha256).toString("hex"),
    received_at: instantToText(row.received_at),
    duration_ms: Math.round((finished_at - row.received_at) / 1_000),
  };
}

const listedLimit = 200;

/** A merchant's batches, the newest first. */
export async function listBatches(store: Queryable, merchantId: string, limit: number): Promise<BatchSummary[]> {
  const rows = await store.query<BatchRow>(
    `select ${summaryColumns} from feedback_batch where bucket = $1 and merchant_id = $2
     order by received_at desc, batch_id limit $3`,
    [bucketOf(merchantId), merchantId, Math.min(limit, listedLimit)],
  );
  return rows.map(summaryOf);
}

/** A batch of this merchant with its faults, or undefined: also when it is another merchant's. */
export async function findBatch(
  store: Queryable,
  merchantId: string,
  batchId: string,
): Promise<{ summary: BatchSummary; faults: readonly RecordFault[]; columns: string } | undefined> {
  const [row] = await store.query<BatchRow & { errors: RecordFault[]; columns_sent: string | null }>(
    `select ${summaryColumns}, errors, columns_sent from feedback_batch where bucket = $1 and merchant_id = $2 and batch_id = $3`,
    [bucketOf(merchantId), merchantId, batchId],
  );
  if (row === undefined) return undefined;
  const { errors, columns_sent, ...rest } = row;
  return { summary: summaryOf(rest), faults: errors, columns: columns_sent ?? "" };
}
