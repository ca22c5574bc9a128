import { type MonthIndex, parseMonth } from "../clock.ts";
import { identityCard, identityNumberFault, isRealDay, normaliseCredentialsNo, normaliseName } from "../consent/people.ts";
import { type JsonObject, JsonNumber, type JsonValue } from "../protocol/json.ts";
import type { Column, ColumnRole, Template } from "./template.ts";

/** One record as it will be stored. Amounts in fen; absent values are null. */
export interface FeedbackRecord {
  readonly credentialsType: string;
  readonly credentialsNo: string;
  readonly name: string;
  readonly orderNo: string;
  readonly bizType: string;
  readonly orderStatus: string;
  readonly stage: "application" | "performance";
  readonly settled: boolean;
  readonly month: MonthIndex | null;
  readonly createAmtFen: number | null;
  readonly overdueCnt: number | null;
  readonly overdueSince: string | null;
  readonly overdueAmtFen: number | null;
  readonly payAmtFen: number | null;
  readonly creditLimitFen: number | null;
  /** Columns of the template that have no role, as they came. */
  readonly extra: Readonly<Record<string, string>> | null;
  /** The values of the primary key columns, in their order. */
  readonly key: readonly string[];
}

/** One thing wrong with one record. `value` is masked where it is personal. */
export interface RecordFault {
  /** From 1, as people count. */
  readonly record: number;
  readonly column: string;
  readonly value: string;
  readonly reason: string;
}

export interface FileLayout {
  readonly template: Template;
  readonly columns: readonly Column[];
  readonly primaryKey: readonly string[];
  /** No month may lie after this one. */
  readonly newestMonth: MonthIndex;
}

/** Reads one record by the layout; everything wrong with it is found in one pass. */
export function readRecord(layout: FileLayout, record: JsonObject, number: number): FeedbackRecord | RecordFault[] {
  const faults: RecordFault[] = [];
  const fault = (column: string, value: string, reason: string): void => {
    faults.push({ record: number, column: printable(column), value: printable(mask(layout, column, value)), reason });
  };

  const texts = new Map<string, string>();
  for (const column of layout.columns) {
    const text = textOf(record.get(column.name));
    if (text === undefined) {
      fault(column.name, "", "应为文本或数字");
      continue;
    }
    const reason = faultOf(layout, column, text);
    if (reason === undefined) texts.set(column.name, text);
    else fault(column.name, text, reason);
  }
  const strangers = [...record.keys()].filter((name) => !layout.columns.some((column) => column.name === name));
  for (const name of strangers.slice(0, strangersNamed)) fault(name, "", "不在columns参数中");
  for (const name of layout.primaryKey) {
    if (texts.get(name) === "") fault(name, "", "主键列不能为空");
  }
  if (faults.length > 0) return faults;

  const stored = recordOf(layout, texts);
  if (stored.overdueCnt === 0 && stored.overdueSince !== null) {
    fault(columnOf(layout, "overdue_since"), stored.overdueSince, "未逾期的记录不应有逾期日期");
  }
  if (stored.stage === "performance" && stored.month === null) {
    fault(columnOf(layout, "month"), "", "履约记录须有月份");
  }
  return faults.length > 0 ? faults : stored;
}

function textOf(value: JsonValue | undefined): string | undefined {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value.trim();
  return value instanceof JsonNumber ? value.text : undefined;
}

