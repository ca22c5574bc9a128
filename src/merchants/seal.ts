import { type Clock, type Instant, instantToText } from "../clock.ts";
import { bucketOf } from "../store/bucket.ts";
import type { Queryable, Store, Transaction } from "../store/store.ts";
import { chainLink, chainStart, merkleRoot } from "./merkle.ts";

/** A ledger line as it is sealed: its number, 32 characters, and the hash of all it says. */
export interface Leaf {
  readonly number: string;
  readonly hash: Uint8Array;
}

/** More lines than this are sealed in several steps. */
const linesTogether = 50_000;
const sealedUntil = "ledger_sealed_until";

/**
 * Every column of a line, as JSON, whose text is one for one with the values. The database hashes, so that what is
 * sealed is what it holds, and not what somebody made of it.
 */
const leavesSql = `
select merchant_id, biz_no as number, recorded_at,
       sha256(convert_to(json_build_array('inquiry', bucket, merchant_id, transaction_id, product_code, biz_no, app_id,
         user_id, person_bucket, person_id, authorisation_id, purpose, state, score, na_reason, card_version,
         as_of_month, admittance_score, billed_fen, unbilled_because,
         (extract(epoch from accepted_at) * 1000000)::bigint,
         (extract(epoch from recorded_at) * 1000000)::bigint)::text, 'UTF8')) as hash
from inquiry where recorded_at >= $1 and recorded_at < $2
union all
select merchant_id, adjustment_no, recorded_at,
       sha256(convert_to(json_build_array('adjustment', bucket, merchant_id, adjustment_no, biz_no, amount_fen, reason,
         made_by, (extract(epoch from made_at) * 1000000)::bigint,
         (extract(epoch from recorded_at) * 1000000)::bigint)::text, 'UTF8'))
from ledger_adjustment where recorded_at >= $1 and recorded_at < $2
order by recorded_at, number`;

/** The lines recorded in a stretch of the database's time, by merchant, in the order in which they are sealed. */
export async function leavesBetween(store: Queryable, from: Instant, to: Instant): Promise<Map<string, Leaf[]>> {
  const rows = await store.query<Leaf & { merchant_id: string }>(leavesSql, [instantToText(from), instantToText(to)]);
  const byMerchant = new Map<string, Leaf[]>();
  for (const { merchant_id: merchantId, number, hash } of rows) {
    const leaves = byMerchant.get(merchantId) ?? [];
    leaves.push({ number, hash });
    byMerchant.set(merchantId, leaves);
  }
  return byMerchant;
}

/**
 * Seals what is new in the ledger up to where nothing can be added any more: before the oldest statement under way that
 * writes lines. Of several processes one does it at a time. `more`: there is some left.
 */
export function sealLedger(store: Store, clock: Clock): Promise<"done" | "more"> {
  return store.transaction(async (transaction) => {
    await transaction.query("insert into setting (name, value) values ($1, '0') on conflict (name) do nothing", [sealedUntil]);
    const [watermark] = await transaction.query<{ value: number }>("select value from setting where name = $1 for update", [sealedUntil]);
    const from = (watermark?.value ?? 0) as Instant; // Written below, from an Instant.
    const quiet = await quietUntil(transaction);
    const crowd = await crowdedFrom(transaction, from, quiet);
    const to = crowd ?? quiet;
    if (to <= from) return "done";
    for (const [merchantId, leaves] of await leavesBetween(transaction, from, to)) {
      await sealLines(transaction, clock, { merchantId, from, to, leaves });
    }
    await transaction.query("update setting set value = $2 where name = $1", [sealedUntil, JSON.stringify(to)]);
    return crowd === undefined ? "done" : "more";
  });
}

export async function sealedWatermark(store: Queryable): Promise<Instant> {
  const [row] = await store.query<{ value: number }>("select value from setting where name = $1", [sealedUntil]);
  return (row?.value ?? 0) as Instant; // As above.
}

/** A statement's lines carry the time at which it began, so none can still come from before the oldest one running. */
async function quietUntil(transaction: Transaction): Promise<Instant> {
  const [row] = await transaction.query<{ quiet: Instant }>(
    `select least(now(), min(xact_start)) - interval '1 second' as quiet
     from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'
       and query like '%/* ledger: writes its lines */%'`,
  );
  if (row === undefined) throw new Error("an aggregate without a row");
  return row.quiet;
}

/** Where to stop so that not too many lines are sealed together; undefined when they are few. */
async function crowdedFrom(transaction: Transaction, from: Instant, to: Instant): Promise<Instant | undefined> {
  const [row] = await transaction.query<{ recorded_at: Instant }>(
    `select recorded_at from inquiry where recorded_at >= $1 and recorded_at < $2
     order by recorded_at offset ${linesTogether} limit 1`,
    [instantToText(from), instantToText(to)],
  );
  // Lines of one instant stay together, however many they are.
  return row === undefined || row.recorded_at === from ? undefined : row.recorded_at;
}

async function sealLines(
  transaction: Transaction,
  clock: Clock,
  sealed: { merchantId: string; from: Instant; to: Instant; leaves: readonly Leaf[] },
): Promise<void> {
  const bucket = bucketOf(sealed.merchantId);
  const [last] = await transaction.query<{ seal_no: number; chain: Uint8Array }>(
    "select seal_no, chain from ledger_seal where bucket = $1 and merchant_id = $2 order by seal_no desc limit 1",
    [bucket, sealed.merchantId],
  );
  const root = merkleRoot(sealed.leaves.map(({ hash }) => hash));
  await transaction.query(
    `insert into ledger_seal (bucket, merchant_id, seal_no, from_at, to_at, lines, leaves, root, chain, sealed_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      bucket,
      sealed.merchantId,
      (last?.seal_no ?? 0) + 1,
      instantToText(sealed.from),
      instantToText(sealed.to),
      sealed.leaves.length,
      packLeaves(sealed.leaves),
      root,
      chainLink(last?.chain ?? chainStart, root),
      instantToText(clock.now()),
    ],
  );
}

const numberLength = 32;
const leafLength = numberLength + 32;

function packLeaves(leaves: readonly Leaf[]): Buffer {
  return Buffer.concat(leaves.map(({ number, hash }) => Buffer.concat([Buffer.from(number.padEnd(numberLength), "latin1"), hash])));
}

export function unpackLeaves(packed: Uint8Array): Leaf[] {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const leaves: Leaf[] = [];
  for (let at = 0; at + leafLength <= bytes.length; at += leafLength) {
    leaves.push({
      number: bytes.toString("latin1", at, at + numberLength).trimEnd(),
      hash: bytes.subarray(at + numberLength, at + leafLength),
    });
  }
  return leaves;
}
