import { parseMonth } from "../../clock.ts";
import { nameFault } from "../../consent/name-fault.ts";
import { nameKey } from "../../consent/name-key.ts";
import { isRealDay } from "../../consent/people.ts";
import { JsonNumber } from "../../protocol/json.ts";
import { credentialsFault, credentialsNoOf } from "./credentials.ts";
import { createRecordMaker, type FeedbackRecord, type FileLayout, type RecordFault } from "./record.ts";
import type { Column, ColumnRole } from "../templates/template.ts";

/** A record as it came: strings, JsonNumbers, and what should not be there. */
export type RawRecord = Readonly<Record<string, unknown>>;

export type RecordReader = (record: RawRecord, number: number) => FeedbackRecord | RecordFault[];

export interface RecordReaders {
  readonly raw: RecordReader;
  /**
   * The same of the values by column, as text without white space around. `same` has 1 where a value is that of the
   * record before, which had no fault: it is not judged again.
   */
  readonly texts: (texts: readonly string[], same: Uint8Array, number: number) => FeedbackRecord | RecordFault[];
}

/** What was judged before is remembered up to so many values of a kind; then the memory starts afresh. */
const rememberedLimit = 20_000;
/** Columns of one record that are named as unannounced; it may have thousands. */
const namedStrangers = 50;

/** Reads records by the layout; everything wrong with one is found in one pass. */
type ReportFault = (column: string, value: string, reason: string) => void;

export function createRecordReader(layout: FileLayout): RecordReader {
  return createRecordReaders(layout).raw;
}

