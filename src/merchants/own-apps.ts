import type { Queryable } from "../store/store.ts";

/** More of one merchant are in no list to choose from. */
const appsListed = 100;

/** The merchant's own apps that are not suspended, in whose names it may let another app act. */
export async function appsOfMerchant(store: Queryable, merchantId: string): Promise<{ appId: string; name: string }[]> {
  const rows = await store.query<{ app_id: string; name: string }>(
    `select app_id, name from app where merchant_id = $1 and suspended_at is null
     order by created_at, app_id limit ${appsListed}`,
    [merchantId],
  );
  return rows.map((row) => ({ appId: row.app_id, name: row.name }));
}
