import { type Instant, instantToText } from "../clock.ts";
import type { Queryable } from "../store/store.ts";

/** A merchant (商户): whose apps ask for scores and feed back. */
export interface Merchant {
  readonly merchantId: string;
  /** As users read it on the authorise page. */
  readonly name: string;
  readonly createdAt: Instant;
  /** Since when nothing of it counts; null while it does. */
  readonly suspendedAt: Instant | null;
}

/** Whose the apps of a sandbox are that are added without a word about it. */
export const sandboxMerchantId = "2088000000000018";

export const merchantsListed = 200;

const columns = `merchant_id as "merchantId", name, created_at as "createdAt", suspended_at as "suspendedAt"`;

/** Rejects with a StoreError of SQLSTATE 23505 where the id is taken. */
export async function addMerchant(
  store: Queryable,
  merchant: { merchantId: string; name: string },
  now: Instant,
): Promise<void> {
  await store.query("insert into merchant (merchant_id, name, created_at) values ($1, $2, $3)", [
    merchant.merchantId,
    merchant.name,
    instantToText(now),
  ]);
}

export async function findMerchant(store: Queryable, merchantId: string): Promise<Merchant | undefined> {
  const [row] = await store.query<Merchant & Record<string, unknown>>(
    `select ${columns} from merchant where merchant_id = $1`,
    [merchantId],
  );
  return row;
}

/** In the order of their ids, from after `after` on: those whose id begins with `search`, or whose name has it anywhere. */
export function listMerchants(
  store: Queryable,
  { search, suspended, after = "", limit = merchantsListed }: MerchantQuery = {},
): Promise<Merchant[]> {
  return store.query<Merchant & Record<string, unknown>>(
    `select ${columns} from merchant
     where merchant_id > $1
       and ($2::text is null or starts_with(merchant_id, $2) or strpos(lower(name), lower($2)) > 0)
       and ($3::boolean is null or (suspended_at is not null) = $3)
     order by merchant_id limit $4`,
    [after, search ?? null, suspended ?? null, Math.min(limit, merchantsListed + 1)],
  );
}

export interface MerchantQuery {
  readonly search?: string | undefined;
  readonly suspended?: boolean | undefined;
  readonly after?: string | undefined;
  readonly limit?: number;
}

export async function merchantName(store: Queryable, merchantId: string): Promise<string> {
  const merchant = await findMerchant(store, merchantId);
  if (merchant === undefined) throw new Error(`no merchant ${merchantId}`);
  return merchant.name;
}

/**
 * What is not named stays. Nothing of a suspended merchant counts: its apps' calls and signed addresses, consents and tokens
 * given to them, what it let others do for it, and who signs in for it. Undefined when there is no such merchant.
 */
export async function changeMerchant(
  store: Queryable,
  merchantId: string,
  { name, suspended }: { name?: string | undefined; suspended?: boolean | undefined },
  now: Instant,
): Promise<Merchant | undefined> {
  const [row] = await store.query<Merchant & Record<string, unknown>>(
    `update merchant set
       name = coalesce($2, name),
       suspended_at = case when $3 then coalesce(suspended_at, $4) when $3 is null then suspended_at end
     where merchant_id = $1 returning ${columns}`,
    [merchantId, name ?? null, suspended ?? null, instantToText(now)],
  );
  return row;
}