export function createRecordReaders(layout: FileLayout): RecordReaders {
  const { columns, template } = layout;
  const names = columns.map(({ name }) => name);
  const known = new Set(names);
  const at = (role: ColumnRole): number => columns.findIndex((column) => column.role === role);
  const typeAt = at("credentials_type");
  const nameAt = at("name");
  const rules = new Map(Object.entries(template.credentials));
  const numbers = remembering((text) => {
    const [type = "", number = ""] = text.split("\0");
    const rule = rules.get(type);
    const normalised = credentialsNoOf(type, rule, number);
    return {
      normalised,
      fault: rule === undefined ? undefined : credentialsFault(rule, normalised, layout.testPeople),
    };
  });
  const personNames = remembering((text) => {
    const fault = nameFault(text);
    return { key: fault === undefined ? nameKey(text) : "", fault: fault?.zh };
  });
  const days = remembering((text) => dayFault(text));
  const months = remembering((text) => monthFault(layout, text));
  const make = createRecordMaker(layout, (type, text) => numbers(`${type}\0${text}`).normalised);
  const keyColumns = layout.primaryKey.map((name) => names.indexOf(name));
  const crossRules = template.crossRules.map((rule) => ({
    at: names.indexOf(rule.column),
    oneOf: rule.oneOf,
    required: rule.required.map((name) => ({ name, at: names.indexOf(name) })),
  }));

  const faultOf = (column: Column, text: string, texts: readonly string[]): string | undefined => {
    if (text === "") return column.required ? "不能为空" : undefined;
    const tooLong = text.length > column.maxLength ? `超过最大长度${column.maxLength}` : undefined;
    // What has a form is judged by it first: whoever sends a day for a month learns nothing from its length.
    if (column.codes !== undefined && !column.codes.some(({ code }) => code === text)) {
      return `取值应为${column.codes.map(({ code }) => code).join("、")}之一`;
    }
    switch (column.type) {
      case "text":
        if (tooLong !== undefined) return tooLong;
        if (unprintable.test(text)) return "含有控制字符或无效字符";
        return column.role === "name" ? personNames(text).fault : replaced.test(text) ? replacedReason : undefined;
      case "identity_type":
        return rules.has(text)
          ? undefined
          : `取值应为${[...rules.keys()].map((type) => (type === "0" ? "0（居民身份证）" : type)).join("、")}`;
      case "identity_number":
        return tooLong ?? numbers(`${texts[typeAt] ?? ""}\0${text}`).fault;
      case "amount":
        return amountPattern.test(text) ? tooLong : "应为不小于0、最多两位小数的金额（元）";
      case "count":
        return countPattern.test(text) ? tooLong : "应为不小于0的整数";
      case "month":
        return tooLong === undefined ? months(text) : (monthFault(layout, text) ?? tooLong);
      case "day":
        return tooLong === undefined ? days(text) : (dayFault(text) ?? tooLong);
    }
  };

  let faults: RecordFault[] = [];
  let reading = 0;
  const reportFault: ReportFault = (column, value, reason) => {
    faults.push({
      record: reading,
      column: printable(column),
      value: printable(maskedValue(columns, column, value)),
      reason,
    });
  };
  const begin = (number: number): void => {
    reading = number;
    if (faults.length > 0) faults = [];
  };

  /** What concerns several columns, or the record as a whole. */
  const finish = (texts: readonly string[]): FeedbackRecord | RecordFault[] => {
    for (const index of keyColumns) {
      if (texts[index] === "" && !(columns[index]?.required ?? false))
        reportFault(names[index] ?? "", "", "主键列不能为空");
    }
    for (const rule of crossRules) {
      if (!rule.oneOf.includes(texts[rule.at] ?? "")) continue;
      for (const needed of rule.required) {
        if ((texts[needed.at] ?? "") === "")
          reportFault(needed.name, "", crossReason(columns[rule.at]?.name ?? "", texts[rule.at] ?? ""));
      }
    }
    if (faults.length > 0) return faults;

    const stored = make(texts, personNames(texts[nameAt] ?? "").key);
    judgeWhole(layout, texts, stored, reportFault);
    return faults.length > 0 ? faults : stored;
  };

  return {
    raw(record, number) {
      begin(number);
      const texts: string[] = [];
      let present = 0;
      // The kind of credential decides how its number is judged, wherever the two stand.
      const type = typeAt === -1 ? undefined : record[names[typeAt] ?? ""];
      if (typeAt !== -1) texts[typeAt] = typeof type === "string" ? type.trim() : (textOf(type) ?? "");
      for (let index = 0; index < columns.length; index += 1) {
        const column = columns[index] as Column; // The index is one of the array's.
        const value = record[column.name];
        if (value !== undefined) present += 1;
        const text = textOf(value);
        texts[index] = text ?? unreadable;
        if (text === undefined) {
          reportFault(column.name, "", "应为文本或数字");
          continue;
        }
        const reason = faultOf(column, text, texts);
        if (reason !== undefined) reportFault(column.name, text, reason);
      }
      let keys = 0;
      for (const _ in record) keys += 1;
      if (keys > present) {
        const strangers = Object.keys(record).filter((name) => !known.has(name));
        for (const name of strangers.slice(0, namedStrangers)) reportFault(name, "", "不在columns参数中");
      }
      return finish(texts);
    },
    texts(texts, same, number) {
      begin(number);
      const isSameType = typeAt === -1 || same[typeAt] === 1;
      for (let index = 0; index < columns.length; index += 1) {
        const column = columns[index] as Column; // As above.
        if (same[index] === 1 && (isSameType || column.type !== "identity_number")) continue;
        const text = texts[index] ?? "";
        const reason = faultOf(column, text, texts);
        if (reason !== undefined) reportFault(column.name, text, reason);
      }
      return finish(texts);
    },
  };
}

