import { Type } from "typebox";
import { instantToText } from "../../clock.ts";
import { addMerchant, changeMerchant, findMerchant, listMerchants, type Merchant } from "../../merchants/merchants.ts";
import { removeMerchant } from "../../merchants/remove-merchant.ts";
import { failedWith, uniqueViolation } from "../../store/sql-state.ts";
import * as field from "../fields.ts";
import { Problem } from "../problem.ts";
import { defineRoute, operatorsWho } from "../route.ts";

const merchant = field.object({
  merchantId: field.merchantId,
  name: field.shortName,
  suspended: Type.Boolean(),
  suspendedAt: field.optionalInstant,
  createdAt: field.instant,
});

function describe({ merchantId, name, suspendedAt, createdAt }: Merchant) {
  return {
    merchantId,
    name,
    suspended: suspendedAt !== null,
    suspendedAt: field.orNull(suspendedAt),
    createdAt: instantToText(createdAt),
  };
}

const params = field.object({ merchantId: field.merchantId });
const noMerchant = (merchantId: string): Problem => new Problem("not-found", `no merchant ${merchantId}`);

export const listMerchantsRoute = defineRoute(
  {
    method: "GET",
    path: "/api/merchants",
    title: { en: "List merchants", zh: "商户列表" },
    who: operatorsWho("merchants:read"),
    query: field.object({
      search: Type.Optional(field.text(64, "how an id begins, or what a name has in it")),
      suspended: Type.Optional(field.flag("those that are suspended, or those that are not")),
      ...field.paging,
    }),
    reply: field.object({ merchants: Type.Array(merchant), next: field.next }),
  },
  async ({ query: { search, suspended, after, limit = field.usualPage } }, { store }) => {
    const { rows, ...rest } = field.pageOf(
      await listMerchants(store, { search, suspended, after, limit: limit + 1 }),
      limit,
      ({ merchantId }) => merchantId,
    );
    return { merchants: rows.map(describe), ...rest };
  },
);

export const showMerchantRoute = defineRoute(
  {
    method: "GET",
    path: "/api/merchants/:merchantId",
    title: { en: "Show a merchant", zh: "商户详情" },
    who: operatorsWho("merchants:read"),
    params,
    reply: merchant,
    errors: ["not-found"],
  },
  async ({ params: { merchantId } }, { store }) => {
    const found = await findMerchant(store, merchantId);
    if (found === undefined) throw noMerchant(merchantId);
    return describe(found);
  },
);

export const addMerchantRoute = defineRoute(
  {
    method: "POST",
    path: "/api/merchants",
    title: { en: "Add a merchant", zh: "新增商户" },
    who: operatorsWho("merchants:write"),
    body: field.object({ merchantId: field.merchantId, name: field.shortName }),
    reply: merchant,
    status: 201,
    errors: ["conflict"],
    action: "merchant.add",
  },
  async ({ body: { merchantId, name }, note }, { store, clock }) => {
    note({ merchantId });
    const createdAt = clock.now();
    try {
      await addMerchant(store, { merchantId, name }, createdAt);
    } catch (error) {
      if (failedWith(error, uniqueViolation))
        throw new Problem("conflict", `the merchant ${merchantId} exists already`);
      throw error;
    }
    return describe({ merchantId, name, createdAt, suspendedAt: null });
  },
);

export const changeMerchantRoute = defineRoute(
  {
    method: "PATCH",
    path: "/api/merchants/:merchantId",
    title: { en: "Rename a merchant, suspend or resume it", zh: "修改、停用或恢复商户" },
    doc: "Nothing of a suspended merchant counts: its apps' calls and signed addresses, consents and tokens given to them, what it let others do for it, and who signs in for it. What it had counts again when it is resumed.",
    who: operatorsWho("merchants:write"),
    params,
    body: field.object({
      name: Type.Optional(field.shortName),
      suspended: Type.Optional(field.flag("nothing of it counts for now")),
    }),
    reply: merchant,
    errors: ["not-found"],
    action: "merchant.change",
  },
  async ({ params: { merchantId }, body, note }, { store, clock }) => {
    note({ merchantId, details: { suspended: body.suspended } });
    const changed = await changeMerchant(store, merchantId, body, clock.now());
    if (changed === undefined) throw noMerchant(merchantId);
    return describe(changed);
  },
);

export const removeMerchantRoute = defineRoute(
  {
    method: "DELETE",
    path: "/api/merchants/:merchantId",
    title: { en: "Remove a merchant that has nothing", zh: "删除商户" },
    doc: "One that has apps, arrangements or staff, or anything in the ledger or of feedback, is suspended instead.",
    who: operatorsWho("merchants:write"),
    params,
    reply: field.done,
    errors: ["not-found", "conflict"],
    action: "merchant.remove",
  },
  async ({ params: { merchantId }, note }, { store }) => {
    note({ merchantId });
    const holdings = await removeMerchant(store, merchantId);
    if (holdings === undefined) throw noMerchant(merchantId);
    if (holdings.length > 0)
      throw new Problem(
        "conflict",
        `the merchant ${merchantId} has ${holdings.join(", ")}: remove these first, or suspend it`,
      );
    return { done: true as const };
  },
);
