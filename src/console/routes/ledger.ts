import { Type } from "typebox";
import { instantToText } from "../../clock.ts";
import { addAdjustment, isLedgerDay, listAdjustments } from "../../ledger/ledger.ts";
import {
  findStatement,
  issueStatement,
  latestStatements,
  type Statement,
  StatementError,
} from "../../ledger/statement.ts";
import { statementUrl } from "../../ledger/statement-url.ts";
import { verifyLedger } from "../../ledger/verify.ts";
import type { Platform } from "../../platform.ts";
import { accountOf, merchantAskedAbout } from "../caller.ts";
import * as field from "../fields.ts";
import { Problem } from "../problem.ts";
import { defineRoute, merchantsAnd, operatorsWho } from "../route.ts";

/** In fen: a correction larger than this is a mistake of the pen. */
const adjustmentLimitFen = 100_000_000;

const totals = {
  merchantId: field.merchantId,
  day: field.day,
  inquiries: Type.Integer(),
  billedInquiries: Type.Integer(),
  adjustments: Type.Integer(),
  amountFen: Type.Integer(),
  csvSha256: Type.String({ description: "SHA-256 of the statement's CSV, hexadecimal" }),
};
const statement = field.object(totals);
const statementWithUrl = field.object({
  ...totals,
  url: Type.String({ description: "gives the CSV to whoever has the address, for half a minute" }),
});

function withUrl({ vault, clock, baseUrl }: Platform, issued: Statement) {
  return { ...issued, url: statementUrl(vault, clock, baseUrl(), issued) };
}

function refuseStatement(error: unknown): never {
  throw error instanceof StatementError ? new Problem("refused", error.message) : error;
}

export const listStatementsRoute = defineRoute(
  {
    method: "GET",
    path: "/api/statements",
    title: { en: "List a merchant's statements", zh: "对账单列表" },
    doc: "Those that were issued, the newest first; `next` is a day. Operators name the merchant.",
    who: merchantsAnd("ledger:read"),
    query: field.object({ merchantId: Type.Optional(field.merchantId), ...field.paging }),
    reply: field.object({ statements: Type.Array(statement), next: field.next }),
    errors: ["refused"],
  },
  async ({ query: { after, limit = field.usualPage, ...query }, caller }, { store }) => {
    const merchantId = merchantAskedAbout(caller, query.merchantId);
    if (after !== undefined && !isLedgerDay(after)) throw new Problem("refused", "after is a day: `next` of a page");
    const found = await latestStatements(store, merchantId, { before: after, limit: limit + 1 });
    const { rows, ...rest } = field.pageOf(found, limit, ({ day }) => day);
    return { statements: rows, ...rest };
  },
);

export const showStatementRoute = defineRoute(
  {
    method: "GET",
    path: "/api/statements/:day",
    title: { en: "Show a statement that was issued, with an address of its CSV", zh: "对账单详情与下载地址" },
    doc: "Operators name the merchant.",
    who: merchantsAnd("ledger:read"),
    params: field.object({ day: field.day }),
    query: field.object({ merchantId: Type.Optional(field.merchantId) }),
    reply: statementWithUrl,
    errors: ["not-found"],
    action: "statement.show",
  },
  async ({ params: { day }, query, caller, note }, platform) => {
    const merchantId = merchantAskedAbout(caller, query.merchantId);
    note({ merchantId });
    const found = isLedgerDay(day) ? await findStatement(platform.store, merchantId, day) : undefined;
    if (found === undefined) throw new Problem("not-found", `no statement of ${day} was issued to ${merchantId}`);
    return withUrl(platform, found);
  },
);

export const issueStatementRoute = defineRoute(
  {
    method: "POST",
    path: "/api/statements",
    title: { en: "Issue a merchant's statement of a day, or give the one that was issued", zh: "出具对账单" },
    doc: "Of a day that is over in Beijing. Once issued it is frozen.",
    who: operatorsWho("ledger:write"),
    body: field.object({ merchantId: field.merchantId, day: field.day }),
    reply: statementWithUrl,
    errors: ["refused"],
    action: "statement.issue",
  },
  async ({ body: { merchantId, day }, note }, platform) => {
    note({ merchantId, details: { day } });
    return withUrl(
      platform,
      await issueStatement(platform.store, platform.clock, merchantId, day).catch(refuseStatement),
    );
  },
);

