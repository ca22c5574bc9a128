import type { Bytes } from "../../../src/sdk/bytes.ts";
import { encodeText, jsonEscape } from "../../wire/charset-bytes.ts";

export type Row = Readonly<Record<string, string>>;

export function columnsIn(text: string): readonly string[] {
  return [...new Set(text.split(",").map((each) => each.trim()))].filter((each) => each !== "");
}

/** The rows of a documented example, `{"records":[…]}`; none where it is no such text. */
export function rowsIn(text: string): readonly Row[] {
  try {
    const parsed = JSON.parse(text) as { records?: unknown };
    return Array.isArray(parsed.records) ? (parsed.records as Row[]) : []; // Records are flat, of texts.
  } catch {
    return [];
  }
}

/** A feedback file of these rows: the columns in their order, each of them there, in the charset that the call names. */
export function fileOfRows(rows: readonly Row[], columns: readonly string[], charset: string): Bytes {
  const records = rows.map((row) => Object.fromEntries(columns.map((column) => [column, row[column] ?? ""])));
  const isGbk = /^\s*gb/i.test(charset);
  return encodeText(JSON.stringify({ records }), isGbk ? "gbk" : "utf-8", jsonEscape);
}
