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
export const batchStates = ["merged", "refused", "checked"] as const;
export type BatchState = (typeof batchStates)[number];

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
  readonly batchId: string;
  readonly appId: string;
  readonly state: BatchState;
  readonly template: string;
  readonly fileName: string | null;
  readonly fileDescription: string | null;
  /** Hexadecimal. */
  readonly fileSha256: string;
  readonly fileBytes: number;
  readonly records: number;
  readonly recordsNew: number;
  readonly recordsChanged: number;
  readonly recordsSame: number;
  readonly recordsBad: number;
  readonly refusedWith: string | null;
  readonly receivedAt: string;
  readonly durationMs: number;
}

interface BatchRow extends Omit<BatchSummary, "fileSha256" | "receivedAt" | "durationMs"> {
  readonly fileSha256: Uint8Array;
  readonly receivedAt: Instant;
  readonly finishedAt: Instant;
}

const summaryColumns = `batch_id as "batchId", app_id as "appId", state, template, file_name as "fileName",
  file_description as "fileDescription", file_sha256 as "fileSha256", file_bytes as "fileBytes", records,
  records_new as "recordsNew", records_changed as "recordsChanged", records_same as "recordsSame",
  records_bad as "recordsBad", refused_with as "refusedWith", received_at as "receivedAt", finished_at as "finishedAt"`;

function summaryOf({ finishedAt, ...row }: BatchRow): BatchSummary {
  return {
    ...row,
    fileSha256: Buffer.from(row.fileSha256).toString("hex"),
    receivedAt: instantToText(row.receivedAt),
    durationMs: Math.round((finishedAt - row.receivedAt) / 1_000),
  };
}

/** A merchant's batches, the newest first, from after the batch `after` on; of one state where one is named. */
export async function listBatches(
  store: Queryable,
  merchantId: string,
  { after, state, limit }: { after?: string | undefined; state?: BatchState | undefined; limit: number },
): Promise<BatchSummary[]> {
  const rows = await store.query<BatchRow & Record<string, unknown>>(
    `select ${summaryColumns} from feedback_batch
     where bucket = $1 and merchant_id = $2 and ($3::text is null or state = $3)
       and ($4::text is null or (received_at, batch_id) <
         (select received_at, batch_id from feedback_batch where bucket = $1 and merchant_id = $2 and batch_id = $4))
     order by received_at desc, batch_id desc limit $5`,
    [bucketOf(merchantId), merchantId, state ?? null, after ?? null, limit],
  );
  return rows.map(summaryOf);
}

/** A batch of this merchant with its faults, or undefined: also when it is another merchant's. */
export async function findBatch(
  store: Queryable,
  merchantId: string,
  batchId: string,
): Promise<{ summary: BatchSummary; faults: readonly RecordFault[]; columns: string } | undefined> {
  const [row] = await store.query<BatchRow & { errors: RecordFault[]; columnsSent: string | null }>(
    `select ${summaryColumns}, errors, columns_sent as "columnsSent" from feedback_batch
     where bucket = $1 and merchant_id = $2 and batch_id = $3`,
    [bucketOf(merchantId), merchantId, batchId],
  );
  if (row === undefined) return undefined;
  const { errors, columnsSent, ...rest } = row;
  return { summary: summaryOf(rest), faults: errors, columns: columnsSent ?? "" };
}
