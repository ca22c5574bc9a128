import { failedWith, foreignKeyViolation } from "../store/sql-state.ts";
import type { Store } from "../store/store.ts";

/**
 * What a merchant may still have, in the words of whoever is told that it cannot be removed for it. The large tables' keys
 * begin with the bucket, so each bucket is looked into by its key. A statement without lines is nothing: every merchant is
 * issued one each day.
 */
const holdingsSql = `
select array_remove(array[
  case when exists (select from app where merchant_id = $1) then 'apps' end,
  case when exists (select from arrangement where merchant_id = $1) then 'arrangements' end,
  case when exists (select from account where kind = 'merchant' and subject = $1) then 'staff' end,
  case when exists (select from inquiry where bucket = any(every.bucket) and merchant_id = $1)
         or exists (select from admittance_score where merchant_id = $1) then 'lines in the ledger' end,
  case when exists (select from feedback_batch where bucket = any(every.bucket) and merchant_id = $1) then 'feedback' end,
  case when exists (select from app_authorisation where merchant_id = $1) then 'apps of others that it authorised' end
], null) as holdings
from (select array(select generate_series(0, 255)::smallint) as bucket) every`;

/** Removes a merchant that has nothing, or tells what it has; undefined where there is no such merchant. */
export async function removeMerchant(store: Store, merchantId: string): Promise<readonly string[] | undefined> {
  try {
    return await store.transaction(async (transaction) => {
      const [merchant] = await transaction.query("select from merchant where merchant_id = $1 for update", [
        merchantId,
      ]);
      if (merchant === undefined) return undefined;
      const [row] = await transaction.query<{ holdings: string[] }>(holdingsSql, [merchantId]);
      const holdings = row?.holdings ?? [];
      if (holdings.length === 0) await transaction.query("delete from merchant where merchant_id = $1", [merchantId]);
      return holdings;
    });
  } catch (error) {
    // Something was given to it in this very moment.
    if (failedWith(error, foreignKeyViolation)) return ["something new"];
    throw error;
  }
}
