import { beijingMonth, type Clock, instantToText } from "../clock.ts";
import type { Store } from "../store/store.ts";

/**
 * Whether a merchant may ask with this threshold: one that it has used this month, or a new one while they are few.
 * With any number of thresholds, brief inquiries would tell the score.
 */
export function admitThreshold(
  store: Store,
  clock: Clock,
  asked: { merchantId: string; admittanceScore: number; most: number },
): Promise<boolean> {
  const now = clock.now();
  const month = beijingMonth(now);
  const key = [asked.merchantId, month, asked.admittanceScore];
  const isKnown = "select from admittance_score where merchant_id = $1 and month = $2 and admittance_score = $3";
  return store.query(isKnown, key).then((rows) => {
    if (rows.length > 0) return true;
    return store.transaction(async (transaction) => {
      // Of two new ones at once, the second sees the first.
      await transaction.query("select from merchant where merchant_id = $1 for update", [asked.merchantId]);
      const added = await transaction.query(
        `insert into admittance_score (merchant_id, month, admittance_score, first_used_at)
         select $1, $2, $3, $4
         where (select count(*) from admittance_score where merchant_id = $1 and month = $2) < $5
         on conflict (merchant_id, month, admittance_score) do nothing
         returning admittance_score`,
        [...key, instantToText(now), asked.most],
      );
      return added.length > 0 || (await transaction.query(isKnown, key)).length > 0;
    });
  });
}
