import { type Instant, instantToText } from "../clock.ts";
import type { SqlValue, Store } from "../store/store.ts";
import { chainLink, chainStart, merkleRoot } from "./merkle.ts";
import { type Leaf, type LeavesByMerchant, leavesNumbered, leavesUnnumbered, unpackLeaves } from "./leaves.ts";
import { sealedWatermark } from "./seal.ts";
import { listStatements, summarise } from "./statement.ts";

/** Something that is not as it was sealed or issued. */
export interface LedgerFault {
  readonly merchantId: string;
  readonly fault: "changed" | "missing" | "added" | "seal_broken" | "chain_broken" | "statement_changed";
  /** The biz_no or adjustment number, the seal's number, or the statement's day. */
  readonly what: string;
}

export interface Verification {
  readonly seals: number;
  readonly lines: number;
  readonly statements: number;
  /** The last link of each merchant's chain, hexadecimal: kept elsewhere, it proves everything before it. */
  readonly chains: Readonly<Record<string, string>>;
  readonly faults: readonly LedgerFault[];
}

/** Faults beyond this many are not listed. */
const faultLimit = 1_000;

interface SealRow {
  merchant_id: string;
  seal_no: number;
  lines: number;
  leaves: Uint8Array;
  root: Uint8Array;
  chain: Uint8Array;
}

/** Compares every sealed line with its row, every seal with its chain, every statement with the ledger. */
export async function verifyLedger(store: Store): Promise<Verification> {
  const faults: LedgerFault[] = [];
  const chains: Record<string, string> = {};
  const note = (merchantId: string, fault: LedgerFault["fault"], what: string): void => {
    if (faults.length < faultLimit) faults.push({ merchantId, fault, what });
  };
  let seals = 0;
  let lines = 0;
  let statements = 0;
  const merchants = await store.query<{ merchant_id: string }>("select merchant_id from merchant order by merchant_id");
  const lastChains = new Map<string, { no: number; chain: Uint8Array }>();
  for await (const { seals: sealRows, leaves } of sealedStretches(store)) {
    for (const seal of sealRows) {
      const previous = lastChains.get(seal.merchant_id) ?? { no: 0, chain: chainStart };
      const sealed = unpackLeaves(seal.leaves);
      const root = merkleRoot(sealed.map(({ hash }) => hash));
      if (Buffer.compare(root, seal.root) !== 0 || sealed.length !== seal.lines)
        note(seal.merchant_id, "seal_broken", String(seal.seal_no));
      if (seal.seal_no !== previous.no + 1 || Buffer.compare(chainLink(previous.chain, seal.root), seal.chain) !== 0) {
        note(seal.merchant_id, "chain_broken", String(seal.seal_no));
      }
      lastChains.set(seal.merchant_id, { no: seal.seal_no, chain: seal.chain });
      compareLeaves(sealed, leaves.get(seal.merchant_id) ?? [], (fault, number) =>
        note(seal.merchant_id, fault, number),
      );
      leaves.delete(seal.merchant_id);
      seals += 1;
      lines += sealed.length;
    }
    for (const [merchantId, added] of leaves) for (const { number } of added) note(merchantId, "added", number);
  }
  for (const { merchant_id: merchantId } of merchants) {
    const last = lastChains.get(merchantId);
    if (last !== undefined) chains[merchantId] = Buffer.from(last.chain).toString("hex");
    for (const issued of await listStatements(store, merchantId)) {
      statements += 1;
      const now = await summarise(store, merchantId, issued.day);
      if (JSON.stringify(now) !== JSON.stringify(issued)) note(merchantId, "statement_changed", issued.day);
    }
  }
  return { seals, lines, statements, chains, faults };
}

/** Seals made in one step, one of each merchant that had lines in it, and the lines that are there now where it reached. */
interface SealedStretch {
  readonly seals: readonly SealRow[];
  readonly leaves: LeavesByMerchant;
}

/** Smaller than any number that a line is given. */
const beforeAllNumbers = Number.MIN_SAFE_INTEGER;

/**
 * The ledger as far as it is sealed, a step of sealing at a time: first what was sealed by time, before lines had numbers,
 * then what was sealed by number. Between two steps nothing was sealed, so nothing may be there: such lines belong to the
 * step after, or to a last stretch without seals.
 */
async function* sealedStretches(store: Store): AsyncGenerator<SealedStretch> {
  // First of all: what is sealed while this goes on is none of its business.
  const watermark = await sealedWatermark(store);
  let at = 0 as Instant; // The beginning of time, from where the first seal reaches.
  for (const { from_at: from, to_at: to } of await findSealedTimes(store)) {
    const leaves = await leavesUnnumbered(store, at, to);
    yield {
      seals: await sealsOf(store, "from_at = $1 and to_at = $2", [instantToText(from), instantToText(to)]),
      leaves,
    };
    at = to;
  }
  // Lines are given numbers from the migration on; so what has none and came later was not written by Kaimen.
  yield { seals: [], leaves: await leavesUnnumbered(store, at, undefined) };

  let number = beforeAllNumbers;
  for (const { from_no: from, to_no: to } of await numbersSealed(store, watermark)) {
    const leaves = await leavesNumbered(store, number, to);
    yield { seals: await sealsOf(store, "from_no = $1 and to_no = $2", [from, to]), leaves };
    number = to;
  }
  yield { seals: [], leaves: await leavesNumbered(store, number, watermark) };
}

function findSealedTimes(store: Store): Promise<{ from_at: Instant; to_at: Instant }[]> {
  return store.query("select distinct from_at, to_at from ledger_seal where from_no is null order by from_at, to_at");
}

function numbersSealed(store: Store, watermark: number): Promise<{ from_no: number; to_no: number }[]> {
  return store.query("select distinct from_no, to_no from ledger_seal where to_no <= $1 order by from_no, to_no", [
    watermark,
  ]);
}

function sealsOf(store: Store, step: string, parameters: readonly SqlValue[]): Promise<SealRow[]> {
  return store.query<SealRow>(
    `select merchant_id, seal_no, lines, leaves, root, chain from ledger_seal where ${step} order by merchant_id, seal_no`,
    parameters,
  );
}

function compareLeaves(
  sealed: readonly Leaf[],
  rows: readonly Leaf[],
  fault: (kind: "changed" | "missing" | "added", number: string) => void,
): void {
  const found = new Map(rows.map((row) => [row.number, row.hash]));
  for (const { number, hash } of sealed) {
    const now = found.get(number);
    if (now === undefined) fault("missing", number);
    else if (Buffer.compare(now, hash) !== 0) fault("changed", number);
    found.delete(number);
  }
  for (const number of found.keys()) fault("added", number);
}