function judgeWhole(layout: FileLayout, texts: readonly string[], stored: FeedbackRecord, fault: ReportFault): void {
  if (stored.overdueCnt === 0 && stored.overdueSince !== null) {
    fault(columnOf(layout, "overdue_since"), stored.overdueSince, "未逾期的记录不应有逾期日期");
  }
  if ((stored.overdueCnt ?? 0) > 0 && stored.overdueSince !== null && stored.overdueSince > layout.today) {
    fault(columnOf(layout, "overdue_since"), stored.overdueSince, "逾期日期晚于今天");
  }
  if (stored.reportedOn !== null && stored.reportedOn > layout.today) {
    fault(columnOf(layout, "reported_on"), stored.reportedOn, "日期晚于今天");
  }
  if (stored.stage === "performance" && stored.month === null) {
    fault(columnOf(layout, "month"), "", "履约记录须有月份");
  }
  if (layout.template.needsNotice && stored.adverse) {
    const at = layout.columns.findIndex(({ role }) => role === "notice_on");
    if ((texts[at] ?? "") === "") fault(columnOf(layout, "notice_on"), "", "不良信息须填写事先告知信息主体的日期");
    else if ((texts[at] ?? "").slice(0, 10) > layout.today)
      fault(columnOf(layout, "notice_on"), texts[at] ?? "", "告知日期晚于今天");
  }
}

function crossReason(column: string, value: string): string {
  return value === "" ? `${column}为空时不能为空` : `${column}为${value}时不能为空`;
}

function remembering<T>(judge: (text: string) => T): (text: string) => T {
  let known = new Map<string, T>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined || known.has(text)) return before as T; // The map has just T.
    const judged = judge(text);
    if (known.size >= rememberedLimit) known = new Map();
    known.set(text, judged);
    return judged;
  };
}

function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value.trim();
  if (value === undefined || value === null) return "";
  return value instanceof JsonNumber ? value.text : undefined;
}

/** Stands for a value that is neither text nor number, which is a fault already. */
const unreadable = "\0";

/** Control characters and halves of surrogate pairs: no name or number has them, and a database may not take them. */
const unprintable = /[\p{Cc}\p{Cs}]/u;
/** What a reader puts in the place of bytes that it cannot read: orders that differ there would become one. */
const replaced = /\ufffd/;
const replacedReason = "含有替代字符“�”，原字已丢失，请以UTF-8或GB18030重新生成";
const amountPattern = /^\d{1,13}(?:\.\d{1,2}0*)?$/;
const countPattern = /^\d+$/;
const dayPattern = /^(\d{4}-\d\d-\d\d)(?: (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)?$/;

function monthFault(layout: FileLayout, text: string): string | undefined {
  const month = parseMonth(text);
  if (month === undefined) return "应为yyyy-MM格式的月份，例如2026-03";
  return month > layout.newestMonth ? "月份晚于当前月份" : undefined;
}

function dayFault(text: string): string | undefined {
  const day = dayPattern.exec(text)?.[1];
  // PostgreSQL's type date has no year 0.
  return day !== undefined && !day.startsWith("0000") && isRealDay(day)
    ? undefined
    : "应为yyyy-MM-dd格式的真实日期，例如2026-03-08";
}

function columnOf(layout: FileLayout, role: ColumnRole): string {
  return layout.template.columns.find((column) => column.role === role)?.name ?? role;
}

/** What a merchant sent, quoted back: short, and fit for any file or terminal. */
function printable(text: string): string {
  return text.slice(0, quotedLimit).replaceAll(/[\p{Cc}\p{Cs}]/gu, "\ufffd");
}

const quotedLimit = 40;
const personalRoles: ReadonlySet<ColumnRole | undefined> = new Set(["name", "credentials_no"]);
/** A column without a role may still tell who somebody is. */
const personalNames = /phone|mobile|tel|address|mail|手机|电话|地址/i;

/** Enough of a value to find it in one's own file; of a personal one only its ends. */
function maskedValue(columns: readonly Column[], columnName: string, value: string): string {
  const role = columns.find(({ name }) => name === columnName)?.role;
  if (!personalRoles.has(role) && !personalNames.test(columnName)) return value;
  const characters = [...value];
  if (characters.length <= 1) return "*".repeat(characters.length);
  const keep = role === "name" ? 1 : Math.min(3, Math.floor(characters.length / 4));
  const tail = role === "name" ? "" : characters.slice(characters.length - Math.min(2, keep)).join("");
  return `${characters.slice(0, keep).join("")}${"*".repeat(characters.length - keep - tail.length)}${tail}`;
}
