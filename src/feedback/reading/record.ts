import { type MonthIndex, monthIndexOf } from "../../clock.ts";
import type { Column, ColumnRole, Template } from "../templates/template.ts";

/** What a record asks for instead of being stored as usual. */
export type Rectification = "delete_history" | "delete" | "modify";

/** One record as it will be stored. Amounts in fen; absent values are null. */
export interface FeedbackRecord {
  readonly credentialsType: string;
  readonly credentialsNo: string;
  /** As it was written; which name it is says the key. */
  readonly name: string;
  readonly nameKey: string;
  readonly orderNo: string;
  readonly bizType: string;
  readonly orderStatus: string;
  readonly stage: "application" | "performance";
  readonly settled: boolean;
  readonly month: MonthIndex | null;
  readonly reportedOn: string | null;
  readonly createAmtFen: number | null;
  readonly overdueCnt: number | null;
  readonly overdueSince: string | null;
  readonly overdueAmtFen: number | null;
  readonly payAmtFen: number | null;
  readonly creditLimitFen: number | null;
  /** It tells against the person, so the law limits how long it may be kept. */
  readonly adverse: boolean;
  readonly endedOn: string | null;
  readonly rectify: Rectification | null;
  /** Refused when the order was settled before (1), was abandoned before (2), or either (3). */
  readonly mayNotFollow: 0 | 1 | 2 | 3;
  /** Columns of the template that have no role, as they came. */
  readonly extra: Readonly<Record<string, string>> | null;
  /** The values of the primary key columns, in their order. */
  readonly key: readonly string[];
}

/** One thing wrong with one record. `value` is masked where it is personal. */
export interface RecordFault {
  /** The first record of a file is number 1. */
  readonly record: number;
  readonly column: string;
  readonly value: string;
  readonly reason: string;
}

export interface FileLayout {
  readonly template: Template;
  readonly columns: readonly Column[];
  readonly primaryKey: readonly string[];
  /** The current month in Beijing: a record's month may not lie after it. */
  readonly newestMonth: MonthIndex;
  /** Today in Beijing, as yyyy-MM-dd: nothing can have happened on a later day. */
  readonly today: string;
  /** Whether people of region 99, who do not exist, may be fed back. */
  readonly testPeople: boolean;
}

/** The values of a valid record, by the layout's columns; "" is absent. */
export type Texts = readonly string[];

/** Puts a record's values, known to be valid, into the form they are stored in. */
export function createRecordMaker(
  layout: FileLayout,
  credentialsNo: (type: string, text: string) => string,
): (texts: Texts, nameKey: string) => FeedbackRecord {
  const { template, columns } = layout;
  const at = (role: ColumnRole): number => columns.findIndex((column) => column.role === role);
  const credentialsTypeAt = at("credentials_type");
  const credentialsNoAt = at("credentials_no");
  const nameAt = at("name");
  const orderNoAt = at("order_no");
  const bizTypeAt = at("biz_type");
  const statusAt = at("order_status");
  const createAt = at("create_amt");
  const monthAt = at("month");
  const reportedAt = at("reported_on");
  const countAt = at("overdue_cnt");
  const daysAt = at("overdue_days");
  const sinceAt = at("overdue_since");
  const overdueAmtAt = at("overdue_amt");
  const payAt = at("pay_amt");
  const limitAt = at("credit_limit");
  const endedAt = at("ended_on");
  const rectifyAt = at("rectify_flag");
  const extras = columns.flatMap(({ role, name }, index) => (role === undefined ? [{ name, index }] : []));
  const keyAt = layout.primaryKey.map((name) => columns.findIndex((column) => column.name === name));
  const keyText = (texts: Texts, index: number): string => {
    const text = texts[index] ?? "";
    return index === credentialsNoAt ? credentialsNo(texts[credentialsTypeAt] ?? "", text) : text;
  };
  const statuses = new Map(Object.entries(template.statuses));

  return (texts, nameKey) => {
    const text = (index: number): string => (index === -1 ? "" : (texts[index] ?? ""));
    const orderStatus = text(statusAt);
    const status = statuses.get(orderStatus) ?? statuses.get(orderStatus.toUpperCase());
    const since = text(sinceAt).slice(0, 10) || null;
    const reportedOn = text(reportedAt).slice(0, 10) || null;
    const overdueCnt = periodsOverdue(
      text(countAt),
      text(daysAt),
      status?.overdue === true,
      since,
      reportedOn,
      statusAt !== -1 && countAt === -1 && daysAt === -1,
    );
    const overdueAmtFen = fenOf(text(overdueAmtAt));
    const settled = status?.settled === true;
    const performing = status?.stage === undefined;
    const overdue = (overdueCnt ?? 0) > 0;
    const rectify = rectifications[text(rectifyAt)] ?? null;
    let extra: Record<string, string> | null = null;
    for (const each of extras) {
      const value = texts[each.index] ?? "";
      if (value === "") continue;
      extra ??= {};
      extra[each.name] = value;
    }
    let mayNotFollow: 0 | 1 | 2 | 3 = 0;
    if (performing && rectify === null) {
      if (template.afterSettled === "not_overdue" && overdue && !settled) mayNotFollow = 1;
      else if (template.afterSettled === "nothing") mayNotFollow = settled ? 2 : 3;
    }
    return {
      credentialsType: text(credentialsTypeAt),
      credentialsNo: credentialsNo(text(credentialsTypeAt), text(credentialsNoAt)),
      name: text(nameAt),
      nameKey,
      orderNo: text(orderNoAt),
      bizType: text(bizTypeAt),
      orderStatus,
      stage: status?.stage ?? "performance",
      settled,
      month: monthOf(text(monthAt) || text(reportedAt)),
      reportedOn,
      createAmtFen: fenOf(text(createAt)),
      overdueCnt,
      overdueSince: since,
      overdueAmtFen,
      payAmtFen: fenOf(text(payAt)),
      creditLimitFen: fenOf(text(limitAt)),
      adverse: overdue || (overdueAmtFen ?? 0) > 0,
      endedOn: text(endedAt).slice(0, 10) || null,
      rectify,
      mayNotFollow,
      extra,
      key: keyAt.map((index) => keyText(texts, index)),
    };
  };
}

const rectifications: Readonly<Record<string, Rectification>> = { "1": "delete_history", "2": "delete", "3": "modify" };

/** Thirty days are a period; where only the status speaks, a default counts from its first day. */
function periodsOverdue(
  count: string,
  days: string,
  inDefault: boolean,
  since: string | null,
  on: string | null,
  byStatus: boolean,
): number | null {
  if (count !== "") return Number(count);
  if (days !== "") return Math.ceil(Number(days) / 30);
  if (!inDefault) return byStatus ? 0 : null;
  const elapsedDays = since === null || on === null ? 0 : (Date.parse(on) - Date.parse(since)) / 86_400_000;
  return Math.min(Math.max(Math.ceil(elapsedDays / 30), 1), 999);
}

/** Of `yyyy-MM` or `yyyy-MM-dd…`, known to be a month. */
function monthOf(text: string): MonthIndex | null {
  return text === "" ? null : monthIndexOf(Number(text.slice(0, 4)), Number(text.slice(5, 7)));
}

/** Yuan with at most two decimals, as whole fen: digits are moved, never multiplied. */
function fenOf(yuan: string): number | null {
  if (yuan === "") return null;
  const point = yuan.indexOf(".");
  if (point === -1) return Number(yuan) * 100;
  return Number(yuan.slice(0, point)) * 100 + Number(yuan.slice(point + 1, point + 3).padEnd(2, "0"));
}
