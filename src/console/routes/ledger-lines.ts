import { Type } from "typebox";
import { followingMonth, instantToText, monthToText, parseMonth } from "../../clock.ts";
import { isLedgerDay, dayOf } from "../../ledger/ledger.ts";
import { ledgerPage, type LedgerPlace, usedDays } from "../../ledger/ledger-page.ts";
import { differenceCauses, type DifferenceCause, reconcile, ReconcileError } from "../../ledger/reconcile.ts";
import { findStatement, statementCsv } from "../../ledger/statement.ts";
import { merchantAskedAbout } from "../caller.ts";
import * as field from "../fields.ts";
import { Problem } from "../problem.ts";
import { defineRoute, merchantsAnd, staffAnd } from "../route.ts";

const merchantId = Type.Optional(field.merchantId);

function placeOf(after: string): LedgerPlace {
  const [hour = 0, told = 0] = after.split(".").map(Number);
  return { hour, told };
}

export const listLedgerLinesRoute = defineRoute(
  {
    method: "GET",
    path: "/api/ledger/lines",
    title: { en: "The lines of a merchant's day, as its statement has them", zh: "对账明细" },
    doc: "In order of time, also of a day that is not over. Operators name the merchant.",
    who: merchantsAnd("ledger:read"),
    query: field.object({
      merchantId,
      day: field.day,
      after: Type.Optional(
        Type.String({ pattern: "^\\d{1,2}\\.\\d{1,9}$", description: "where the page before ended: its `next`" }),
      ),
      limit: field.paging.limit,
    }),
    reply: field.object({
      lines: Type.Array(
        field.object({
          kind: Type.Enum(["inquiry", "adjustment"]),
          bizNo: Type.String(),
          transactionId: Type.String({ description: "empty on an adjustment" }),
          productCode: Type.String(),
          appId: Type.String(),
          at: field.instant,
          amountFen: Type.Integer(),
          unbilledBecause: field.nullable(Type.Enum(["na", "free", "closed"])),
          note: Type.String({ description: "of an adjustment: its number and why it was made" }),
        }),
      ),
      next: field.next,
    }),
    errors: ["refused"],
  },
  async ({ query: { day, after, limit = field.usualPage, ...query }, caller }, { store }) => {
    const askedAbout = merchantAskedAbout(caller, query.merchantId);
    if (!isLedgerDay(day)) throw new Problem("refused", `${day} is no day of the calendar`);
    const from = after === undefined ? undefined : placeOf(after);
    const { lines, next } = await ledgerPage(store, { merchantId: askedAbout, day }, { after: from, limit });
    return {
      lines: lines.map(({ at, ...line }) => ({ ...line, at: instantToText(at) })),
      ...(next === undefined ? {} : { next: `${next.hour}.${next.told}` }),
    };
  },
);

export const readUsageRoute = defineRoute(
  {
    method: "GET",
    path: "/api/ledger/usage",
    title: { en: "What a merchant asked for on each day of a month", zh: "月度用量" },
    doc: "Days without anything are left out. Operators name the merchant.",
    who: merchantsAnd("ledger:read"),
    query: field.object({ merchantId, month: Type.Optional(field.month) }),
    reply: field.object({
      month: field.month,
      today: field.day,
      days: Type.Array(
        field.object({
          day: field.day,
          inquiries: Type.Integer(),
          billedInquiries: Type.Integer(),
          amountFen: Type.Integer(),
        }),
      ),
    }),
    errors: ["refused"],
  },
  async ({ query, caller }, { store, clock }) => {
    const askedAbout = merchantAskedAbout(caller, query.merchantId);
    const today = dayOf(clock.now());
    const month = parseMonth(query.month ?? today.slice(0, 7));
    if (month === undefined || !isLedgerDay(`${monthToText(month)}-01`))
      throw new Problem("refused", "month is a month of the calendar, yyyy-MM");
    const [from, to] = [`${monthToText(month)}-01`, `${monthToText(followingMonth(month))}-01`];
    const days = await usedDays(store, askedAbout, { from, to });
    return { month: monthToText(month), today, days: days.map((each) => ({ ...each })) };
  },
);

/** More lines than these are lined up by a command, in a process of its own. */
const reconciledLines = 50_000;
const reconciledBytes = 4_194_304;
const differencesTold = 1_000;

export const reconcileRoute = defineRoute(
  {
    method: "POST",
    path: "/api/ledger/reconcile",
    title: { en: "Line up a merchant's own file with its statement", zh: "对账核对" },
    doc: "The CSV's first line names its columns: biz_no and transaction_id and, if it has amounts, amount_yuan or amount_fen. Operators name the merchant. `kaimen reconcile` takes larger ones.",
    who: staffAnd("ledger:read"),
    body: field.object({
      merchantId,
      day: field.day,
      csv: Type.String({
        minLength: 1,
        maxLength: reconciledBytes,
        description: `the merchant's own CSV, of ${reconciledBytes} characters at most`,
      }),
    }),
    reply: field.object({
      matched: Type.Integer(),
      ourAmountFen: Type.Integer(),
      theirAmountFen: field.nullable(Type.Integer({ description: "null for a file without amounts" })),
      differences: Type.Array(
        field.object({
          cause: Type.Enum(Object.keys(differenceCauses) as DifferenceCause[]), // The keys of a literal.
          bizNo: Type.String(),
          transactionId: Type.String(),
          ours: Type.String({ description: "an amount in fen, a reason, or the number that stands there" }),
          theirs: Type.String(),
        }),
      ),
      moreDifferences: Type.Boolean({ description: "there are more than are told" }),
    }),
    errors: ["not-found", "refused"],
    action: "ledger.reconcile",
    isRead: true,
    bodyLimitBytes: 3 * reconciledBytes,
    longTexts: { csv: reconciledBytes },
    requestsPerMinute: 30,
  },
  async ({ body: { day, csv, ...body }, caller, note }, { store }) => {
    const askedAbout = merchantAskedAbout(caller, body.merchantId);
    note({ merchantId: askedAbout, details: { day } });
    const statement = isLedgerDay(day) ? await findStatement(store, askedAbout, day) : undefined;
    if (statement === undefined) throw new Problem("not-found", `no statement of ${day} was issued to ${askedAbout}`);
    if (statement.inquiries > reconciledLines)
      throw new Problem("refused", `the statement has ${statement.inquiries} inquiries: use kaimen reconcile`);
    let ours = "";
    for await (const part of statementCsv(store, statement)) ours += part;
    try {
      const { differences, theirAmountFen, ...sums } = reconcile(ours, csv);
      return {
        ...sums,
        theirAmountFen: theirAmountFen ?? null,
        differences: differences.slice(0, differencesTold).map((each) => ({ ...each })),
        moreDifferences: differences.length > differencesTold,
      };
    } catch (error) {
      throw error instanceof ReconcileError ? new Problem("refused", error.message) : error;
    }
  },
);