export const listAdjustmentsRoute = defineRoute(
  {
    method: "GET",
    path: "/api/ledger/adjustments",
    title: { en: "List the corrections of a merchant's bills", zh: "调账列表" },
    doc: "The newest first. Operators name the merchant.",
    who: merchantsAnd("ledger:read"),
    query: field.object({ merchantId: Type.Optional(field.merchantId), ...field.paging }),
    reply: field.object({
      adjustments: Type.Array(
        field.object({
          adjustmentNo: Type.String(),
          bizNo: Type.String(),
          amountFen: Type.Integer(),
          reason: Type.String(),
          madeBy: Type.String(),
          madeAt: field.instant,
        }),
      ),
      next: field.next,
    }),
  },
  async ({ query: { after, limit = field.usualPage, ...query }, caller }, { store }) => {
    const merchantId = merchantAskedAbout(caller, query.merchantId);
    const found = await listAdjustments(store, merchantId, { after, limit: limit + 1 });
    const { rows, ...rest } = field.pageOf(found, limit, ({ adjustmentNo }) => adjustmentNo);
    return { adjustments: rows.map((each) => ({ ...each, madeAt: instantToText(each.madeAt) })), ...rest };
  },
);

export const addAdjustmentRoute = defineRoute(
  {
    method: "POST",
    path: "/api/ledger/adjustments",
    title: { en: "Correct what an inquiry was billed", zh: "调账" },
    doc: "By a line of its own on the next statement: nothing written is changed.",
    who: operatorsWho("ledger:write"),
    body: field.object({
      merchantId: field.merchantId,
      bizNo: field.text(64, "of the inquiry that is corrected"),
      amountFen: Type.Integer({
        minimum: -adjustmentLimitFen,
        maximum: adjustmentLimitFen,
        description: "a whole number of fen but 0, up to a million yuan; less than 0 gives back",
      }),
      reason: field.text(200, "1 to 200 characters in one line, as the merchant reads it on the statement"),
    }),
    reply: field.object({ adjustmentNo: Type.String() }),
    status: 201,
    errors: ["not-found", "refused"],
    action: "ledger.adjust",
    secondPerson: true,
  },
  async ({ body: { merchantId, bizNo, amountFen, reason }, caller, note }, { store, clock }) => {
    note({ merchantId, purpose: reason, details: { bizNo, amountFen } });
    if (amountFen === 0) throw new Problem("refused", "amountFen is 0: that corrects nothing");
    const adjustment = { merchantId, bizNo, amountFen, reason, madeBy: accountOf(caller).login };
    const adjustmentNo = await addAdjustment(store, clock, adjustment);
    if (adjustmentNo === undefined)
      throw new Problem("not-found", `the merchant ${merchantId} has no inquiry ${bizNo}`);
    return { adjustmentNo };
  },
);

export const verifyLedgerRoute = defineRoute(
  {
    method: "POST",
    path: "/api/ledger/verify",
    title: { en: "Verify the ledger and every statement", zh: "校验账本与对账单" },
    doc: "Compares every sealed line with its row, every seal with its chain, every statement with the ledger.",
    who: operatorsWho("ledger:read"),
    reply: field.object({
      seals: Type.Integer(),
      lines: Type.Integer(),
      statements: Type.Integer(),
      chains: Type.Readonly(
        Type.Record(Type.String(), Type.String(), {
          description: "the last link of each merchant's chain: kept elsewhere, it proves everything before it",
        }),
      ),
      faults: Type.Immutable(
        Type.Array(
          field.object({
            merchantId: Type.String(),
            fault: Type.Enum(["changed", "missing", "added", "seal_broken", "chain_broken", "statement_changed"]),
            what: Type.String({ description: "a biz_no, an adjustment's or a seal's number, or a statement's day" }),
          }),
        ),
      ),
    }),
    action: "ledger.verify",
    isRead: true,
  },
  async (_, { store }) => verifyLedger(store),
);
