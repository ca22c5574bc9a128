import { readFile, writeFile } from "node:fs/promises";
import { basename, extname } from "node:path";
import type { Command } from "commander";
import { CellFaults } from "../../feedback/spreadsheets/cell-faults.ts";
import { readDataCsv } from "../../feedback/spreadsheets/read-data-sheet.ts";
import { feedbackFileOf, readWorkbook, type Table } from "../../feedback/templates/table-files.ts";
import { type Charset, decodeText, parseCharset } from "../../protocol/charset.ts";
import { CommandError } from "../command-error.ts";
import { ask, type ConsoleApi, request } from "../access/ask.ts";
import { type AccessOptions, accessOf, addAccessOptions, askMerchantApi } from "../access/merchant-access.ts";
import { purposeMeant, purposeOption } from "../access/sandbox-defaults.ts";
import { readServer } from "../access/server.ts";
import { printJson } from "../print.ts";
import {
  complaintOf,
  describeCounts,
  describePart,
  type PartReport,
  reportJson,
  reportPart,
  totalOf,
} from "../sent-report.ts";
import { columnsOf, sendPart, type SendOptions, splitFile } from "./send-feedback.ts";

const defaultPartMb = "40";
const barWidth = 30;

export function addFeedbackCommand(program: Command): void {
  const feedback = program.command("feedback").description("send feedback files and see what became of them");
  addSend(feedback);
  addStatus(feedback);
  addErrors(feedback);
  addConvert(feedback);
}

interface SendCommandOptions extends AccessOptions {
  readonly charset: string;
  readonly columns?: string;
  readonly primaryKey: string;
  readonly description?: string;
  readonly partMb: string;
  readonly dryRun?: true;
  readonly json?: true;
}

function addSend(feedback: Command): void {
  addAccessOptions(feedback.command("send"))
    .description(
      "send a feedback file, in parts where it is large, and say what became of every record: stored, changed, same or refused; a part that was sent twice is stored once",
    )
    .argument("<file>", 'a file {"records":[…]}, or a filled-in .xlsx or .csv, which is converted')
    .option("--charset <charset>", "the file's charset, not of an .xlsx: UTF-8, GBK or GB18030", "UTF-8")
    .option("--columns <names>", "the columns, with commas; those of the first record when left out")
    .option("--primary-key <names>", "the columns that tell records apart", "order_no,pay_month")
    .option("--description <text>", "kept with the batch")
    .option("--part-mb <size>", "largest part", defaultPartMb)
    .option("--dry-run", "judge the file and store nothing")
    .option("--json", "print JSON")
    .addHelpText("after", "\nThe exit status is 1 when any record was refused, and 0 when every one was taken.")
    .action(async (path: string, options: SendCommandOptions) => {
      const access = await accessOf(options);
      const partMb = Number(options.partMb);
      if (!(partMb > 0 && partMb <= 1_024))
        throw new CommandError("--part-mb is a number of MB, above 0 and at most 1024");
      const file = await readFeedback(path, options.charset);
      const parts = splitFile(file.content, file.charset, partMb * 1_048_576);
      const judgedOnly = options.dryRun === true;
      const sending: SendOptions = {
        charset: file.charset.toUpperCase(),
        columns: options.columns ?? file.columns.join(","),
        primaryKey: options.primaryKey,
        description: options.description,
        dryRun: judgedOnly,
        fileName: `${
          basename(path, extname(path))
            .replaceAll(/[^A-Za-z0-9_-]/g, "_")
            .slice(0, 64) || "feedback"
        }.json`,
      };
      const reports: PartReport[] = [];
      let interruption: string | undefined;
      let firstRecord = 1;
      for (const [index, part] of parts.entries()) {
        showProgress(index, parts.length);
        const answer = await sendPart(access, part, sending).catch(asCommandError);
        if (answer instanceof CommandError) {
          interruption = `${answer.message}; of the records from ${firstRecord} on it is not known that they are stored: send the file again, and what is stored already stays the same`;
          break;
        }
        const report = await reportPart(access, answer, { records: part.records, firstRecord, judgedOnly });
        reports.push(report);
        firstRecord += part.records;
        showProgress(index + 1, parts.length);
        if (options.json !== true) process.stdout.write(describePart(report, index, parts.length));
      }
      if (options.json === true) printJson(reportJson(reports), 2);
      else if (parts.length > 1) process.stdout.write(`in all    ${describeCounts(totalOf(reports), judgedOnly)}\n`);
      const complaints = [interruption, complaintOf(reports)].filter((each) => each !== undefined);
      if (complaints.length > 0) throw new CommandError(complaints.join("; "));
    });
}

