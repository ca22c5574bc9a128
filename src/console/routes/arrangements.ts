import { Type } from "typebox";
import { type Instant, instantToText } from "../../clock.ts";
import { isLedgerDay, startOfDay } from "../../ledger/ledger.ts";
import {
  changeArrangement,
  findArrangement,
  listArrangements,
  removeArrangement,
  setArrangement,
  type StoredArrangement,
} from "../../merchants/arrangements.ts";
import { checkViolation, failedWith, foreignKeyViolation } from "../../store/sql-state.ts";
import * as field from "../fields.ts";
import { merchantListed } from "../caller.ts";
import { Problem } from "../problem.ts";
import { defineRoute, merchantsAnd, operatorsWho } from "../route.ts";

/** In fen: a price above it is a mistake of the pen. */
const priceLimitFen = 10_000_000;

const productCode = Type.String({ pattern: "^w\\d{19}$", description: "w and 19 digits" });
const priceFen = Type.Integer({
  minimum: 0,
  maximum: priceLimitFen,
  description: `the price of an inquiry in fen, a whole number of 0 to ${priceLimitFen}`,
});
const quota = Type.Union([Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }), Type.Null()], {
  description: "how many inquiries it covers, a whole number; null for any number",
});
const billsNa = field.flag('an inquiry answered "N/A" is billed too');
const suspended = field.flag("nobody may ask under it for now");
const firstDay = Type.String({
  pattern: "^\\d{4}-\\d{2}-\\d{2}$",
  description: "its first day in Beijing, yyyy-MM-dd",
});
const endDay = Type.String({ pattern: "^\\d{4}-\\d{2}-\\d{2}$", description: "the day after its last, yyyy-MM-dd" });

const arrangement = field.object({
  merchantId: field.merchantId,
  productCode,
  validFrom: field.instant,
  validTo: Type.String({ format: "date-time", description: "ISO 8601, UTC: the end, when it counts no longer" }),
  priceFen: Type.Integer(),
  billsNa: Type.Boolean(),
  quota,
  quotaUsed: Type.Integer({ description: "what was used while there was a quota" }),
  suspended: Type.Boolean(),
});

function describe({ validFrom, validTo, ...rest }: StoredArrangement) {
  return { ...rest, validFrom: instantToText(validFrom), validTo: instantToText(validTo) };
}

function midnightOf(day: string): Instant {
  if (!isLedgerDay(day)) throw new Problem("invalid-field", `${day} is no day of the calendar`);
  return startOfDay(day);
}

function checkTerm(validFrom: Instant, validTo: Instant): void {
  if (validTo <= validFrom) throw new Problem("invalid-field", "validTo is a day after validFrom");
}

function refuseArrangement(error: unknown): never {
  if (failedWith(error, foreignKeyViolation)) throw new Problem("not-found", "no such merchant");
  if (failedWith(error, checkViolation))
    throw new Problem("refused", "more has been asked under it than this quota covers");
  throw error;
}

const params = field.object({ merchantId: field.merchantId, productCode });
const path = "/api/merchants/:merchantId/arrangements/:productCode";

interface ArrangementNamed {
  readonly merchantId: string;
  readonly productCode: string;
}
const noArrangement = (named: ArrangementNamed): Problem =>
  new Problem("not-found", `the merchant ${named.merchantId} has no arrangement for ${named.productCode}`);

export const listArrangementsRoute = defineRoute(
  {
    method: "GET",
    path: "/api/arrangements",
    title: { en: "List arrangements", zh: "合约列表" },
    doc: "Merchants see their own.",
    who: merchantsAnd("merchants:read"),
    query: field.object({
      merchantId: Type.Optional(field.merchantId),
      productCode: Type.Optional(productCode),
      ...field.paging,
    }),
    reply: field.object({ arrangements: Type.Array(arrangement), next: field.next }),
  },
  async ({ query: { after, limit = field.usualPage, ...query }, caller }, { store }) => {
    const [merchantId = "", product = ""] = after?.split(" ") ?? [];
    const owner = merchantListed(caller, query.merchantId);
    const of = { ...query, ...(owner === undefined ? {} : { merchantId: owner }) };
    const { rows, ...rest } = field.pageOf(
      await listArrangements(store, { ...of, after: { merchantId, productCode: product }, limit: limit + 1 }),
      limit,
      (each) => `${each.merchantId} ${each.productCode}`,
    );
    return { arrangements: rows.map(describe), ...rest };
  },
);

