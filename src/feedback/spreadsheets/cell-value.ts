import type { ColumnType } from "../templates/template.ts";
import { type DayAndTime, dayOfSerial, dayOfText, monthOfText } from "./dates.ts";
import { dateShownBy, type ShownDate } from "./number-format.ts";

/** A cell as the workbook has it. */
export interface Cell {
  /** As spreadsheets write it: B7. */
  readonly address: string;
  /** Counted from 0. */
  readonly column: number;
  readonly kind: "text" | "number" | "date" | "boolean" | "error" | "formula without a value";
  /** Of a number its digits as the file has them, of a date in ISO 8601, of an error its name. */
  readonly text: string;
  /** The number format, such as yyyy-mm; General when there is none. */
  readonly format: string;
  readonly from1904: boolean;
}

/** What a cell holds in the form of its column, or why that cannot be told. */
export type CellValue = { readonly text: string } | { readonly fault: string };

const wantedForms = {
  month: "should be a month, yyyy-MM, for example 2026-03",
  day: "should be a date, yyyy-MM-dd, for example 2026-03-01",
} as const;

/** Beyond it a number of floating point, which is what a spreadsheet has, no longer has each digit. */
const numberLimit = 1e15;
const keptDigits = 15;
/** 2000-01-01 to 2099-12-31 counted from 1900: what a whole number in a column of dates can only stand for. */
const usualSerials = { first: 36_526, last: 73_050 };
const errorNames = /^#(?:N\/A|REF!|VALUE!|NAME\?|DIV\/0!|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA)$/;
/** How a spreadsheet shows a long number, and saves it as CSV: most of its digits are gone. */
const shortenedNumber = /^\d(?:\.\d+)?E\+\d+$/i;

/** The value of a cell in a column of a type; undefined stands for a column that no template names. */
export function valueOfCell(cell: Cell, type: ColumnType | undefined): CellValue {
  switch (cell.kind) {
    case "error":
      return { fault: `holds the error ${cell.text}: mend the formula or empty the cell` };
    case "formula without a value":
      return { fault: "holds a formula without its value: open the workbook in a spreadsheet program and save it" };
    case "boolean":
      return { text: cell.text };
    case "text":
      return valueOfText(cell.text, type);
    case "date":
      return valueOfDate(dayOfText(cell.text), { year: true, month: true, day: true }, type);
    case "number":
      return valueOfNumber(cell, type);
  }
}

/** The value of a cell that is text, as each cell of a CSV file is. */
export function valueOfText(text: string, type: ColumnType | undefined): CellValue {
  const trimmed = text.trim();
  if (trimmed === "") return { text };
  if (errorNames.test(trimmed)) return { fault: `holds the error ${trimmed}: mend it or empty the cell` };
  if (type === "month") {
    const month = monthOfText(text);
    return month === undefined ? formFault("month", text) : { text: month };
  }
  if (type === "day") {
    const day = dayOfText(text);
    return day === undefined ? formFault("day", text) : { text: dayText(day) };
  }
  if (shortenedNumber.test(trimmed)) return { fault: lostDigits };
  return { text };
}

const lostDigits =
  "holds a number of more than 15 digits, of which a spreadsheet keeps 15: type it anew in a cell of the format Text";

function valueOfNumber(cell: Cell, type: ColumnType | undefined): CellValue {
  const value = Number(cell.text);
  if (cell.text.trim() === "" || !Number.isFinite(value)) return { fault: "holds no number that can be read" };
  const shown = dateShownBy(cell.format);
  if (shown !== undefined) return valueOfDate(dayOfSerial(value, cell), shown, type);
  if (type === "month" || type === "day") {
    const digits = plainNumber(cell.text);
    if (/^\d{5}$/.test(digits) && value >= usualSerials.first && value <= usualSerials.last)
      return valueOfDate(dayOfSerial(value, cell), { year: true, month: true, day: true }, type);
    // What is left of 2026.10 is 2026.1, so a number with a point is no month.
    return /^(?:\d{6}|\d{8})$/.test(digits) ? valueOfText(digits, type) : formFault(type, digits);
  }
  if (Math.abs(value) >= numberLimit) return { fault: lostDigits };
  const digits = plainNumber(cell.text);
  // A format of zeros alone shows zeros in front, as codes and order numbers have them.
  return { text: /^0+$/.test(cell.format) && /^\d+$/.test(digits) ? digits.padStart(cell.format.length, "0") : digits };
}

function valueOfDate(date: DayAndTime | undefined, shown: ShownDate, type: ColumnType | undefined): CellValue {
  const isTime = !shown.year && !shown.month && !shown.day;
  if (type !== "month" && type !== "day" && type !== undefined)
    return {
      fault: `holds a ${isTime ? "time" : "date"}, which a spreadsheet makes of what looks like one: type it anew in a cell of the format Text`,
    };
  const form = type ?? (shown.year && shown.month && !shown.day ? "month" : "day");
  if (isTime) return { fault: `holds a time; it ${wantedForms[form]}` };
  if (!shown.year)
    return { fault: `holds a date shown without its year, which the spreadsheet chose; it ${wantedForms[form]}` };
  if (date === undefined) return { fault: `holds a number that is no date; it ${wantedForms[form]}` };
  return { text: form === "month" ? date.day.slice(0, 7) : dayText(date) };
}

function dayText({ day, time }: DayAndTime): string {
  return time === "" ? day : `${day} ${time}`;
}

/** Repeats what was found only where it looks like a date: a cell of the wrong column may hold a name or an identity number. */
function formFault(form: keyof typeof wantedForms, found: string): CellValue {
  const looksLikeDate = /^[\d/.\-年月日 ]{1,12}$/.test(found);
  return { fault: `${wantedForms[form]}${looksLikeDate ? `, not ${found}` : ""}` };
}

/**
 * A number without an exponent. The file may have 17 digits of it, 19.989999999999998 for 19.99: spreadsheets write the binary
 * number out, and show 15.
 */
function plainNumber(text: string): string {
  if (/^-?\d+(?:\.\d+)?$/.test(text) && text.replaceAll(/\D/g, "").length <= keptDigits) return text;
  const rounded = Number(Number(text).toPrecision(keptDigits));
  const written = String(rounded);
  return written.includes("e")
    ? rounded
        .toFixed(20)
        .replace(/(?<!0)0+$/, "")
        .replace(/\.$/, "")
    : written;
}