/** Control characters and halves of surrogate pairs: no name or number has them, and a database may not take them. */
const unprintable = /[\p{Cc}\p{Cs}]/u;
const amountPattern = /^\d{1,13}(?:\.\d{1,2}0*)?$/;
const dayPattern = /^(\d{4}-\d\d-\d\d)(?: (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)?$/;

function faultOf(layout: FileLayout, column: Column, text: string): string | undefined {
  if (text === "") return column.required ? "不能为空" : undefined;
  if (text.length > column.maxLength) return `超过最大长度${column.maxLength}`;
  switch (column.type) {
    case "text":
      return unprintable.test(text) ? "含有控制字符或无效字符" : undefined;
    case "identity_type":
      return text === identityCard ? undefined : `取值应为${identityCard}（居民身份证）`;
    case "identity_number":
      return identityReason(text);
    case "amount":
      return amountPattern.test(text) ? undefined : "应为不小于0、最多两位小数的金额（元）";
    case "count":
      return /^\d+$/.test(text) ? undefined : "应为不小于0的整数";
    case "month": {
      const month = parseMonth(text);
      if (month === undefined) return "应为yyyy-MM格式的月份";
      return month > layout.newestMonth ? "月份晚于当前月份" : undefined;
    }
    case "day": {
      const day = dayPattern.exec(text)?.[1];
      return day !== undefined && isRealDay(day) ? undefined : "应为yyyy-MM-dd格式的真实日期";
    }
  }
}

function identityReason(text: string): string | undefined {
  switch (identityNumberFault(normaliseCredentialsNo(text))) {
    case "form":
      return "应为18位居民身份证号码";
    case "date":
      return "证件号码中的出生日期不存在";
    case "check":
      return "证件号码校验位不正确";
    case undefined:
      return undefined;
  }
}

function recordOf(layout: FileLayout, texts: ReadonlyMap<string, string>): FeedbackRecord {
  const { template } = layout;
  const textOfRole = (role: ColumnRole): string => {
    const column = layout.columns.find((each) => each.role === role);
    return column === undefined ? "" : (texts.get(column.name) ?? "");
  };
  const orderStatus = textOfRole("order_status");
  const status = orderStatus.toUpperCase();
  const month = textOfRole("month");
  const overdueCnt = textOfRole("overdue_cnt");
  const overdueDays = textOfRole("overdue_days");
  const extra = layout.columns.filter(({ name, role }) => role === undefined && texts.get(name) !== "");
  return {
    credentialsType: textOfRole("credentials_type"),
    credentialsNo: normaliseCredentialsNo(textOfRole("credentials_no")),
    name: normaliseName(textOfRole("name")),
    orderNo: textOfRole("order_no"),
    bizType: textOfRole("biz_type"),
    orderStatus,
    stage: template.applicationStatuses.includes(status) ? "application" : "performance",
    settled: template.settledStatuses.includes(status),
    month: month === "" ? null : (parseMonth(month) ?? null),
    createAmtFen: fenOf(textOfRole("create_amt")),
    overdueCnt: overdueCnt !== "" ? Number(overdueCnt) : overdueDays !== "" ? Math.ceil(Number(overdueDays) / 30) : null,
    overdueSince: textOfRole("overdue_since").slice(0, 10) || null,
    overdueAmtFen: fenOf(textOfRole("overdue_amt")),
    payAmtFen: fenOf(textOfRole("pay_amt")),
    creditLimitFen: fenOf(textOfRole("credit_limit")),
    extra: extra.length === 0 ? null : Object.fromEntries(extra.map(({ name }) => [name, texts.get(name) ?? ""])),
    key: layout.primaryKey.map((name) => keyText(layout, name, texts.get(name) ?? "")),
  };
}

/** A key compares equal however its credential was written. */
function keyText(layout: FileLayout, name: string, text: string): string {
  const column = layout.columns.find((each) => each.name === name);
  return column?.role === "credentials_no" ? normaliseCredentialsNo(text) : text;
}

/** Yuan with at most two decimals, as whole fen: digits are moved, never multiplied. */
function fenOf(yuan: string): number | null {
  if (yuan === "") return null;
  const [whole = "0", decimals = ""] = yuan.split(".");
  return Number(whole + decimals.slice(0, 2).padEnd(2, "0"));
}

function columnOf(layout: FileLayout, role: ColumnRole): string {
  return layout.template.columns.find((column) => column.role === role)?.name ?? role;
}

/** What a merchant sent, quoted back: short, and fit for any file or terminal. */
function printable(text: string): string {
  return text.slice(0, quotedLimit).replaceAll(/[\p{Cc}\p{Cs}]/gu, "\ufffd");
}

const quotedLimit = 40;
/** Columns that were not announced are all wrong for one reason; the first few tell it. */
const strangersNamed = 10;
const personalRoles: ReadonlySet<ColumnRole | undefined> = new Set(["name", "credentials_no"]);

/** Enough of a value to find it in one's own file; of a personal one only its ends. */
function mask(layout: FileLayout, columnName: string, value: string): string {
  const role = layout.columns.find(({ name }) => name === columnName)?.role;
  if (!personalRoles.has(role)) return value;
  const characters = [...value];
  if (characters.length <= 1) return "*".repeat(characters.length);
  const keep = role === "name" ? 1 : Math.min(3, Math.floor(characters.length / 4));
  const tail = role === "name" ? "" : characters.slice(characters.length - Math.min(2, keep)).join("");
  return `${characters.slice(0, keep).join("")}${"*".repeat(characters.length - keep - tail.length)}${tail}`;
}
