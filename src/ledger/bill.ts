import type { Readable } from "node:stream";
import iconv from "iconv-lite";
import { type Clock, dayUs, later } from "../clock.ts";
import type { Store } from "../store/store.ts";
import { isLedgerDay, startOfDay } from "./ledger.ts";
import {
  emptyTotals,
  issueStatement,
  type Statement,
  statementHeader,
  statementLines,
  statementSums,
  yuan,
} from "./statement.ts";
import { zipArchive } from "./zip.ts";

/** The kinds of bill, by the published names of the files in them. Both tell of inquiries, the only business there is here. */
export const billKinds = { trade: "业务明细", signcustomer: "账务明细" } as const;
export type BillKind = keyof typeof billKinds;

/** A merchant's statements (对账单) of a Beijing day or month, as an app is given them. */
export interface Bill {
  readonly merchantId: string;
  readonly kind: BillKind;
  /** yyyy-MM-dd or yyyy-MM. */
  readonly period: string;
}

/** Whether the text is a day or a month that a bill may be of. */
export function isBillPeriod(text: string): boolean {
  return isLedgerDay(isMonth(text) ? `${text}-01` : text);
}

function isMonth(period: string): boolean {
  return /^\d{4}-\d\d$/.test(period);
}

function daysOf(period: string): string[] {
  if (!isMonth(period)) return [period];
  return Array.from({ length: 31 }, (_, index) => `${period}-${String(index + 1).padStart(2, "0")}`).filter(
    isLedgerDay,
  );
}

/** Issues the statements of the days that a bill is of, or gives those that were issued. @throws StatementError */
export async function issueBill(store: Store, clock: Clock, { merchantId, period }: Bill): Promise<Statement[]> {
  const days = daysOf(period);
  // A month is over when its last day is: none of its days is issued for it before.
  const last = await issueStatement(store, clock, merchantId, days.at(-1) ?? period);
  const statements: Statement[] = [];
  for (const day of days.slice(0, -1)) statements.push(await issueStatement(store, clock, merchantId, day));
  return [...statements, last];
}

/** `<merchant>0156_<yyyyMMdd>`, of a month `_<yyyyMM>`: how the real platform names a bill. */
function billName({ merchantId, period }: Bill): string {
  return `${merchantId}0156_${period.replaceAll("-", "")}`;
}

export function billFileName(bill: Bill): string {
  return `${billName(bill)}.csv.zip`;
}

/** The two files of a bill in one archive, CSVs in GBK: each line, and the sums of each day. It is the same each time. */
export function billArchive(store: Store, bill: Bill, statements: readonly Statement[]): Readable {
  const name = `${billName(bill)}_${billKinds[bill.kind]}`;
  const overAt = later(startOfDay(statements.at(-1)?.day ?? bill.period), dayUs);
  const files = [
    { name: `${name}.csv`, content: inGbk(details(store, bill, statements)) },
    { name: `${name}(汇总).csv`, content: inGbk(sumsByDay(statements)) },
  ];
  return zipArchive(files, new Date(overAt / 1_000));
}

/** Of a day these are the characters of its statement's CSV. */
async function* details(
  store: Store,
  { merchantId, period }: Bill,
  statements: readonly Statement[],
): AsyncGenerator<string> {
  yield statementHeader;
  const totals = emptyTotals();
  for (const { day } of statements) yield* statementLines(store, merchantId, day, totals);
  yield statementSums(merchantId, isMonth(period) ? { month: period } : { day: period }, totals);
}

async function* sumsByDay(statements: readonly Statement[]): AsyncGenerator<string> {
  yield "day,inquiries,billed_inquiries,adjustments,amount_yuan\n";
  for (const { day, inquiries, billedInquiries, adjustments, amountFen } of statements)
    yield `${[day, inquiries, billedInquiries, adjustments, yuan(amountFen)].join(",")}\n`;
}

async function* inGbk(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const text of texts) yield iconv.encode(text, "gbk");
}