/** What ends the sending and not the command, which has yet to say what became of the parts before. */
function asCommandError(error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  throw error;
}

interface FeedbackContent {
  /** A feedback file, `{"records":[…]}`. */
  readonly content: Buffer;
  readonly charset: Charset;
  readonly columns: readonly string[];
}

/** A file as it is sent: a table becomes a feedback file in UTF-8, whatever charset it came in. */
async function readFeedback(path: string, charsetLabel: string): Promise<FeedbackContent> {
  const charset = parseCharset(charsetLabel);
  if (charset === undefined) throw new CommandError(`--charset ${charsetLabel} is none of UTF-8, GBK, GB18030`);
  if (/\.(?:xlsx|csv)$/i.test(path)) {
    const { content, columns, records } = await convertTable(path, charsetLabel);
    if (records === 0) throw new CommandError(`${path} has no records below its first row`);
    return { content: Buffer.from(content), charset: "utf-8", columns };
  }
  const content = await readBytes(path);
  return { content, charset, columns: columnsOf(content, charset) };
}

function showProgress(done: number, all: number): void {
  if (!process.stderr.isTTY) return;
  const filled = Math.round((done / all) * barWidth);
  process.stderr.write(
    `\r[${"#".repeat(filled)}${".".repeat(barWidth - filled)}] ${done}/${all}${done === all ? "\n" : ""}`,
  );
}

function addStatus(feedback: Command): void {
  addAccessOptions(feedback.command("status"))
    .description("what became of the last batches, or of one")
    .argument("[id]", "a batch's id")
    .option(...operatorOption)
    .option("--json", "print JSON")
    .action(async (id: string | undefined, options: AccessOptions & { merchant?: string; json?: true }) => {
      const answer = id === undefined ? await listedBatches(options) : await oneBatch(id, options);
      if (options.json === true) return printJson(answer, 2);
      for (const batch of "batches" in answer ? answer.batches : [answer])
        process.stdout.write(`${describeBatch(batch)}\n`);
    });
}

const operatorOption = [
  "--merchant <merchant_id>",
  "ask as an operator, about this merchant, instead of as its app",
] as const;
const batchesListed = 20;

type Batches = ConsoleApi["GET /api/feedback/batches"]["reply"];
type OneBatch = ConsoleApi["GET /api/feedback/batches/:batchId"]["reply"];

async function listedBatches(options: AccessOptions & { merchant?: string }): Promise<Batches> {
  const { merchant: merchantId } = options;
  if (merchantId !== undefined)
    return ask(await readServer(), "GET /api/feedback/batches", { query: { merchantId, limit: batchesListed } });
  const query = { limit: String(batchesListed) };
  const reply = await askMerchantApi(await accessOf(options), "/api/feedback/batches", query);
  return (await reply.json()) as Batches; // The route's own contract.
}

async function oneBatch(batchId: string, options: AccessOptions & { merchant?: string }): Promise<OneBatch> {
  const { merchant: merchantId } = options;
  if (merchantId !== undefined) {
    const asked = { params: { batchId }, query: { merchantId } };
    return ask(await readServer(), "GET /api/feedback/batches/:batchId", asked);
  }
  const path = `/api/feedback/batches/${encodeURIComponent(batchId)}`;
  return (await (await askMerchantApi(await accessOf(options), path, {})).json()) as OneBatch; // The route's own contract.
}

function describeBatch(batch: Batches["batches"][number]): string {
  const counts = `${batch.records} records: ${batch.recordsNew} new, ${batch.recordsChanged} changed, ${batch.recordsSame} same, ${batch.recordsBad} bad`;
  const why = batch.refusedWith === null ? "" : ` (${batch.refusedWith})`;
  return `${batch.receivedAt.slice(0, 19)}Z  ${batch.batchId}  ${batch.state}${why}  ${counts}  ${batch.durationMs} ms`;
}

