import { Type } from "typebox";
import { type Account, listAccounts, removeAccount } from "../../accounts/account.ts";
import { hashNewPassword } from "../../accounts/password-rules.ts";
import { makePassword, resetAccount, stopAccount } from "../../accounts/reset-account.ts";
import { findMerchant } from "../../merchants/merchants.ts";
import { addStaff, findStaff } from "../../merchants/staff.ts";
import { failedWith, uniqueViolation } from "../../store/sql-state.ts";
import type { Queryable } from "../../store/store.ts";
import { accountFields, describeAccount } from "../account-reply.ts";
import * as field from "../fields.ts";
import { Problem } from "../problem.ts";
import { defineRoute, operatorsWho } from "../route.ts";
import { refusePassword } from "./account.ts";

const somebody = field.object({ merchantId: field.merchantId, ...accountFields });

function describe(account: Account) {
  const { subject } = account;
  if (subject === undefined) throw new Error("staff of no merchant");
  return { merchantId: subject, ...describeAccount(account) };
}

interface StaffNamed {
  readonly merchantId: string;
  readonly login: string;
}

async function staffCalled(store: Queryable, { merchantId, login }: StaffNamed): Promise<Account> {
  const found = await findStaff(store, merchantId, login);
  if (found === undefined)
    throw new Problem("not-found", `nobody called ${login} signs in for the merchant ${merchantId}`);
  return found;
}

const merchantParams = field.object({ merchantId: field.merchantId });
const params = field.object({ merchantId: field.merchantId, login: field.login });
const made = Type.String({ description: "made here and shown this once" });

export const listStaffRoute = defineRoute(
  {
    method: "GET",
    path: "/api/merchants/:merchantId/staff",
    title: { en: "List who signs in for a merchant", zh: "商户人员列表" },
    who: operatorsWho("merchants:read"),
    params: merchantParams,
    query: field.object(field.paging),
    reply: field.object({ staff: Type.Array(somebody), next: field.next }),
    errors: ["not-found"],
  },
  async ({ params: { merchantId }, query: { after = "", limit = field.usualPage } }, { store }) => {
    if ((await findMerchant(store, merchantId)) === undefined)
      throw new Problem("not-found", `no merchant ${merchantId}`);
    const { rows, ...rest } = field.pageOf(
      await listAccounts(store, "merchant", { subject: merchantId, after, limit: limit + 1 }),
      limit,
      ({ login }) => login,
    );
    return { staff: rows.map(describe), ...rest };
  },
);

export const showStaffRoute = defineRoute(
  {
    method: "GET",
    path: "/api/merchants/:merchantId/staff/:login",
    title: { en: "Show who signs in for a merchant", zh: "商户人员详情" },
    who: operatorsWho("merchants:read"),
    params,
    reply: somebody,
    errors: ["not-found"],
  },
  async ({ params: named }, { store }) => describe(await staffCalled(store, named)),
);

export const addStaffRoute = defineRoute(
  {
    method: "POST",
    path: "/api/merchants/:merchantId/staff",
    title: { en: "Let somebody sign in for a merchant", zh: "新增商户人员" },
    doc: "To authorise apps of others and to see what is the merchant's. The password is made here and shown once, unless one is sent; whoever signs in with it has to set another.",
    who: operatorsWho("merchants:write"),
    params: merchantParams,
    body: field.object({
      login: field.login,
      password: Type.Optional(field.password),
      mustChangePassword: Type.Optional(field.flag("others know the password that is sent; true when left out")),
    }),
    reply: field.object({ merchantId: field.merchantId, login: field.login, password: Type.Optional(made) }),
    status: 201,
    errors: ["not-found", "conflict", "refused"],
    action: "staff.add",
  },
  async ({ params: { merchantId }, body, note }, { store, clock }) => {
    const { login, password = makePassword() } = body;
    note({ merchantId, details: { login } });
    const mustChangePassword = body.password === undefined || body.mustChangePassword !== false;
    const passwordHash = await hashNewPassword({ login, password }).catch(refusePassword);
    try {
      if (!(await addStaff(store, { merchantId, login, passwordHash, mustChangePassword }, clock.now())))
        throw new Problem("not-found", `no merchant ${merchantId}`);
    } catch (error) {
      if (failedWith(error, uniqueViolation)) throw new Problem("conflict", "the login exists already");
      throw error;
    }
    return { merchantId, login, ...(body.password === undefined ? { password } : {}) };
  },
);

export const changeStaffRoute = defineRoute(
  {
    method: "PATCH",
    path: "/api/merchants/:merchantId/staff/:login",
    title: { en: "Disable or enable somebody who signs in for a merchant", zh: "停用或启用商户人员" },
    doc: "Sessions and tokens end when somebody is disabled.",
    who: operatorsWho("merchants:write"),
    params,
    body: field.object({ disabled: field.flag("may not sign in") }),
    reply: somebody,
    errors: ["not-found"],
    action: "staff.change",
  },
  async ({ params: named, body: { disabled }, note }, { store, clock }) => {
    note({ merchantId: named.merchantId, details: { disabled } });
    await stopAccount(store, await staffCalled(store, named), disabled ? clock.now() : undefined);
    return describe(await staffCalled(store, named));
  },
);

export const resetStaffRoute = defineRoute(
  {
    method: "POST",
    path: "/api/merchants/:merchantId/staff/:login/reset",
    title: { en: "Reset the password of somebody who signs in for a merchant", zh: "重置商户人员密码" },
    doc: "A new password is made and shown once, the authenticator app is forgotten, all sessions and tokens end.",
    who: operatorsWho("merchants:write"),
    params,
    reply: field.object({ merchantId: field.merchantId, login: field.login, password: made }),
    errors: ["not-found"],
    action: "staff.reset",
  },
  async ({ params: { merchantId, login }, note }, { store }) => {
    note({ merchantId });
    return { merchantId, login, password: await resetAccount(store, await staffCalled(store, { merchantId, login })) };
  },
);

export const removeStaffRoute = defineRoute(
  {
    method: "DELETE",
    path: "/api/merchants/:merchantId/staff/:login",
    title: { en: "Let somebody sign in for a merchant no more", zh: "删除商户人员" },
    doc: "What they authorised goes on, and what they did stays in the audit trail.",
    who: operatorsWho("merchants:write"),
    params,
    reply: field.done,
    errors: ["not-found"],
    action: "staff.remove",
  },
  async ({ params: named, note }, { store }) => {
    note({ merchantId: named.merchantId });
    await removeAccount(store, await staffCalled(store, named));
    return { done: true as const };
  },
);
