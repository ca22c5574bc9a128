import { createHash } from "node:crypto";
import { instantToText, type Instant } from "../../clock.ts";
import { bucketOf } from "../../store/bucket.ts";
import type { Queryable } from "../../store/store.ts";
import type { FileLayout } from "../reading/record.ts";

/** A hash of a file and of all that its sender said of it: two uploads with the same key are the same upload. */
export function fileKeyOf(
  fileSha256: Uint8Array,
  charset: string,
  records: number,
  { template, columns, primaryKey, testPeople }: FileLayout,
): Uint8Array {
  const said = JSON.stringify([
    charset,
    records,
    template.name,
    template.version,
    columns.map(({ name }) => name),
    primaryKey,
    testPeople,
  ]);
  return createHash("sha256").update(fileSha256).update(said).digest();
}

/** Whether this very file was the last to change the merchant's records, so that it says nothing new. */
export async function isLastFile(
  store: Queryable,
  merchantId: string,
  fileKey: Uint8Array,
  now: Instant,
): Promise<boolean> {
  const found = await store.query(
    "select 1 as found from feedback_last_file where bucket = $1 and merchant_id = $2 and file_key = $3 and merged_at <= $4",
    [bucketOf(merchantId), merchantId, fileKey, instantToText(now)],
  );
  return found.length > 0;
}

/** Makes this file the merchant's last one; with `undefined` the merchant has none, so that the next is read in any case. */
export async function noteLastFile(
  store: Queryable,
  merchantId: string,
  fileKey: Uint8Array | undefined,
  now: Instant,
): Promise<void> {
  if (fileKey === undefined) {
    await store.query("delete from feedback_last_file where bucket = $1 and merchant_id = $2", [
      bucketOf(merchantId),
      merchantId,
    ]);
    return;
  }
  await store.query(
    `insert into feedback_last_file (bucket, merchant_id, file_key, merged_at) values ($1, $2, $3, $4)
     on conflict (bucket, merchant_id) do update set file_key = excluded.file_key, merged_at = excluded.merged_at`,
    [bucketOf(merchantId), merchantId, fileKey, instantToText(now)],
  );
}