function addErrors(feedback: Command): void {
  addAccessOptions(feedback.command("errors"))
    .description(
      "the records of a batch that were not stored, with what is wrong in each: mend the file and send it again",
    )
    .argument("<id>", "the batch's id")
    .option("--format <format>", "csv, json or xlsx", "csv")
    .option("--out <file>", "write to this file; standard output when left out")
    .option(...operatorOption)
    .option(...purposeOption)
    .action(async (id: string, options: ErrorsOptions) => {
      const reply = await refusedRows(id, options);
      const content =
        options.format === "json" ? inSnakeCase(await reply.json()) : Buffer.from(await reply.arrayBuffer());
      if (options.out === undefined) process.stdout.write(content);
      else await writeFile(options.out, content, { mode: 0o600 });
    });
}

interface ErrorsOptions extends AccessOptions {
  readonly format: string;
  readonly out?: string;
  readonly merchant?: string;
  readonly purpose?: string;
}

async function refusedRows(batchId: string, options: ErrorsOptions): Promise<Response> {
  const { format, merchant: merchantId } = options;
  if (merchantId === undefined) {
    const path = `/api/feedback/batches/${encodeURIComponent(batchId)}/errors`;
    return askMerchantApi(await accessOf(options), path, { format });
  }
  const query = { merchantId, format, purpose: purposeMeant(options.purpose) };
  return request(await readServer(), "GET /api/feedback/batches/:batchId/errors", { params: { batchId }, query });
}

/** The columns of the rows are the merchant's own and stay as they are. */
function inSnakeCase(answer: unknown): string {
  const { batchId, rowsKept, rowsMissing, errors, rows } = answer as {
    batchId: string;
    rowsKept: boolean;
    rowsMissing: number;
    errors: unknown;
    rows: unknown;
  }; // The route's own contract.
  return JSON.stringify({ batch_id: batchId, rows_kept: rowsKept, rows_missing: rowsMissing, errors, rows });
}

function addConvert(feedback: Command): void {
  feedback
    .command("convert")
    .description("turn a filled-in .xlsx or .csv into a feedback file")
    .argument("<file>", "a workbook with the sheet data, or a CSV file; its first row names the columns")
    .requiredOption("--out <file>", "the feedback file to write")
    .option("--charset <charset>", "a CSV file's charset", "UTF-8")
    .action(async (path: string, options: { out: string; charset: string }) => {
      const { content, columns, records } = await convertTable(path, options.charset);
      await writeFile(options.out, content, { mode: 0o600 });
      process.stdout.write(`${records} records, columns ${columns.join(",")}\n`);
    });
}

/** Nothing of a table is lost without a word: not a cell beyond the header, nor a column that stands twice. */
async function convertTable(path: string, charsetLabel: string): Promise<ReturnType<typeof feedbackFileOf>> {
  const table = await readTable(path, charsetLabel);
  const file = feedbackFileOf(table);
  if (file.columns.length === 0) throw new CommandError(`${path} has no columns in its first row`);
  const twice = file.columns.find((name, index) => file.columns.indexOf(name) !== index);
  if (twice !== undefined) throw new CommandError(`${path} has the column ${twice} twice`);
  const wide = table.rows.findIndex((row) => row.slice(table.header.length).some((cell) => cell.trim() !== ""));
  if (wide !== -1)
    throw new CommandError(
      `${path}: record ${wide + 1} has more cells than the first row has columns; a cell with a comma in it stands in quotes`,
    );
  return file;
}

async function readTable(path: string, charsetLabel: string): Promise<Table> {
  const content = await readBytes(path);
  if (/\.xlsx$/i.test(path)) {
    return readWorkbook(content).catch((error: unknown) => {
      if (error instanceof CellFaults) throw unreadable(path, error);
      throw new CommandError(`${path} is no workbook that can be read: ${(error as Error).message}`);
    });
  }
  if (!/\.csv$/i.test(path)) throw new CommandError(`${path} ends in neither .xlsx nor .csv`);
  const charset = parseCharset(charsetLabel);
  const text = charset === undefined ? undefined : decodeText(content, charset);
  if (text === undefined) throw new CommandError(`${path} is not in ${charsetLabel}; name its charset with --charset`);
  try {
    return readDataCsv(text);
  } catch (error) {
    if (error instanceof CellFaults) throw unreadable(path, error);
    if (error instanceof RangeError) throw new CommandError(`${path}, ${error.message}`);
    throw error;
  }
}

function unreadable(path: string, { message }: CellFaults): CommandError {
  return new CommandError(`${path} was not converted, since these cells would have to be guessed:\n${message}`);
}

function readBytes(path: string): Promise<Buffer> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`cannot read ${path}: ${error.code ?? error.message}`);
  });
}
