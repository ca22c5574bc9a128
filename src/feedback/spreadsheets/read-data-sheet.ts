import { readCsv } from "../../csv.ts";
import type { ColumnType } from "../templates/template.ts";
import { FaultList } from "./cell-faults.ts";
import { type CellValue, valueOfCell, valueOfText } from "./cell-value.ts";
import { builtInColumnTypes, columnTypeOf, type ColumnTypes } from "./column-types.ts";
import { openWorkbook, type Workbook } from "./workbook.ts";

/** The sheet to fill in, and the one that says what its columns are, in the order name, title, type. */
const dataSheetName = "data";
const columnsSheetName = "columns";
const typeColumn = 2;

/** A header and rows of text, as wide as the header. */
interface DataTable {
  readonly header: string[];
  readonly rows: string[][];
}

/**
 * The sheet named data, or the first, each cell in the form of its column: months as yyyy-MM, dates as yyyy-MM-dd, numbers with
 * their digits, formulas as their values. What a column is, the workbook's sheet named columns says, or else the built-in
 * templates. Rows without any value are left out.
 *
 * Throws CellFaults for cells that cannot be read without guessing, and an Error for a file that is no workbook.
 */
export function readDataSheet(content: Buffer): DataTable {
  const workbook = openWorkbook(content);
  const sheet = workbook.sheetNames.includes(dataSheetName) ? dataSheetName : workbook.sheetNames[0];
  if (sheet === undefined) throw new RangeError("it has no sheets");
  const types = columnTypesOf(workbook);
  const faults = new FaultList();
  const rows: string[][] = [];
  let header: string[] | undefined;
  workbook.rowsOf(sheet, ({ cells }) => {
    const named = header;
    if (named === undefined) {
      const names = rowOfTexts(cells.map(({ column, text }) => ({ column, text })));
      if (names.some((name) => name !== "")) header = names;
      return;
    }
    const row = named.map(() => "");
    for (const cell of cells) {
      const name = (named[cell.column] ?? "").trim();
      // What stands beside the table or in a column that only explains is never sent.
      if (name === "" || name.startsWith("_")) {
        if (cell.column < row.length) row[cell.column] = cell.text;
        continue;
      }
      row[cell.column] = textOr(faults, valueOfCell(cell, types.get(name)), cell.address, name);
    }
    if (row.some((text) => text !== "")) rows.push(row);
  });
  faults.throwIfAny();
  return { header: header ?? [], rows };
}

/**
 * A CSV file with each cell in the form of its column, as readDataSheet has it. Throws CellFaults, which name the line, and a
 * RangeError for a quote that does not end.
 */
export function readDataCsv(text: string): DataTable {
  const [first, ...rest] = readCsv(text);
  const header = (first?.cells ?? []).map((name) => name.trim());
  const types = builtInColumnTypes();
  const faults = new FaultList();
  const typeOf = (name: string): ColumnType | undefined => types.get(name);
  const rows = rest.map(({ cells, line }) =>
    cells.map((cell, column) => {
      const name = header[column] ?? "";
      if (name === "" || name.startsWith("_")) return cell;
      return textOr(faults, valueOfText(cell, typeOf(name)), `line ${line}`, name);
    }),
  );
  faults.throwIfAny();
  return { header, rows: rows.filter((cells) => cells.some((cell) => cell !== "")) };
}

function textOr(faults: FaultList, value: CellValue, place: string, column: string): string {
  if ("text" in value) return value.text;
  faults.add(place, column, value.fault);
  return "";
}

function rowOfTexts(cells: readonly { readonly column: number; readonly text: string }[]): string[] {
  const row: string[] = [];
  for (const { column, text } of cells) {
    while (row.length < column) row.push("");
    row[column] = text;
  }
  return row;
}

function columnTypesOf(workbook: Workbook): ColumnTypes {
  const types = new Map(builtInColumnTypes());
  if (!workbook.sheetNames.includes(columnsSheetName)) return types;
  workbook.rowsOf(columnsSheetName, ({ cells }) => {
    const name = cells.find(({ column }) => column === 0)?.text.trim() ?? "";
    const type = columnTypeOf(cells.find(({ column }) => column === typeColumn)?.text ?? "");
    if (type !== undefined) types.set(name, type);
  });
  return types;
}
