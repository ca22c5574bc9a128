import type { Instant } from "../clock.ts";
import { bucketOf } from "../store/bucket.ts";
import type { Queryable } from "../store/store.ts";

/** An inquiry's line of the ledger, with what its bill depends on. */
export interface InquiryLine {
  readonly bizNo: string;
  readonly transactionId: string;
  readonly productCode: string;
  readonly acceptedAt: Instant;
  readonly state: "answered" | "closed";
  readonly billedFen: number;
  readonly unbilledBecause: "na" | "free" | "closed" | null;
  readonly cardVersion: string | null;
}

/** The line under a merchant's transaction_id, if there is one. */
export async function findLedgerLine(
  store: Queryable,
  merchantId: string,
  transactionId: string,
): Promise<InquiryLine | undefined> {
  const [line] = await store.query<InquiryLine & Record<string, unknown>>(
    `select biz_no as "bizNo", transaction_id as "transactionId", product_code as "productCode",
       accepted_at as "acceptedAt", state, billed_fen as "billedFen", unbilled_because as "unbilledBecause",
       card_version as "cardVersion"
     from inquiry where bucket = $1 and merchant_id = $2 and transaction_id = $3`,
    [bucketOf(merchantId, transactionId), merchantId, transactionId],
  );
  return line;
}
