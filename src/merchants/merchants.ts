import { type Instant, instantToText } from "../clock.ts";
import type { Queryable } from "../store/store.ts";

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

export async function merchantName(store: Queryable, merchantId: string): Promise<string> {
  const [row] = await store.query<{ name: string }>("select name from merchant where merchant_id = $1", [merchantId]);
  if (row === undefined) throw new Error(`no merchant ${merchantId}`);
  return row.name;
}

/**
 * Nothing of a suspended merchant counts: its apps' calls and signed addresses, consents and tokens given to them, what it
 * let others do for it, and who signs in for it. False when there is no such merchant.
 */
export async function suspendMerchant(
  store: Queryable,
  merchantId: string,
  suspendedAt: Instant | undefined,
): Promise<boolean> {
  const rows = await store.query("update merchant set suspended_at = $2 where merchant_id = $1 returning merchant_id", [
    merchantId,
    suspendedAt === undefined ? null : instantToText(suspendedAt),
  ]);
  return rows.length > 0;
}

/** A contract (合约): a merchant may ask for a product, for a term, at a price, perhaps so many times only. */
export interface Arrangement {
  readonly merchantId: string;
  readonly productCode: string;
  readonly validFrom: Instant;
  readonly validTo: Instant;
  readonly priceFen: number;
  /** Whether an inquiry answered "N/A" is billed. */
  readonly billsNa: boolean;
  /** How many inquiries it covers; undefined for any number. */
  readonly quota?: number;
  /** Nobody may ask under it for now. */
  readonly suspended?: boolean;
}

/**
 * Makes an arrangement or changes the terms of the one there is. What a quota was used for stays used, and counts against a
 * new one: a quota below it is refused by the database with SQLSTATE 23514.
 */
export async function setArrangement(store: Queryable, arrangement: Arrangement): Promise<void> {
  await store.query(
    `insert into arrangement (merchant_id, product_code, status, valid_from, valid_to, price_fen, bills_na, quota)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (merchant_id, product_code) do update
       set status = excluded.status, valid_from = excluded.valid_from, valid_to = excluded.valid_to,
           price_fen = excluded.price_fen, bills_na = excluded.bills_na, quota = excluded.quota`,
    [
      arrangement.merchantId,
      arrangement.productCode,
      arrangement.suspended === true ? "suspended" : "active",
      instantToText(arrangement.validFrom),
      instantToText(arrangement.validTo),
      arrangement.priceFen,
      arrangement.billsNa,
      arrangement.quota ?? null,
    ],
  );
}
