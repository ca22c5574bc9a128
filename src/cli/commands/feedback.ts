import { readFile, writeFile } from "node:fs/promises";
import { basename, extname } from "node:path";
import type { Command } from "commander";
import { feedbackFileOf, readWorkbook, type Table, tableOfCsv } from "../../feedback/templates/table-files.ts";
import { decodeText, parseCharset } from "../../protocol/charset.ts";
import { CommandError } from "../command-error.ts";
import { ask, type ConsoleApi, request } from "../access/ask.ts";
import { type AccessOptions, accessOf, addAccessOptions, askMerchantApi } from "../access/merchant-access.ts";
import { purposeMeant, purposeOption } from "../access/sandbox-defaults.ts";
import { readServer } from "../access/server.ts";
import { printJson } from "../print.ts";
import { columnsOf, type PartAnswer, sendPart, splitFile } from "./send-feedback.ts";

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
}

function addSend(feedback: Command): void {
  addAccessOptions(feedback.command("send"))
    .description("send a feedback file, in parts where it is large; a part that was sent twice is stored once")
    .argument("<file>", 'a file {"records":[…]}')
    .option("--charset <charset>", "the file's charset: UTF-8, GBK or GB18030", "UTF-8")
    .option("--columns <names>", "the columns, with commas; those of the first record when left out")
    .option("--primary-key <names>", "the columns that tell records apart", "order_no,pay_month")
    .option("--description <text>", "kept with the batch")
    .option("--part-mb <size>", "largest part", defaultPartMb)
    .option("--dry-run", "judge the file and store nothing")
    .action(async (path: string, options: SendCommandOptions) => {
      const access = await accessOf(options);
      const charset = parseCharset(options.charset);
      if (charset === undefined) throw new CommandError(`--charset ${options.charset} is none of UTF-8, GBK, GB18030`);
      const partMb = Number(options.partMb);
      if (!(partMb > 0 && partMb <= 1_024))
        throw new CommandError("--part-mb is a number of MB, above 0 and at most 1024");
      const file = await readBytes(path);
      const columns = options.columns ?? columnsOf(file, charset).join(",");
      const parts = splitFile(file, charset, partMb * 1_048_576);
      let refusals = 0;
      for (const [index, part] of parts.entries()) {
        showProgress(index, parts.length);
        const answer = await sendPart(access, part, {
          charset: options.charset,
          columns,
          primaryKey: options.primaryKey,
          description: options.description,
          dryRun: options.dryRun === true,
          fileName: `${
            basename(path, extname(path))
              .replaceAll(/[^A-Za-z0-9_-]/g, "_")
              .slice(0, 64) || "feedback"
          }.json`,
        });
        if (answer.code !== "10000") refusals += 1;
        showProgress(index + 1, parts.length);
        process.stdout.write(`${describeAnswer(index, parts.length, part.records, answer)}\n`);
      }
      if (refusals > 0)
        throw new CommandError(`${refusals} of ${parts.length} parts were refused; nothing of those was stored`);
    });
}

function showProgress(done: number, all: number): void {
  if (!process.stderr.isTTY) return;
  const filled = Math.round((done / all) * barWidth);
  process.stderr.write(
    `\r[${"#".repeat(filled)}${".".repeat(barWidth - filled)}] ${done}/${all}${done === all ? "\n" : ""}`,
  );
}

function describeAnswer(index: number, parts: number, records: number, answer: PartAnswer): string {
  const which = parts === 1 ? "" : `part ${index + 1} of ${parts}, `;
  const batch = answer.batchId === undefined ? "" : `  batch ${answer.batchId}`;
  if (answer.code === "10000") return `accepted  ${which}${records} records${batch}`;
  return `refused   ${which}${answer.sub_code ?? answer.code}: ${answer.sub_msg ?? ""}${batch}`;
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
    .description("a batch's refused records with what is wrong with each, to be mended and sent again")
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
  const { batchId, rowsKept, errors, rows } = answer as {
    batchId: string;
    rowsKept: boolean;
    errors: unknown;
    rows: unknown;
  }; // The route's own contract.
  return JSON.stringify({ batch_id: batchId, rows_kept: rowsKept, errors, rows });
}

function addConvert(feedback: Command): void {
  feedback
    .command("convert")
    .description("turn a filled-in .xlsx or .csv into a feedback file")
    .argument("<file>", "a workbook with the sheet data, or a CSV file; its first row names the columns")
    .requiredOption("--out <file>", "the feedback file to write")
    .option("--charset <charset>", "a CSV file's charset", "UTF-8")
    .action(async (path: string, options: { out: string; charset: string }) => {
      const table = await readTable(path, options.charset);
      const { content, columns, records } = feedbackFileOf(table);
      if (columns.length === 0) throw new CommandError(`${path} has no columns in its first row`);
      await writeFile(options.out, content, { mode: 0o600 });
      process.stdout.write(`${records} records, columns ${columns.join(",")}\n`);
    });
}

async function readTable(path: string, charsetLabel: string): Promise<Table> {
  const content = await readBytes(path);
  if (/\.xlsx$/i.test(path)) {
    return readWorkbook(content).catch((error: unknown) => {
      throw new CommandError(`${path} is no workbook that can be read: ${(error as Error).message}`);
    });
  }
  if (!/\.csv$/i.test(path)) throw new CommandError(`${path} ends in neither .xlsx nor .csv`);
  const charset = parseCharset(charsetLabel);
  const text = charset === undefined ? undefined : decodeText(content, charset);
  if (text === undefined) throw new CommandError(`${path} is not in ${charsetLabel}; name its charset with --charset`);
  try {
    return tableOfCsv(text);
  } catch (error) {
    if (error instanceof RangeError) throw new CommandError(`${path}, ${error.message}`);
    throw error;
  }
}

function readBytes(path: string): Promise<Buffer> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`cannot read ${path}: ${error.code ?? error.message}`);
  });
}
