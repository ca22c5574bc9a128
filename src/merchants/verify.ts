import { type Instant, instantToText } from "../clock.ts";
import type { Store } from "../store/store.ts";
import { chainLink, chainStart, merkleRoot } from "./merkle.ts";
import { type Leaf, leavesBetween, sealedWatermark, unpackLeaves } from "./seal.ts";
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
  let reached = 0 as Instant; // The beginning of time, from where the first seal reaches.
  for (const window of await sealWindows(store)) {
    const rows = new Map<string, Leaf[]>();
    // Between two windows nothing was sealed, so nothing may be there.
    for (const stretch of [[reached, window.from_at], [window.from_at, window.to_at]] as const) {
      for (const [merchantId, leaves] of await leavesBetween(store, ...stretch)) rows.set(merchantId, [...(rows.get(merchantId) ?? []), ...leaves]);
    }
    reached = window.to_at;
    for (const seal of await sealsOfWindow(store, window)) {
      const previous = lastChains.get(seal.merchant_id) ?? { no: 0, chain: chainStart };
      const sealed = unpackLeaves(seal.leaves);
      const root = merkleRoot(sealed.map(({ hash }) => hash));
      if (Buffer.compare(root, seal.root) !== 0 || sealed.length !== seal.lines) note(seal.merchant_id, "seal_broken", String(seal.seal_no));
      if (seal.seal_no !== previous.no + 1 || Buffer.compare(chainLink(previous.chain, seal.root), seal.chain) !== 0) {
        note(seal.merchant_id, "chain_broken", String(seal.seal_no));
      }
      lastChains.set(seal.merchant_id, { no: seal.seal_no, chain: seal.chain });
      compare(sealed, rows.get(seal.merchant_id) ?? [], (fault, number) => note(seal.merchant_id, fault, number));
      rows.delete(seal.merchant_id);
      seals += 1;
      lines += sealed.length;
    }
    for (const [merchantId, leaves] of rows) for (const { number } of leaves) note(merchantId, "added", number);
  }
  for (const [merchantId, leaves] of await leavesBetween(store, reached, await sealedWatermark(store))) {
    for (const { number } of leaves) note(merchantId, "added", number);
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

/** Each stretch of time that was sealed in one step, for whichever merchants had lines in it. */
function sealWindows(store: Store): Promise<{ from_at: Instant; to_at: Instant }[]> {
  return store.query("select distinct from_at, to_at from ledger_seal order by from_at, to_at");
}

function sealsOfWindow(store: Store, window: { from_at: Instant; to_at: Instant }): Promise<SealRow[]> {
  return store.query<SealRow>(
    `select merchant_id, seal_no, lines, leaves, root, chain from ledger_seal
     where from_at = $1 and to_at = $2 order by merchant_id, seal_no`,
    [instantToText(window.from_at), instantToText(window.to_at)],
  );
}

function compare(sealed: readonly Leaf[], rows: readonly Leaf[], fault: (kind: "changed" | "missing" | "added", number: string) => void): void {
  const found = new Map(rows.map((row) => [row.number, row.hash]));
  for (const { number, hash } of sealed) {
    const now = found.get(number);
    if (now === undefined) fault("missing", number);
    else if (Buffer.compare(now, hash) !== 0) fault("changed", number);
    found.delete(number);
  }
  for (const number of found.keys()) fault("added", number);
}
