import { type Clock, instantToText } from "../clock.ts";
import { bucketOf } from "../store/bucket.ts";
import type { Queryable } from "../store/store.ts";
import type { RecordFault } from "./record.ts";

/** A feedback batch (反馈批次): one file that a merchant sent. */
export interface Batch {
  readonly batchId: string;
  readonly merchantId: string;
  readonly template: string;
}

export interface MergeCounts {
  readonly newRecords: number;
  readonly changedRecords: number;
  readonly sameRecords: number;
}

export interface BatchReport {
  readonly batch: Batch;
  readonly appId: string;
  readonly fileSha256: Uint8Array;
  readonly fileBytes: number;
  readonly fileDescription: string | undefined;
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
                                 received_at, finished_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
    [
      bucketOf(batch.merchantId),
      batch.merchantId,
      batch.batchId,
      report.appId,
      report.fileSha256,
      report.fileBytes,
      report.fileDescription ?? null,
      report.refusedWith === undefined ? "merged" : "refused",
      report.records,
      counts.newRecords,
      counts.changedRecords,
      counts.sameRecords,
      report.badRecords,
      report.refusedWith ?? null,
      JSON.stringify(report.faults),
      report.receivedAt,
      instantToText(clock.now()),
    ],
  );
}
