import type { Queryable, SqlValue } from "#kaimen/store/store.ts";
import { bucketOf } from "#kaimen/store/bucket.ts";
import { instantToText, systemClock } from "#kaimen/clock.ts";

export const merchantId = "2088000000000001";

/** The merchant of the lines below. */
export async function addLineMerchant(store: Queryable): Promise<void> {
  await store.query("insert into merchant (merchant_id, name, created_at) values ($1, 'lines', $2)", [
    merchantId,
    instantToText(systemClock.now()),
  ]);
}

/** Writes one ledger line as an inquiry does, but for what the columns given say. Gives its biz_no. */
export async function writeLine(
  store: Queryable,
  name: string,
  columns: Readonly<Record<string, SqlValue>> = {},
): Promise<string> {
  const bizNo = `ZM20261122${name.padStart(22, "0")}`;
  const line: Record<string, SqlValue> = {
    bucket: bucketOf(merchantId, name),
    merchant_id: merchantId,
    transaction_id: name,
    product_code: "w1010100100000000001",
    biz_no: bizNo,
    app_id: "2021000000000001",
    user_id: "2088100000000001",
    person_bucket: 1,
    person_id: "00000000-0000-4000-8000-000000000001",
    authorisation_id: "00000000-0000-4000-8000-000000000002",
    purpose: "credit_assessment",
    state: "answered",
    score: 700,
    billed_fen: 40,
    accepted_at: "2026-11-22T12:00:00Z",
    ...columns,
  };
  const names = Object.keys(line);
  await store.query(
    `insert into inquiry (${names.join(", ")}) values (${names.map((_, index) => `$${index + 1}`).join(", ")})`,
    Object.values(line),
  );
  return bizNo;
}
