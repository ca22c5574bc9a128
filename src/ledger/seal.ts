import { setTimeout as delay } from "node:timers/promises";
import { type Clock, instantToText } from "../clock.ts";
import { bucketOf } from "../store/bucket.ts";
import type { Queryable, Store, Transaction } from "../store/store.ts";
import { type Leaf, leavesNumbered, packLeaves } from "./leaves.ts";
import { chainLink, chainStart, merkleRoot } from "./merkle.ts";

/** More lines than this are sealed in several steps. */
const linesPerSeal = 50_000;
const sealedNumber = "ledger_sealed_number";

/** How long a step waits for transactions that may still write lines; then it is left to the next. */
const writersWaitMs = 2_000;
const writersPauseMs = 20;

/**
 * Seals what is new in the ledger, in the order of the lines' numbers, up to where none can still appear. Of several
 * processes one does it at a time. `more`: there is some left. `waiting`: a transaction under way may still write a line
 * among those that are due, so none was sealed.
 */
export async function sealLedger(store: Store, clock: Clock): Promise<"done" | "more" | "waiting"> {
  const settled = await settledNumber(store);
  if (settled === undefined) return "waiting";
  return store.transaction(async (transaction) => {
    await transaction.query("insert into setting (name, value) values ($1, '0') on conflict (name) do nothing", [
      sealedNumber,
    ]);
    const [watermark] = await transaction.query<{ value: number }>(
      "select value from setting where name = $1 for update",
      [sealedNumber],
    );
    const from = watermark?.value ?? 0;
    const to = Math.min(settled, from + linesPerSeal);
    if (to <= from) return "done";
    for (const [merchantId, leaves] of await leavesNumbered(transaction, from, to)) {
      await sealLines(transaction, clock, { merchantId, from, to, leaves });
    }
    await transaction.query("update setting set value = $2 where name = $1", [sealedNumber, JSON.stringify(to)]);
    return to < settled ? "more" : "done";
  });
}

/**
 * Lets the index of the lines' numbers know of the pages written since the last time. Until then each step of sealing would
 * read all of them, for lines that it might find there.
 */
export async function summariseNewLines(store: Store): Promise<void> {
  await store.query("select brin_summarize_new_values('inquiry_by_line_no')");
}

/** The number up to which all lines are sealed; 0 before the first seal. */
export async function sealedWatermark(store: Queryable): Promise<number> {
  const [row] = await store.query<{ value: number }>("select value from setting where name = $1", [sealedNumber]);
  return row?.value ?? 0;
}

/**
 * Lets no number be given that is among the sealed ones. They only ever grow; but tables that were copied to another
 * server by logical replication come without their sequences.
 */
export async function keepNumbersAhead(store: Store): Promise<void> {
  await store.query(
    `select setval('ledger_line', (value #>> '{}')::bigint)
     from setting, ledger_line where name = $1 and (value #>> '{}')::bigint > last_value`,
    [sealedNumber],
  );
}

/**
 * The last number given, once every transaction that may have been given one up to it has ended; undefined when that takes
 * too long. Whoever inserts into a table holds a lock of it from before he gets his first number until his lines are there
 * for all to see, or are not; so those who hold one now are waited for, and whoever comes later gets later numbers. Nobody
 * is held up by that.
 */
async function settledNumber(store: Store): Promise<number | undefined> {
  const [row] = await store.query<{ last: number }>(
    "select case when is_called then last_value else 0 end as last from ledger_line",
  );
  if (row === undefined) throw new Error("a sequence without a row");
  let writers = await findWritingTransactions(store);
  for (let waitedMs = 0; writers.size > 0 && waitedMs < writersWaitMs; waitedMs += writersPauseMs) {
    await delay(writersPauseMs);
    const still = await findWritingTransactions(store);
    writers = new Set([...writers].filter((writer) => still.has(writer)));
  }
  return writers.size === 0 ? row.last : undefined;
}

async function findWritingTransactions(store: Store): Promise<Set<string>> {
  const rows = await store.query<{ writer: string }>(
    `select distinct virtualtransaction as writer from pg_locks
     where locktype = 'relation' and mode = 'RowExclusiveLock' and granted
       and database = (select oid from pg_database where datname = current_database())
       and relation in ('inquiry'::regclass, 'ledger_adjustment'::regclass)`,
  );
  return new Set(rows.map(({ writer }) => writer));
}

async function sealLines(
  transaction: Transaction,
  clock: Clock,
  sealed: { merchantId: string; from: number; to: number; leaves: readonly Leaf[] },
): Promise<void> {
  const bucket = bucketOf(sealed.merchantId);
  const [last] = await transaction.query<{ seal_no: number; chain: Uint8Array }>(
    "select seal_no, chain from ledger_seal where bucket = $1 and merchant_id = $2 order by seal_no desc limit 1",
    [bucket, sealed.merchantId],
  );
  const root = merkleRoot(sealed.leaves.map(({ hash }) => hash));
  await transaction.query(
    `insert into ledger_seal (bucket, merchant_id, seal_no, from_no, to_no, lines, leaves, root, chain, sealed_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      bucket,
      sealed.merchantId,
      (last?.seal_no ?? 0) + 1,
      sealed.from,
      sealed.to,
      sealed.leaves.length,
      packLeaves(sealed.leaves),
      root,
      chainLink(last?.chain ?? chainStart, root),
      instantToText(clock.now()),
    ],
  );
}
