import { createHash } from "node:crypto";
import { beijingTime, type Clock, dayUs, instantToText, later, secondUs } from "../clock.ts";
import { quotedCell } from "../csv.ts";
import { bucketOf } from "../store/bucket.ts";
import type { Store } from "../store/store.ts";
import { isLedgerDay, type LedgerLine, ledgerOfDay, startOfDay } from "./ledger.ts";

/** A merchant's bill (对账单) of one Beijing day. Once issued it is frozen: its text is the same for ever. */
export interface Statement {
  readonly merchantId: string;
  /** yyyy-MM-dd, in Beijing. */
  readonly day: string;
  readonly inquiries: number;
  readonly billedInquiries: number;
  readonly adjustments: number;
  readonly amountFen: number;
  /** SHA-256 of the CSV, hexadecimal. */
  readonly csvSha256: string;
}

/** Why there is no statement to be had; the text says when there will be. */
export class StatementError extends Error {
  override readonly name = "StatementError";
}

/** What was accepted in a day's last moment is committed well within this long. */
const graceUs = 600 * secondUs;
export const statementHeader =
  "biz_no,transaction_id,kind,product_code,app_id,time,amount_yuan,unbilled_because,note\n";

/** Issues a merchant's statement of a day that is over, or gives the one that was issued. @throws StatementError */
export async function issueStatement(store: Store, clock: Clock, merchantId: string, day: string): Promise<Statement> {
  if (!isLedgerDay(day)) throw new StatementError(`${day} is no day; write it as yyyy-MM-dd`);
  const existing = await findStatement(store, merchantId, day);
  if (existing !== undefined) return existing;
  const [merchant] = await store.query("select from merchant where merchant_id = $1", [merchantId]);
  if (merchant === undefined) throw new StatementError(`there is no merchant ${merchantId}`);
  const readyAt = later(startOfDay(day), dayUs + graceUs);
  if (clock.now() < readyAt)
    throw new StatementError(`the statement of ${day} can be issued from ${beijingTime(readyAt)} on`);
  const statement = await summarise(store, merchantId, day);
  await store.query(
    `insert into statement (bucket, merchant_id, day, inquiries, billed_inquiries, adjustments, amount_fen, csv_sha256, issued_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (bucket, merchant_id, day) do nothing`,
    [
      bucketOf(merchantId),
      merchantId,
      day,
      statement.inquiries,
      statement.billedInquiries,
      statement.adjustments,
      statement.amountFen,
      Buffer.from(statement.csvSha256, "hex"),
      instantToText(clock.now()),
    ],
  );
  return (await findStatement(store, merchantId, day)) ?? statement;
}

export async function findStatement(store: Store, merchantId: string, day: string): Promise<Statement | undefined> {
  const [row] = await store.query<StatementRow>(
    `select day, inquiries, billed_inquiries, adjustments, amount_fen, csv_sha256
     from statement where bucket = $1 and merchant_id = $2 and day = $3`,
    [bucketOf(merchantId), merchantId, day],
  );
  return row && statementOf(merchantId, row);
}

export async function listStatements(store: Store, merchantId: string): Promise<Statement[]> {
  const rows = await store.query<StatementRow>(
    `select day, inquiries, billed_inquiries, adjustments, amount_fen, csv_sha256
     from statement where bucket = $1 and merchant_id = $2 order by day`,
    [bucketOf(merchantId), merchantId],
  );
  return rows.map((row) => statementOf(merchantId, row));
}

/** A merchant's statements, the newest first, of the days before `before`. */
export async function latestStatements(
  store: Store,
  merchantId: string,
  { before, limit }: { before?: string | undefined; limit: number },
): Promise<Statement[]> {
  const rows = await store.query<StatementRow>(
    `select day, inquiries, billed_inquiries, adjustments, amount_fen, csv_sha256
     from statement where bucket = $1 and merchant_id = $2 and ($3::date is null or day < $3) order by day desc limit $4`,
    [bucketOf(merchantId), merchantId, before ?? null, limit],
  );
  return rows.map((row) => statementOf(merchantId, row));
}

