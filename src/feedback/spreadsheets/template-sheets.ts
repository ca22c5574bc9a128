import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import type { Column } from "../templates/template.ts";
import { columnName } from "./sheet-rows.ts";

/** The sheet, not shown, whose columns hold the codes that the lists of the data sheet offer. */
export const codesSheet = "codes";

/** A column of a template with its type in words and a value that it would take; its codes are all that it takes. */
export interface FillableColumn extends Column {
  readonly typeWords: string;
  readonly example: string;
}

/** What Excel shows of a hint at most (ISO/IEC 29500-1, 18.3.1.32). */
const hintTitleLength = 32;
const hintLength = 255;
const lastRow = 1_048_576;
/** The number of the built-in format Text. */
const textFormat = 49;

/**
 * Makes the data sheet of a workbook that write-excel-file has written easy to fill in and hard to spoil: each column is in the
 * format Text down to the last row, so that no spreadsheet makes a date or a rounded number of what is typed; a coded column
 * offers its codes and takes no others; each column says what it wants when one of its cells is entered. That library writes
 * no formats of whole columns and no validation, so the XML is completed afterwards.
 */
export function withFillableColumns(
  book: Uint8Array,
  { dataPath, columns }: { readonly dataPath: string; readonly columns: readonly FillableColumn[] },
): Buffer {
  const parts = unzipSync(book);
  const edit = (path: string, change: (xml: string) => string): void => {
    const part = parts[path];
    if (part === undefined) throw new Error(`the workbook has no part ${path}`);
    parts[path] = strToU8(change(strFromU8(part)));
  };
  let textStyle = 0;
  edit("xl/styles.xml", (xml) => {
    const [before = "", rest = ""] = xml.split(/<cellXfs[^>]*>/);
    const [styles = "", after = ""] = rest.split("</cellXfs>");
    textStyle = styles.split("<xf").length - 1;
    const style = `<xf numFmtId="${textFormat}" applyNumberFormat="1"/>`;
    return `${before}<cellXfs count="${textStyle + 1}">${styles}${style}</cellXfs>${after}`;
  });
  edit("xl/workbook.xml", (xml) => xml.replace(`name="${codesSheet}"`, `name="${codesSheet}" state="hidden"`));
  edit(dataPath, (xml) =>
    xml
      .replaceAll('customWidth="1"/>', `customWidth="1" style="${textStyle}"/>`)
      .replace("</sheetData>", `</sheetData>${validations(columns)}`),
  );
  return Buffer.from(zipSync(parts));
}

/** The codes of the coded columns, as rows for the sheet that holds them. */
export function codeRows(columns: readonly FillableColumn[]): string[][] {
  const coded = columns.flatMap(({ codes }) => (codes === undefined ? [] : [codes]));
  const longest = Math.max(0, ...coded.map((codes) => codes.length));
  return Array.from({ length: longest }, (_, row) => coded.map((codes) => codes[row]?.code ?? ""));
}

function validations(columns: readonly FillableColumn[]): string {
  let codeColumn = 0;
  const each = columns.map((column, at) => {
    const cells = `${columnName(at)}2:${columnName(at)}${lastRow}`;
    const hint = `showInputMessage="1" promptTitle="${escaped(column.name.slice(0, hintTitleLength))}" prompt="${escaped(hintOf(column))}"`;
    if (column.codes === undefined) return `<dataValidation allowBlank="1" ${hint} sqref="${cells}"/>`;
    const letter = columnName(codeColumn);
    codeColumn += 1;
    const error = `showErrorMessage="1" errorTitle="${escaped(column.name.slice(0, hintTitleLength))}" error="请从列表中选择 Choose from the list"`;
    return `<dataValidation type="list" allowBlank="1" ${error} ${hint} sqref="${cells}"><formula1>${codesSheet}!$${letter}$1:$${letter}$${column.codes.length}</formula1></dataValidation>`;
  });
  return `<dataValidations count="${each.length}">${each.join("")}</dataValidations>`;
}

function hintOf({ doc, typeWords, required, codes, example }: FillableColumn): string {
  const lines = [
    `${doc.zh} ${doc.en}`,
    ...(codes === undefined ? [typeWords] : codes.map((code) => `${code.code} ${code.doc.zh}`)),
    `${required ? "必填 required" : "可空 optional"}${example === "" ? "" : `，例如 e.g. ${example}`}`,
  ];
  const hint = lines.join("\n");
  return hint.length <= hintLength ? hint : `${hint.slice(0, hintLength - 1)}…`;
}

/** For an attribute, in which a line's end has to be written as a reference. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;").replaceAll("\n", "&#10;");
}
