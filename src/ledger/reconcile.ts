import { beijingTime } from "../clock.ts";
import { type CsvRow, readCsv } from "../csv.ts";
import { parseBizNo } from "../inquiry/biz-no.ts";

/** Why the platform's statement and the merchant's own file differ on an inquiry. */
export const differenceCauses = {
  repeat_counted: "their file has the inquiry more than once: a repeat of a transaction_id is free",
  transaction_differs: "one biz_no stands beside two transaction_ids",
  biz_no_differs: "one transaction_id stands beside two biz_nos",
  amount_differs: "the amounts differ",
  unbilled: "they count a charge, and the inquiry was not billed (the reason stands beside it)",
  answer_not_received:
    "billed, and not in their file: the answer may not have reached them; a repeat of the id gives it",
  unbilled_not_kept: "not billed, and not in their file",
  other_day: "in their file, and its biz_no is of another day",
  not_ours: "in their file, and no biz_no that was ever given",
  not_in_ledger: "in their file with a biz_no of this day, and not in the ledger",
} as const;
export type DifferenceCause = keyof typeof differenceCauses;

export interface Difference {
  readonly cause: DifferenceCause;
  readonly bizNo: string;
  readonly transactionId: string;
  /** What each side says: an amount in fen or a reason. */
  readonly ours: string;
  readonly theirs: string;
}

export interface Reconciliation {
  readonly matched: number;
  readonly ourAmountFen: number;
  /** Undefined when their file has no amounts. */
  readonly theirAmountFen: number | undefined;
  readonly differences: readonly Difference[];
}

/** Why a file cannot be reconciled, with its line. */
export class ReconcileError extends Error {
  override readonly name = "ReconcileError";
}

interface Line {
  readonly bizNo: string;
  readonly transactionId: string;
  readonly amountFen: number | undefined;
  readonly unbilledBecause: string;
}

/**
 * Lines up a statement of ours with a merchant's own file. Theirs is a CSV whose first line names its columns: biz_no
 * and transaction_id, and amount_yuan or amount_fen if it has amounts. @throws ReconcileError
 */
export function reconcile(ourCsv: string, theirCsv: string): Reconciliation {
  const adjustments: Line[] = [];
  const ours = readLines(ourCsv, "our statement", (kind, line) => {
    if (kind !== "adjustment") return true;
    adjustments.push(line);
    return false;
  });
  const theirs = readLines(theirCsv, "their file", () => true);
  const days = new Set(ours.map(({ bizNo }) => bizNo.slice(2, 10)));
  const ourBizNos = new Map(ours.map((line) => [line.bizNo, line]));
  const ourTransactions = new Map(ours.map((line) => [line.transactionId, line]));
  const seen = new Set<string>();
  const differences: Difference[] = [];
  let matched = 0;
  for (const line of theirs) {
    const own = ourBizNos.get(line.bizNo) ?? ourTransactions.get(line.transactionId);
    const cause = own === undefined ? causeOfUnknown(line, days) : causeOf(own, line, seen.has(own.bizNo));
    if (own !== undefined) seen.add(own.bizNo);
    if (cause === undefined) matched += 1;
    else differences.push(describe(cause, own, line));
  }
  for (const own of ours) {
    if (seen.has(own.bizNo)) continue;
    differences.push(
      describe(own.unbilledBecause === "" ? "answer_not_received" : "unbilled_not_kept", own, undefined),
    );
  }
  const order = Object.keys(differenceCauses);
  return {
    matched,
    ourAmountFen: sumOfAmounts([...ours, ...adjustments]),
    theirAmountFen: theirs.some(({ amountFen }) => amountFen !== undefined) ? sumOfAmounts(theirs) : undefined,
    differences: differences.toSorted((left, right) => order.indexOf(left.cause) - order.indexOf(right.cause)),
  };
}

