import { csvLine, readCsv } from "../../csv.ts";
import { columnTypeWords } from "../spreadsheets/column-types.ts";
import type { FillableColumn } from "../spreadsheets/template-sheets.ts";
import { safeCell, textOfCell } from "./table-cell.ts";
import type { Column, CredentialRule, Template } from "./template.ts";

/** Loaded when a first workbook is written: a start, of a server or a command, that writes none is a quarter of a second shorter. */
const workbookWriter = () => import("write-excel-file/node");

/** A table as people keep it: a header and rows of text. */
export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export const dataSheet = "data";
const headerStyle = { fontWeight: "bold", backgroundColor: "#E8EEF7" } as const;
const credentialWords: Readonly<Record<CredentialRule, string>> = {
  resident_identity_card: "居民身份证",
  passport: "护照",
  travel_permit: "通行证",
  alipay_user_id: "支付宝用户号",
};

/**
 * A template as a workbook: a sheet that says what each column is, with an example, and an empty one to fill in, whose
 * columns are text so that no spreadsheet turns an identity number into a rounded number, offer their codes and say what
 * they want.
 */
export async function templateWorkbook(template: Template): Promise<Buffer> {
  const [{ default: writeExcelFile }, { codeRows, codesSheet, withFillableColumns }] = await Promise.all([
    workbookWriter(),
    import("../spreadsheets/template-sheets.ts"),
  ]);
  const columns = template.columns.map((column) => fillableColumn(template, column));
  const described = [
    ["字段编码 code", "名称 name", "类型 type", "必填 required", "最大长度 length", "取值 codes", "示例 example"].map(
      (value) => ({ value, ...headerStyle }),
    ),
    ...template.columns.map((column) => [
      column.name,
      safeCell(`${column.doc.zh} ${column.doc.en}`),
      columnTypeWords[column.type],
      column.required ? "是 yes" : "否 no",
      String(column.maxLength),
      safeCell((column.codes ?? []).map(({ code, doc }) => `${code} ${doc.zh}`).join("；")),
      safeCell(exampleOf(template, column)),
    ]),
  ];
  const dataRows = [template.columns.map(({ name }) => ({ value: name, ...headerStyle }))];
  const book = await writeExcelFile([
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
    { data: codeRows(columns).map((row) => row.map((value) => ({ value, type: String }))), sheet: codesSheet },
  ]).toBuffer();
  return withFillableColumns(book, { dataPath: "xl/worksheets/sheet2.xml", columns });
}

function fillableColumn(template: Template, column: Column): FillableColumn {
  const codes =
    column.codes ??
    (column.type === "identity_type"
      ? Object.entries(template.credentials).map(([code, rule]) => ({
          code,
          doc: { en: rule, zh: credentialWords[rule] },
        }))
      : []);
  const words = { typeWords: columnTypeWords[column.type], example: exampleOf(template, column) };
  return codes.length === 0 ? { ...column, ...words } : { ...column, ...words, codes };
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

/**
 * A workbook's sheet named data, or its first, each cell in the form of its column; see readDataSheet. Throws CellFaults for
 * cells that cannot be read without guessing.
 */
export async function readWorkbook(content: Buffer): Promise<Table> {
  const { readDataSheet } = await import("../spreadsheets/read-data-sheet.ts");
  return readDataSheet(content);
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