export const showArrangementRoute = defineRoute(
  {
    method: "GET",
    path,
    title: { en: "Show an arrangement", zh: "合约详情" },
    who: operatorsWho("merchants:read"),
    params,
    reply: arrangement,
    errors: ["not-found"],
  },
  async ({ params: named }, { store }) => {
    const found = await findArrangement(store, named);
    if (found === undefined) throw noArrangement(named);
    return describe(found);
  },
);

export const setArrangementRoute = defineRoute(
  {
    method: "PUT",
    path,
    title: { en: "Make an arrangement, or set all its terms anew", zh: "设置合约" },
    doc: "What is left out is as if there were none: no quota, N/A not billed, not suspended. What a quota was used for stays used.",
    who: operatorsWho("merchants:write"),
    params,
    body: field.object({
      validFrom: firstDay,
      validTo: endDay,
      priceFen,
      quota: Type.Optional(quota),
      billsNa: Type.Optional(billsNa),
      suspended: Type.Optional(suspended),
    }),
    reply: arrangement,
    errors: ["not-found", "refused"],
    action: "arrangement.set",
  },
  async ({ params: named, body, note }, { store }) => {
    const { quota: limit, billsNa: bills = false, ...terms } = body;
    note({ merchantId: named.merchantId, details: { priceFen: terms.priceFen, quota: limit } });
    const [validFrom, validTo] = [midnightOf(terms.validFrom), midnightOf(terms.validTo)];
    checkTerm(validFrom, validTo);
    const set = { ...named, ...terms, validFrom, validTo, billsNa: bills, quota: limit ?? undefined };
    await setArrangement(store, set).catch(refuseArrangement);
    const found = await findArrangement(store, named);
    if (found === undefined) throw noArrangement(named);
    return describe(found);
  },
);

export const changeArrangementRoute = defineRoute(
  {
    method: "PATCH",
    path,
    title: { en: "Change terms of an arrangement, suspend or resume it", zh: "修改、停用或恢复合约" },
    doc: "What is not named stays.",
    who: operatorsWho("merchants:write"),
    params,
    body: field.object({
      validFrom: Type.Optional(firstDay),
      validTo: Type.Optional(endDay),
      priceFen: Type.Optional(priceFen),
      quota: Type.Optional(quota),
      billsNa: Type.Optional(billsNa),
      suspended: Type.Optional(suspended),
    }),
    reply: arrangement,
    errors: ["not-found", "refused"],
    action: "arrangement.change",
  },
  async ({ params: named, body: { validFrom, validTo, ...body }, note }, { store }) => {
    const { suspended: isSuspended, priceFen: price, quota: limit } = body;
    note({ merchantId: named.merchantId, details: { suspended: isSuspended, priceFen: price, quota: limit } });
    const term = {
      ...(validFrom === undefined ? {} : { validFrom: midnightOf(validFrom) }),
      ...(validTo === undefined ? {} : { validTo: midnightOf(validTo) }),
    };
    const found = await findArrangement(store, named);
    if (found === undefined) throw noArrangement(named);
    checkTerm(term.validFrom ?? found.validFrom, term.validTo ?? found.validTo);
    const changed = await changeArrangement(store, named, { ...body, ...term }).catch(refuseArrangement);
    if (changed === undefined) throw noArrangement(named);
    return describe(changed);
  },
);

export const removeArrangementRoute = defineRoute(
  {
    method: "DELETE",
    path,
    title: { en: "Remove an arrangement under which nobody asked", zh: "删除合约" },
    doc: "One that was asked under is suspended, or given an end, instead: the ledger's lines and what its quota was used for are of it.",
    who: operatorsWho("merchants:write"),
    params,
    reply: field.done,
    errors: ["not-found", "conflict"],
    action: "arrangement.remove",
  },
  async ({ params: named, note }, { store }) => {
    note({ merchantId: named.merchantId });
    const outcome = await removeArrangement(store, named);
    if (outcome === "unknown") throw noArrangement(named);
    if (outcome === "used")
      throw new Problem("conflict", "scores were asked for under it: suspend it, or set the day on which it ends");
    return { done: true as const };
  },
);
