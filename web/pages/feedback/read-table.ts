import { readCsv } from "../../../src/csv.ts";

export interface FeedbackTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What one's file may hold: the route takes no more at once. */
export const rowsLimit = 20_000;
export const fileBytesLimit = 12_582_912;

/** Why a file is no table: for whoever chose it, in both languages. */
export class TableError extends Error {
  override readonly name = "TableError";
  readonly text: { readonly zh: string; readonly en: string };

  constructor(text: { readonly zh: string; readonly en: string }) {
    super(text.en);
    this.text = text;
  }
}

/**
 * Reads a CSV whose first line names the columns, or JSON: a list of records, or {"records": [...]}.
 * @throws TableError
 */
export function readTable(fileName: string, text: string): FeedbackTable {
  const table = /\.json$/i.test(fileName) ? readJson(text) : readSheet(text);
  if (table.rows.length === 0) throw new TableError({ zh: "文件里没有记录。", en: "There are no records in it." });
  if (table.rows.length > rowsLimit)
    throw new TableError({
      zh: `超过 ${rowsLimit} 条记录，请分成几个文件，或用 kaimen feedback send。`,
      en: `More than ${rowsLimit} records: send them in parts, or with kaimen feedback send.`,
    });
  return table;
}

function readSheet(text: string): FeedbackTable {
  let rows;
  try {
    rows = readCsv(text);
  } catch (error) {
    const detail = error instanceof RangeError ? error.message : String(error);
    throw new TableError({ zh: `不是完整的 CSV：${detail}`, en: `Not a CSV: ${detail}` });
  }
  const [head, ...records] = rows;
  const columns = (head?.cells ?? []).map((name) => name.trim());
  const wrong = records.find(({ cells }) => cells.length !== columns.length);
  if (wrong !== undefined)
    throw new TableError({
      zh: `第 ${wrong.line} 行有 ${wrong.cells.length} 格，首行有 ${columns.length} 列。`,
      en: `Line ${wrong.line} has ${wrong.cells.length} cells, and the first line ${columns.length}.`,
    });
  return { columns, rows: records.map(({ cells }) => cells) };
}

function readJson(text: string): FeedbackTable {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new TableError({ zh: `不是 JSON：${String(error)}`, en: `Not JSON: ${String(error)}` });
  }
  const list: unknown = Array.isArray(parsed) ? parsed : (parsed as { records?: unknown } | null)?.records;
  if (!Array.isArray(list) || !list.every(isRecord))
    throw new TableError({
      zh: 'JSON 应为记录的列表，或 {"records": [...]}。',
      en: 'The JSON is a list of records, or {"records": [...]}.',
    });
  const columns = [...new Set(list.flatMap((record) => Object.keys(record)))];
  return { columns, rows: list.map((record) => columns.map((name) => textOf(record[name]))) };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
