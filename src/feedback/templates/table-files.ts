import { csvLine, readCsv } from "../../csv.ts";
import { safeCell, textOfCell } from "./table-cell.ts";
import { type Column, type Template } from "./template.ts";

/** Loaded when a first workbook is written: a start, of a server or a command, that writes none is a quarter of a second shorter. */
const workbookWriter = () => import("write-excel-file/node");

/** A table as people keep it: a header and rows of text. */
export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export const dataSheet = "data";
const headerStyle = { fontWeight: "bold", backgroundColor: "#E8EEF7" } as const;
const typeWords: Readonly<Record<Column["type"], string>> = {
  text: "文本",
  identity_type: "证件类型代码",
  identity_number: "证件号码",
  amount: "金额（元，最多两位小数）",
  month: "月份 yyyy-MM",
  day: "日期 yyyy-MM-dd 或 yyyy-MM-dd HH:mm:ss",
  count: "非负整数",
};

/**
 * A template as a workbook: a sheet that says what each column is, with an example, and an empty one to fill in, whose
 * cells are text so that no spreadsheet turns an identity number into a rounded number.
 */
export async function templateWorkbook(template: Template): Promise<Buffer> {
  const { default: writeExcelFile } = await workbookWriter();
  const described = [
    ["字段编码 code", "名称 name", "类型 type", "必填 required", "最大长度 length", "取值 codes", "示例 example"].map(
      (value) => ({ value, ...headerStyle }),
    ),
    ...template.columns.map((column) => [
      column.name,
      safeCell(`${column.doc.zh} ${column.doc.en}`),
      typeWords[column.type],
      column.required ? "是 yes" : "否 no",
      String(column.maxLength),
      safeCell((column.codes ?? []).map(({ code, doc }) => `${code} ${doc.zh}`).join("；")),
      safeCell(exampleOf(template, column)),
    ]),
  ];
  const dataRows = [template.columns.map(({ name }) => ({ value: name, ...headerStyle }))];
  return writeExcelFile([
    {
      data: described,
      sheet: "columns",
      columns: [24, 44, 34, 12, 12, 60, 28].map((width) => ({ width })),
      stickyRowsCount: 1,
    },
    {
      data: dataRows,
      sheet: dataSheet,
      columns: template.columns.map(({ name }) => ({ width: Math.max(14, name.length + 2) })),
      stickyRowsCount: 1,
    },
  ]).toBuffer();
}

/** A value that the template would take. */
export function exampleOf(template: Template, column: Column): string {
  const [first] = column.codes ?? [];
  if (first !== undefined) return first.code;
  switch (column.type) {
    case "identity_type":
      return Object.keys(template.credentials)[0] ?? "0";
    case "identity_number":
      return "990000199003070013";
    case "amount":
      return "1200.50";
    case "month":
      return "2026-10";
    case "day":
      return "2026-10-08";
    case "count":
      return "0";
    case "text":
      return column.role === "name" ? "张三" : column.role === "order_no" ? "ORDER-1" : "";
  }
}

/** The table as a workbook of one sheet. Every cell is text, and stays so when the sheet is saved as CSV. */
export async function tableWorkbook({ header, rows }: Table): Promise<Buffer> {
  const { default: writeExcelFile } = await workbookWriter();
  const data = [
    header.map((name) => ({ value: safeCell(name), type: String, ...headerStyle })),
    ...rows.map((row) => row.map((cell) => ({ value: safeCell(cell), type: String, format: "@" }))),
  ];
  return writeExcelFile(data, { sheet: dataSheet, stickyRowsCount: 1 }).toBuffer();
}

/** The sheet named data, or the first. Numbers keep their digits as the file has them; days become yyyy-MM-dd. */
export async function readWorkbook(content: Buffer): Promise<Table> {
  const { readSheet } = await import("read-excel-file/node");
  const options = { parseNumber: (text: string) => text };
  const sheet = await readSheet(content, dataSheet, options).catch(() => readSheet(content, 1, options));
  const [header = [], ...rows] = sheet.map((row) => row.map((cell) => cellText(cell)));
  return { header, rows: rows.filter((row) => row.some((cell) => cell !== "")) };
}

function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return "";
  if (!(cell instanceof Date)) return String(cell);
  const text = cell.toISOString().slice(0, 19).replace("T", " ");
  return text.endsWith(" 00:00:00") ? text.slice(0, 10) : text;
}

/** A table as CSV, with a byte order mark so that Excel takes it for UTF-8. Cells that a spreadsheet would compute are made text. */
export function csvOf({ header, rows }: Table): string {
  return `\ufeff${[header, ...rows].map((cells) => csvLine(cells.map(safeCell))).join("\r\n")}\r\n`;
}

/** Reads CSV as a table. Throws a RangeError that names the line of a quote that does not end. */
export function tableOfCsv(text: string): Table {
  const [header, ...rows] = readCsv(text).map(({ cells }) => cells);
  return {
    header: (header ?? []).map((name) => name.trim()),
    rows: rows.filter((cells) => cells.some((cell) => cell !== "")),
  };
}

/**
 * A feedback file of a table: one record a row, without the columns that only explain (those that begin with _) and rows
 * with nothing in the others. Cells that csvOf or tableWorkbook marked as text are what they were before.
 */
export function feedbackFileOf({ header, rows }: Table): { content: string; columns: string[]; records: number } {
  const used = header
    .map(textOfCell)
    .flatMap((name, index) => (name === "" || name.startsWith("_") ? [] : [{ name, index }]));
  const records = rows
    .map((row) => used.map(({ name, index }) => [name, textOfCell(row[index] ?? "")] as const))
    .filter((cells) => cells.some(([, text]) => text !== ""))
    .map((cells) => Object.fromEntries(cells));
  return { content: JSON.stringify({ records }), columns: used.map(({ name }) => name), records: records.length };
}
