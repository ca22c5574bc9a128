import { type Instant, instantToText } from "../clock.ts";
import type { Queryable } from "../store/store.ts";

/** A contract (合约): a merchant may ask for a product, for a term, at a price, perhaps so many times only. */
export interface Arrangement {
  readonly merchantId: string;
  readonly productCode: string;
  readonly validFrom: Instant;
  /** The end, which is no longer part of the term. */
  readonly validTo: Instant;
  readonly priceFen: number;
  /** Whether an inquiry answered "N/A" is billed. */
  readonly billsNa: boolean;
  /** How many inquiries it covers; undefined for any number. */
  readonly quota?: number | undefined;
  /** Nobody may ask under it for now. */
  readonly suspended?: boolean;
}

/** As it stands in the database. */
export interface StoredArrangement extends Required<Omit<Arrangement, "quota">> {
  readonly quota: number | null;
  /** Counted while there is a quota, and kept when it changes. */
  readonly quotaUsed: number;
}

export interface ArrangementChange extends Partial<Omit<Arrangement, "merchantId" | "productCode" | "quota">> {
  /** Null lifts the limit. */
  readonly quota?: number | null;
}

export const arrangementsListed = 200;

const columns = `merchant_id as "merchantId", product_code as "productCode", valid_from as "validFrom", valid_to as "validTo",
  price_fen as "priceFen", bills_na as "billsNa", quota, quota_used as "quotaUsed", status = 'suspended' as suspended`;
type Stored = StoredArrangement & Record<string, unknown>;

/**
 * Makes an arrangement or changes all the terms of the one there is. What a quota was used for stays used, and counts
 * against a new one: a quota below it is refused by the database with SQLSTATE 23514.
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

type ArrangementKey = Pick<Arrangement, "merchantId" | "productCode">;

export async function findArrangement(
  store: Queryable,
  { merchantId, productCode }: ArrangementKey,
): Promise<StoredArrangement | undefined> {
  const [row] = await store.query<Stored>(
    `select ${columns} from arrangement where merchant_id = $1 and product_code = $2`,
    [merchantId, productCode],
  );
  return row;
}

/** In the order of merchant and product, from after `after` on; of one merchant or one product where they are named. */
export function listArrangements(
  store: Queryable,
  { merchantId, productCode, after, limit }: Partial<ArrangementKey> & { after?: ArrangementKey; limit: number },
): Promise<StoredArrangement[]> {
  return store.query<Stored>(
    `select ${columns} from arrangement
     where (merchant_id, product_code) > ($1, $2)
       and ($3::text is null or merchant_id = $3) and ($4::text is null or product_code = $4)
     order by merchant_id, product_code limit $5`,
    [
      after?.merchantId ?? "",
      after?.productCode ?? "",
      merchantId ?? null,
      productCode ?? null,
      Math.min(limit, arrangementsListed + 1),
    ],
  );
}

/**
 * Changes the terms that are named; undefined where there is no such arrangement. A quota below what was used is refused by
 * the database with SQLSTATE 23514.
 */
export async function changeArrangement(
  store: Queryable,
  { merchantId, productCode }: ArrangementKey,
  { suspended, validFrom, validTo, priceFen, billsNa, quota }: ArrangementChange,
): Promise<StoredArrangement | undefined> {
  const [row] = await store.query<Stored>(
    `update arrangement set
       status = case when $3 then 'suspended' when not $3 then 'active' else status end,
       valid_from = coalesce($4, valid_from), valid_to = coalesce($5, valid_to),
       price_fen = coalesce($6, price_fen), bills_na = coalesce($7, bills_na),
       quota = case when $8 then $9::bigint else quota end
     where merchant_id = $1 and product_code = $2 returning ${columns}`,
    [
      merchantId,
      productCode,
      suspended ?? null,
      validFrom === undefined ? null : instantToText(validFrom),
      validTo === undefined ? null : instantToText(validTo),
      priceFen ?? null,
      billsNa ?? null,
      quota !== undefined,
      quota ?? null,
    ],
  );
  return row;
}

/**
 * Removes an arrangement under which nobody has ever asked: another in its place would forget what its quota was used for,
 * and the ledger's lines would be of a product that the merchant never had.
 */
export async function removeArrangement(
  store: Queryable,
  { merchantId, productCode }: ArrangementKey,
): Promise<"removed" | "used" | "unknown"> {
  const removed = await store.query(
    `delete from arrangement where merchant_id = $1 and product_code = $2 and quota_used = 0
       and not exists (select from inquiry
         where bucket = any(array(select generate_series(0, 255)::smallint)) and merchant_id = $1 and product_code = $2)
     returning merchant_id`,
    [merchantId, productCode],
  );
  if (removed.length > 0) return "removed";
  return (await findArrangement(store, { merchantId, productCode })) === undefined ? "unknown" : "used";
}