interface StatementRow {
  day: string;
  inquiries: number;
  billed_inquiries: number;
  adjustments: number;
  amount_fen: number;
  csv_sha256: Uint8Array;
}

function statementOf(merchantId: string, row: StatementRow): Statement {
  return {
    merchantId,
    day: row.day,
    inquiries: row.inquiries,
    billedInquiries: row.billed_inquiries,
    adjustments: row.adjustments,
    amountFen: row.amount_fen,
    csvSha256: Buffer.from(row.csv_sha256).toString("hex"),
  };
}

/** What the ledger says of a day now. Of an issued statement's day it must equal the statement. */
export async function summarise(store: Store, merchantId: string, day: string): Promise<Statement> {
  const hash = createHash("sha256");
  const totals = emptyTotals();
  for await (const chunk of renderChunks(store, merchantId, day, totals)) hash.update(chunk);
  return { merchantId, day, ...totals, csvSha256: hash.digest("hex") };
}

/** The statement's CSV, a piece at a time. Lines that begin with # sum up. */
export function statementCsv(store: Store, statement: Statement): AsyncGenerator<string> {
  return renderChunks(store, statement.merchantId, statement.day, emptyTotals());
}

/** What lines come to. */
export interface Totals {
  inquiries: number;
  billedInquiries: number;
  adjustments: number;
  amountFen: number;
}

export function emptyTotals(): Totals {
  return { inquiries: 0, billedInquiries: 0, adjustments: 0, amountFen: 0 };
}

async function* renderChunks(store: Store, merchantId: string, day: string, totals: Totals): AsyncGenerator<string> {
  yield statementHeader;
  yield* statementLines(store, merchantId, day, totals);
  yield statementSums(merchantId, { day }, totals);
}

/** A day's lines without the CSV's head and sums; what they come to is added to `totals`. */
export async function* statementLines(
  store: Store,
  merchantId: string,
  day: string,
  totals: Totals = emptyTotals(),
): AsyncGenerator<string> {
  for await (const lines of ledgerOfDay(store, merchantId, day)) {
    for (const line of lines) addToTotals(totals, line);
    yield lines.map(renderLine).join("");
  }
}

/** The lines of a statement's CSV that begin with # and sum it up. `period` names what they sum up, a day or a month. */
export function statementSums(merchantId: string, period: Readonly<Record<string, string>>, totals: Totals): string {
  return [
    `# merchant,${merchantId}`,
    ...Object.entries(period).map(([name, value]) => `# ${name},${value}`),
    `# inquiries,${totals.inquiries}`,
    `# billed_inquiries,${totals.billedInquiries}`,
    `# adjustments,${totals.adjustments}`,
    `# amount_yuan,${yuan(totals.amountFen)}`,
    "",
  ].join("\n");
}

function addToTotals(totals: Totals, line: LedgerLine): void {
  totals.amountFen += line.amountFen;
  if (line.kind === "adjustment") totals.adjustments += 1;
  else totals.inquiries += 1;
  if (line.kind === "inquiry" && line.unbilledBecause === null) totals.billedInquiries += 1;
}

function renderLine(line: LedgerLine): string {
  const { bizNo, transactionId, kind, productCode, appId, at, amountFen, unbilledBecause, note } = line;
  const cells = [
    bizNo,
    transactionId,
    kind,
    productCode,
    appId,
    beijingTime(at),
    yuan(amountFen),
    unbilledBecause ?? "",
    noteCell(note),
  ];
  return `${cells.join(",")}\n`;
}

/** Fen as yuan with two decimals, by whole numbers only. */
export function yuan(fen: number): string {
  const digits = String(Math.abs(fen)).padStart(3, "0");
  return `${fen < 0 ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** A note is always in quotes, and on one line: statements of the past were hashed so. */
function noteCell(text: string): string {
  return text === "" ? "" : quotedCell(text.replaceAll(/[\r\n]+/g, " "));
}