function causeOf(own: Line, their: Line, isRepeat: boolean): DifferenceCause | undefined {
  if (own.bizNo !== their.bizNo) return "biz_no_differs";
  if (own.transactionId !== their.transactionId) return "transaction_differs";
  if (isRepeat) return "repeat_counted";
  if (their.amountFen === undefined || their.amountFen === own.amountFen) return undefined;
  return own.unbilledBecause === "" ? "amount_differs" : "unbilled";
}

function causeOfUnknown(their: Line, days: ReadonlySet<string>): DifferenceCause {
  const known = parseBizNo(their.bizNo);
  if (known === undefined) return "not_ours";
  return days.has(beijingTime(known.at).slice(0, 10).replaceAll("-", "")) ? "not_in_ledger" : "other_day";
}

function describe(cause: DifferenceCause, own: Line | undefined, their: Line | undefined): Difference {
  const said = (line: Line | undefined): string => {
    if (line === undefined) return "";
    return line.unbilledBecause === "" ? String(line.amountFen ?? "") : line.unbilledBecause;
  };
  const isNumber = cause === "biz_no_differs" || cause === "transaction_differs";
  const other = cause === "biz_no_differs" ? "bizNo" : "transactionId";
  return {
    cause,
    bizNo: own?.bizNo ?? their?.bizNo ?? "",
    transactionId: own?.transactionId ?? their?.transactionId ?? "",
    ours: isNumber ? (own?.[other] ?? "") : said(own),
    theirs: isNumber ? (their?.[other] ?? "") : said(their),
  };
}

function readLines(csv: string, whose: string, keep: (kind: string, line: Line) => boolean): Line[] {
  const [header, ...rows] = readRows(csv, whose);
  const column = (name: string): number => header?.cells.indexOf(name) ?? -1;
  const [bizNo, transactionId] = [column("biz_no"), column("transaction_id")];
  if (bizNo === -1 || transactionId === -1) {
    throw new ReconcileError(
      `the first line of ${whose} has to name the columns biz_no and transaction_id, separated by commas`,
    );
  }
  const [yuan, fen, reason, kind] = [
    column("amount_yuan"),
    column("amount_fen"),
    column("unbilled_because"),
    column("kind"),
  ];
  const lines: Line[] = [];
  for (const { cells, line: number } of rows) {
    const amountFen = amountOf(cells, { yuan, fen }, `${whose}, line ${number}`);
    const line = {
      bizNo: (cells[bizNo] ?? "").trim(),
      transactionId: (cells[transactionId] ?? "").trim(),
      amountFen,
      unbilledBecause: cells[reason] ?? "",
    };
    if (keep(cells[kind] ?? "", line)) lines.push(line);
  }
  return lines;
}

function readRows(csv: string, whose: string): CsvRow[] {
  try {
    return readCsv(csv, { comments: true });
  } catch (error) {
    if (error instanceof RangeError) throw new ReconcileError(`${whose}, ${error.message}`);
    throw error;
  }
}

function amountOf(cells: readonly string[], columns: { yuan: number; fen: number }, place: string): number | undefined {
  const fen = (cells[columns.fen] ?? "").trim();
  const yuan = (cells[columns.yuan] ?? "").trim();
  if (fen === "" && yuan === "") return undefined;
  if (fen !== "") {
    if (!/^-?\d{1,12}$/.test(fen))
      throw new ReconcileError(`${place}: amount_fen is "${fen.slice(0, 40)}"; write a whole number of fen`);
    return Number(fen);
  }
  const match = /^(-?)(\d{1,10})(?:\.(\d{1,2}))?$/.exec(yuan);
  if (match === null)
    throw new ReconcileError(`${place}: amount_yuan is "${yuan.slice(0, 40)}"; write yuan with at most two decimals`);
  const [, sign, whole, decimals = ""] = match;
  return Number(`${sign}${whole}${decimals.padEnd(2, "0")}`);
}

function sumOfAmounts(lines: readonly Line[]): number {
  return lines.reduce((total, { amountFen }) => total + (amountFen ?? 0), 0);
}
