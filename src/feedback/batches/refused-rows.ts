import { dayUs, type Instant, instantToText, later } from "../../clock.ts";
import type { Vault } from "../../keys/vault.ts";
import { JsonNumber } from "../../protocol/json.ts";
import { bucketOf } from "../../store/bucket.ts";
import type { Queryable } from "../../store/store.ts";
import type { Batch } from "./batches.ts";
import type { RawRecord } from "../reading/record-reader.ts";

/**
 * A record that was not stored, as its merchant sent it: by column, and its number in the file. It is a bad one, or a good
 * one of a file that was refused for bad ones.
 */
export interface RefusedRow {
  readonly record: number;
  readonly values: Readonly<Record<string, string>>;
}

const cellLimit = 4_000;
const columnsLimit = 120;

/** What was sent, as text: what is no text becomes JSON, so that it can be seen and mended. */
export function refusedRow(record: number, raw: RawRecord): RefusedRow {
  const values = Object.entries(raw)
    .slice(0, columnsLimit)
    .map(([name, value]) => [name.slice(0, 64), textOf(value).slice(0, cellLimit)] as const);
  return { record, values: Object.fromEntries(values) };
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof JsonNumber) return value.text;
  return value === null || value === undefined ? "" : (JSON.stringify(value) ?? "");
}

/** Keeps the refused records of a batch, sealed, for so many days; with 0 they are not kept. */
export async function keepRefused(
  store: Queryable,
  vault: Vault,
  batch: Batch,
  rows: readonly RefusedRow[],
  options: { days: number; now: Instant },
): Promise<void> {
  if (rows.length === 0 || options.days === 0) return;
  await store.query(
    "insert into feedback_refused (bucket, merchant_id, batch_id, rows_sealed, expires_at) values ($1, $2, $3, $4, $5)",
    [
      bucketOf(batch.merchantId),
      batch.merchantId,
      batch.batchId,
      vault.seal(JSON.stringify(rows), contextOf(batch)),
      instantToText(later(options.now, options.days * dayUs)),
    ],
  );
}

/** The refused records of a batch, or undefined when none are kept, or no longer. */
export async function readRefused(
  store: Queryable,
  vault: Vault,
  batch: Pick<Batch, "merchantId" | "batchId">,
  now: Instant,
): Promise<RefusedRow[] | undefined> {
  const [row] = await store.query<{ rows_sealed: Uint8Array }>(
    "select rows_sealed from feedback_refused where bucket = $1 and merchant_id = $2 and batch_id = $3 and expires_at > $4",
    [bucketOf(batch.merchantId), batch.merchantId, batch.batchId, instantToText(now)],
  );
  if (row === undefined) return undefined;
  return JSON.parse(vault.open(row.rows_sealed, contextOf(batch)).toString()) as RefusedRow[]; // Sealed above.
}

/**
 * Takes out of every kept batch the refused records in which one of the values is somebody's, and gives how many there were.
 * All that is kept is opened, which is a week's refused records as a rule.
 */
export async function eraseRefused(
  transaction: Queryable,
  vault: Vault,
  isTheirs: (value: string) => boolean,
): Promise<number> {
  const kept = await transaction.query<{
    bucket: number;
    merchant_id: string;
    batch_id: string;
    rows_sealed: Uint8Array;
  }>(
    "select bucket, merchant_id, batch_id, rows_sealed from feedback_refused order by bucket, merchant_id, batch_id for update",
  );
  let erased = 0;
  for (const { bucket, merchant_id: merchantId, batch_id: batchId, rows_sealed: sealed } of kept) {
    const context = contextOf({ merchantId, batchId });
    const rows = JSON.parse(vault.open(sealed, context).toString()) as RefusedRow[]; // Sealed above.
    const others = rows.filter(({ values }) => !Object.values(values).some(isTheirs));
    if (others.length === rows.length) continue;
    erased += rows.length - others.length;
    const key = [bucket, merchantId, batchId];
    if (others.length === 0) {
      await transaction.query(
        "delete from feedback_refused where bucket = $1 and merchant_id = $2 and batch_id = $3",
        key,
      );
    } else {
      await transaction.query(
        "update feedback_refused set rows_sealed = $4 where bucket = $1 and merchant_id = $2 and batch_id = $3",
        [...key, vault.seal(JSON.stringify(others), context)],
      );
    }
  }
  return erased;
}

/** Deletes what has expired. */
export async function forgetExpired(store: Queryable, now: Instant): Promise<void> {
  await store.query("delete from feedback_refused where expires_at <= $1", [instantToText(now)]);
}

function contextOf({ merchantId, batchId }: Pick<Batch, "merchantId" | "batchId">): string {
  return `feedback_refused ${merchantId} ${batchId}`;
}
