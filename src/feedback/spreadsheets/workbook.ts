import { builtInFormat } from "./number-format.ts";
import { readRows, type Row, type SheetContext } from "./sheet-rows.ts";
import { XstringReader } from "./xstring.ts";
import { type Relationship, WorkbookParts } from "./workbook-parts.ts";
import { readXml } from "./xml.ts";

/** A workbook (.xlsx) whose cells are read with what an Excel shows of them: kind, digits and number format. */
export interface Workbook {
  readonly sheetNames: readonly string[];
  /** The rows of a sheet from the top, each with the cells that are there. Throws for a name that is none of the sheets. */
  rowsOf(sheetName: string, onRow: (row: Row) => void): void;
}

/** Opens an .xlsx. Throws an Error that says what is wrong with a file that is none. */
export function openWorkbook(content: Buffer): Workbook {
  const parts = new WorkbookParts(content);
  const path = parts.relationshipsOf("").find(({ type }) => type === "officeDocument")?.path ?? "xl/workbook.xml";
  const xml = parts.read(path);
  if (xml === undefined) throw new RangeError("it is a zip file without a workbook");
  const { sheets, from1904 } = sheetsOf(xml);
  const relationships = parts.relationshipsOf(path);
  const partOf = (type: string): string =>
    parts.read(relationships.find((relationship) => relationship.type === type)?.path ?? "") ?? "<none/>";
  let context: SheetContext | undefined;
  return {
    sheetNames: [...sheets.keys()],
    rowsOf(sheetName, onRow) {
      const sheetPath = pathOfSheet(relationships, sheets.get(sheetName));
      const sheet = sheetPath === undefined ? undefined : parts.read(sheetPath);
      if (sheet === undefined) throw new RangeError(`it has no sheet ${sheetName}`);
      context ??= { from1904, formats: formatsOf(partOf("styles")), texts: sharedTextsOf(partOf("sharedStrings")) };
      readRows(sheet, context, onRow);
    },
  };
}

function pathOfSheet(relationships: readonly Relationship[], id: string | undefined): string | undefined {
  return relationships.find((relationship) => relationship.id === id && relationship.type === "worksheet")?.path;
}

/** The sheets in their order, each with the id of its relationship. */
function sheetsOf(xml: string): { sheets: Map<string, string>; from1904: boolean } {
  const sheets = new Map<string, string>();
  let from1904 = false;
  readXml(xml, {
    open(name, attributesOf) {
      if (name === "workbookPr") from1904 = /^(?:1|true)$/.test(attributesOf().get("date1904") ?? "");
      if (name !== "sheet") return;
      const attributes = attributesOf();
      sheets.set(attributes.get("name") ?? "", attributes.get("id") ?? "");
    },
  });
  return { sheets, from1904 };
}

/** The number format of each style that a cell may name. */
function formatsOf(xml: string): string[] {
  const named = new Map<number, string>();
  const formats: string[] = [];
  let isCellStyle = false;
  readXml(xml, {
    open(name, attributesOf) {
      if (name === "cellXfs") isCellStyle = true;
      else if (name === "numFmt")
        named.set(Number(attributesOf().get("numFmtId")), attributesOf().get("formatCode") ?? "");
      else if (name === "xf" && isCellStyle) {
        const id = Number(attributesOf().get("numFmtId") ?? "0");
        formats.push(named.get(id) ?? builtInFormat(id));
      }
    },
    close(name) {
      if (name === "cellXfs") isCellStyle = false;
    },
  });
  return formats;
}

function sharedTextsOf(xml: string): string[] {
  const texts: string[] = [];
  const reader = new XstringReader();
  readXml(xml, {
    open(name) {
      if (name === "si") reader.begin();
      else reader.open(name);
    },
    text: (text) => reader.text(text),
    close(name) {
      if (name === "si") texts.push(reader.end());
      else reader.close(name);
    },
  });
  return texts;
}
