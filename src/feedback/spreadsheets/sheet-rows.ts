import type { Cell } from "./cell-value.ts";
import { readXml } from "./xml.ts";
import { unescaped, XstringReader } from "./xstring.ts";

/** What the cells of a sheet refer to. */
export interface SheetContext {
  readonly from1904: boolean;
  /** The number formats by the number of the style. */
  readonly formats: readonly string[];
  /** The shared texts by their number. */
  readonly texts: readonly string[];
}

export interface Row {
  /** Counted from 1, as spreadsheets do. */
  readonly number: number;
  readonly cells: readonly Cell[];
}

const columnsLimit = 16_384;
const rowsLimit = 1_048_576;

/** Reads the rows of a sheet (ISO/IEC 29500-1, 18.3.1). Rows and cells that do not say where they are follow the one before. */
export function readRows(xml: string, context: SheetContext, onRow: (row: Row) => void): void {
  const inline = new XstringReader();
  let rowNumber = 0;
  let column = -1;
  let cells: Cell[] = [];
  let attributes: ReadonlyMap<string, string> = new Map();
  let value: string | undefined;
  let inlineText: string | undefined;
  let isValue = false;
  let isInline = false;
  let hasFormula = false;
  readXml(xml, {
    open(name, attributesOf) {
      switch (name) {
        case "row":
          rowNumber = Number(attributesOf().get("r") ?? rowNumber + 1);
          if (!(rowNumber >= 1 && rowNumber <= rowsLimit))
            throw new RangeError(`it has no more than ${rowsLimit} rows`);
          column = -1;
          cells = [];
          break;
        case "c":
          attributes = attributesOf();
          column = columnOf(attributes.get("r")) ?? column + 1;
          if (column >= columnsLimit) throw new RangeError(`row ${rowNumber} has more than ${columnsLimit} columns`);
          value = inlineText = undefined;
          hasFormula = false;
          break;
        case "f":
          hasFormula = true;
          break;
        case "v":
          isValue = true;
          value = "";
          break;
        case "is":
          isInline = true;
          inline.begin();
          break;
        default:
          if (isInline) inline.open(name);
      }
    },
    text(text) {
      if (isValue) value = `${value ?? ""}${text}`;
      else if (isInline) inline.text(text);
    },
    close(name) {
      switch (name) {
        case "row":
          onRow({ number: rowNumber, cells });
          break;
        case "c": {
          const content = contentOf(attributes.get("t") ?? "n", { value, inlineText, hasFormula }, context.texts);
          if (content === undefined) break;
          const format = context.formats[Number(attributes.get("s") ?? "0")] ?? "General";
          cells.push({
            ...content,
            address: `${columnName(column)}${rowNumber}`,
            column,
            format,
            from1904: context.from1904,
          });
          break;
        }
        case "v":
          isValue = false;
          break;
        case "is":
          isInline = false;
          inlineText = inline.end();
          break;
        default:
          if (isInline) inline.close(name);
      }
    },
  });
}

interface CellParts {
  readonly value: string | undefined;
  readonly inlineText: string | undefined;
  readonly hasFormula: boolean;
}

/** Undefined for an empty cell, which may have a format all the same. */
function contentOf(
  type: string,
  { value, inlineText, hasFormula }: CellParts,
  texts: readonly string[],
): Pick<Cell, "kind" | "text"> | undefined {
  if (inlineText !== undefined) return { kind: "text", text: inlineText };
  if (value === undefined) return hasFormula ? { kind: "formula without a value", text: "" } : undefined;
  switch (type) {
    case "s": {
      const text = texts[Number(value)];
      if (text === undefined) throw new RangeError(`it has no shared text ${value}`);
      return { kind: "text", text };
    }
    case "str":
    case "inlineStr":
      return { kind: "text", text: unescaped(value) };
    case "b":
      return { kind: "boolean", text: value === "1" || value === "true" ? "true" : "false" };
    case "e":
      return { kind: "error", text: value };
    case "d":
      return { kind: "date", text: value };
    default:
      return value.trim() === "" ? undefined : { kind: "number", text: value.trim() };
  }
}

/** Of an address such as AB12, counted from 0. */
function columnOf(address: string | undefined): number | undefined {
  const letters = /^[A-Z]{1,3}/i.exec(address ?? "")?.[0].toUpperCase();
  if (letters === undefined) return undefined;
  return [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}

export function columnName(column: number): string {
  const last = String.fromCharCode(65 + (column % 26));
  return column < 26 ? last : `${columnName(Math.floor(column / 26) - 1)}${last}`;
}
