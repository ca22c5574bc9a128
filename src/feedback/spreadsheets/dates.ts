import { isRealDay } from "../../consent/people.ts";
import { parseMonth } from "../../clock.ts";

/** A day, and the time of it where that is not midnight. */
export interface DayAndTime {
  /** yyyy-MM-dd */
  readonly day: string;
  /** HH:mm:ss, or empty. */
  readonly time: string;
}

const dayMs = 86_400_000;
const daySeconds = 86_400;
/** 9999-12-31 counted from 1900. */
const lastSerial = 2_958_465;
/** Before it the count from 1900 has a day that there never was, 1900-02-29. */
const firstSerial = 61;

/** The day of a serial number, whose whole part counts days from 1900 or from 1904. Undefined where it stands for none. */
export function dayOfSerial(serial: number, { from1904 }: { readonly from1904: boolean }): DayAndTime | undefined {
  const seconds = Math.round(serial * daySeconds);
  const days = Math.floor(seconds / daySeconds);
  if (!(days >= (from1904 ? 0 : firstSerial) && days <= lastSerial)) return undefined;
  const origin = from1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, 30);
  const text = new Date(origin + days * dayMs + (seconds % daySeconds) * 1_000).toISOString();
  const time = text.slice(11, 19);
  return { day: text.slice(0, 10), time: time === "00:00:00" ? "" : time };
}

const monthNames = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const longMonthNames = [
  "january",
  "february",
  "march",
  "april",
  "may",
  "june",
  "july",
  "august",
  "september",
  "october",
  "november",
  "december",
];

/** Years of two digits stand only where a month's name or 年 says which part is the year. */
const monthForms: readonly RegExp[] = [
  /^(?<year>\d{4})[-/](?<month>\d{1,2})$/,
  // 2026.1 may be what is left of 2026.10.
  /^(?<year>\d{4})\.(?<month>\d\d)$/,
  /^(?<year>\d{4})(?<month>\d\d)$/,
  /^(?<year>\d{4}|\d\d) ?年 ?(?<month>\d{1,2}) ?月份?$/,
  /^(?<month>\d{1,2})[-/](?<year>\d{4})$/,
  /^(?<month>[a-z]{3,9})\.?[-/ ,]{1,2}'?(?<year>\d{4}|\d\d)$/,
  /^(?<year>\d{4})[-/ ](?<month>[a-z]{3,9})$/,
];

/** What order day and month have in 3/4/26 nobody can tell, so the year or the month's name leads. */
const dayForms: readonly RegExp[] = [
  /^(?<year>\d{4})[-/](?<month>\d{1,2})[-/](?<day>\d{1,2})$/,
  /^(?<year>\d{4})\.(?<month>\d{1,2})\.(?<day>\d{1,2})$/,
  /^(?<year>\d{4})(?<month>\d\d)(?<day>\d\d)$/,
  /^(?<year>\d{4}) ?年 ?(?<month>\d{1,2}) ?月 ?(?<day>\d{1,2}) ?[日号]$/,
  /^(?<day>\d{1,2})[- ](?<month>[a-z]{3,9})[- ](?<year>\d{4})$/,
  /^(?<month>[a-z]{3,9}) (?<day>\d{1,2}), ?(?<year>\d{4})$/,
];

const timeForm = /[t ](?<hour>\d{1,2}):(?<minute>\d\d)(?::(?<second>\d\d)(?:\.0+)?)?z?$/;

/** The month that a text means, as yyyy-MM: of a day, the month in which it lies. Undefined where it could mean another. */
export function monthOfText(text: string): string | undefined {
  const plain = plainText(text);
  for (const form of monthForms) {
    const parts = form.exec(plain)?.groups;
    if (parts === undefined) continue;
    const month = `${fullYear(parts["year"] ?? "")}-${monthNumber(parts["month"] ?? "")}`;
    return parseMonth(month) === undefined || !isUsualYear(month) ? undefined : month;
  }
  return dayOfText(text)?.day.slice(0, 7);
}

/** The day that a text means, with its time. Undefined where it could mean another. */
export function dayOfText(text: string): DayAndTime | undefined {
  const plain = plainText(text);
  const clock = timeForm.exec(plain);
  const time = clock === null ? "" : timeOf(clock.groups ?? {});
  if (time === undefined) return undefined;
  const date = clock === null ? plain : plain.slice(0, clock.index);
  for (const form of dayForms) {
    const parts = form.exec(date)?.groups;
    if (parts === undefined) continue;
    const day = `${parts["year"] ?? ""}-${monthNumber(parts["month"] ?? "")}-${(parts["day"] ?? "").padStart(2, "0")}`;
    return isUsualYear(day) && isRealDay(day) ? { day, time } : undefined;
  }
  return undefined;
}

/** In lower case, with digits and signs in their usual width, without the apostrophe that makes a cell text. */
function plainText(text: string): string {
  return text
    .normalize("NFKC")
    .trim()
    .replace(/^'/, "")
    .replaceAll(/[\u2010-\u2015\u2212]/g, "-")
    .toLowerCase();
}

/** HH:mm:ss, empty at midnight; undefined where there is no such time. */
function timeOf({ hour = "", minute = "", second = "00" }: Record<string, string | undefined>): string | undefined {
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const time = `${hour.padStart(2, "0")}:${minute}:${second}`;
  return time === "00:00:00" ? "" : time;
}

function monthNumber(text: string): string {
  if (/^\d/.test(text)) return text.padStart(2, "0");
  const at = text === "sept" ? 8 : Math.max(monthNames.indexOf(text), longMonthNames.indexOf(text));
  return String(at + 1).padStart(2, "0");
}

function fullYear(text: string): string {
  return text.length === 2 ? `20${text}` : text;
}

/** Six or eight digits are a date only where they begin like a year of our time. */
function isUsualYear(text: string): boolean {
  return /^(?:19|20)/.test(text);
}
