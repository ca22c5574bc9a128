import { Type } from "typebox";
import {
  type Account,
  addAccount,
  changeAccount,
  findAccount,
  keepingAnAdmin,
  LastAdminError,
  listAccounts,
  removeAccount,
} from "../../accounts/account.ts";
import { hashNewPassword } from "../../accounts/password-rules.ts";
import { makePassword, resetAccount, stopAccountIn } from "../../accounts/reset-account.ts";
import { failedWith, uniqueViolation } from "../../store/sql-state.ts";
import type { Queryable } from "../../store/store.ts";
import { accountOf } from "../caller.ts";
import { accountFields, describeAccount } from "../account-reply.ts";
import * as field from "../fields.ts";
import { Problem } from "../problem.ts";
import { defineRoute, operatorsWho } from "../route.ts";

const operator = field.object({ role: field.role, ...accountFields });

function describe(account: Account) {
  const { role } = account;
  if (role === undefined) throw new Error("an operator without a role");
  return { role, ...describeAccount(account) };
}

async function operatorCalled(store: Queryable, login: string): Promise<Account> {
  const found = await findAccount(store, "operator", login);
  if (found === undefined) throw new Problem("not-found", `no operator ${login}`);
  return found;
}

function refuseLastAdmin(error: unknown): never {
  throw error instanceof LastAdminError ? new Problem("conflict", "this is the last admin: make another first") : error;
}

export const listOperatorsRoute = defineRoute(
  {
    method: "GET",
    path: "/api/operators",
    title: { en: "List operators", zh: "操作员列表" },
    who: operatorsWho("operators:read"),
    query: field.object(field.paging),
    reply: field.object({ operators: Type.Array(operator), next: field.next }),
  },
  async ({ query: { after, limit = field.usualPage } }, { store }) => {
    const { rows, ...rest } = field.pageOf(
      await listAccounts(store, "operator", { after: after ?? "", limit: limit + 1 }),
      limit,
      ({ login }) => login,
    );
    return { operators: rows.map(describe), ...rest };
  },
);

export const showOperatorRoute = defineRoute(
  {
    method: "GET",
    path: "/api/operators/:login",
    title: { en: "Show an operator", zh: "操作员详情" },
    who: operatorsWho("operators:read"),
    params: field.object({ login: field.login }),
    reply: operator,
    errors: ["not-found"],
  },
  async ({ params }, { store }) => describe(await operatorCalled(store, params.login)),
);

export const addOperatorRoute = defineRoute(
  {
    method: "POST",
    path: "/api/operators",
    title: { en: "Add an operator", zh: "新增操作员" },
    doc: "The password is made here and shown once; whoever signs in with it has to set another.",
    who: operatorsWho("operators:write"),
    body: field.object({ login: field.login, role: field.role, reason: Type.Optional(field.reason) }),
    reply: field.object({ login: field.login, role: field.role, password: Type.String() }),
    status: 201,
    errors: ["conflict"],
    action: "operator.add",
    secondPerson: true,
  },
  async ({ body: { login, role, reason = "" }, note }, { store, clock }) => {
    note({ purpose: reason, details: { login, role } });
    const password = makePassword();
    const passwordHash = await hashNewPassword({ login, password });
    try {
      await addAccount(store, { kind: "operator", login, role, passwordHash, mustChangePassword: true }, clock.now());
    } catch (error) {
      if (failedWith(error, uniqueViolation)) throw new Problem("conflict", `the operator ${login} exists already`);
      throw error;
    }
    return { login, role, password };
  },
);

export const changeOperatorRoute = defineRoute(
  {
    method: "PATCH",
    path: "/api/operators/:login",
    title: { en: "Change an operator's role, disable or enable them", zh: "修改或停用操作员" },
    doc: "A changed role needs a second person as a new operator does. Sessions and tokens end when somebody is disabled.",
    who: operatorsWho("operators:write"),
    params: field.object({ login: field.login }),
    body: field.object({
      role: Type.Optional(field.role),
      disabled: Type.Optional(field.flag("may not sign in")),
      reason: Type.Optional(field.reason),
    }),
    reply: operator,
    errors: ["not-found", "conflict"],
    action: "operator.change",
    secondPerson: true,
  },
  async ({ params: { login }, body: { role, disabled, reason = "" }, caller, note }, { store, clock }) => {
    const found = await operatorCalled(store, login);
    note({ purpose: reason, details: { login, role, disabled } });
    if (accountOf(caller).login === login && role !== undefined && role !== found.role)
      throw new Problem("not-permitted", "nobody changes their own role");
    await keepingAnAdmin(store, async (transaction) => {
      if (role !== undefined) await changeAccount(transaction, found, { role });
      if (disabled !== undefined) await stopAccountIn(transaction, found, disabled ? clock.now() : undefined);
    }).catch(refuseLastAdmin);
    return describe(await operatorCalled(store, login));
  },
);

export const disableOperatorRoute = defineRoute(
  {
    method: "POST",
    path: "/api/operators/:login/disable",
    title: { en: "Disable an operator at once", zh: "立即停用操作员" },
    doc: "For the hour in which nobody can be waited for: it takes effect without a second person.",
    who: operatorsWho("operators:write"),
    params: field.object({ login: field.login }),
    reply: operator,
    errors: ["not-found", "conflict"],
    action: "operator.disable",
  },
  async ({ params: { login }, note }, { store, clock }) => {
    const found = await operatorCalled(store, login);
    note({ details: { login } });
    const now = clock.now();
    await keepingAnAdmin(store, (transaction) => stopAccountIn(transaction, found, now)).catch(refuseLastAdmin);
    return describe(await operatorCalled(store, login));
  },
);

export const resetOperatorRoute = defineRoute(
  {
    method: "POST",
    path: "/api/operators/:login/reset",
    title: { en: "Reset an operator's password", zh: "重置操作员密码" },
    doc: "A new password is made and shown once, the authenticator app is forgotten, all sessions and tokens end.",
    who: operatorsWho("operators:write"),
    params: field.object({ login: field.login }),
    body: field.object({ reason: Type.Optional(field.reason) }),
    reply: field.object({ login: field.login, password: Type.String() }),
    errors: ["not-found"],
    action: "operator.reset",
    secondPerson: true,
  },
  async ({ params: { login }, body: { reason = "" }, note }, { store }) => {
    const found = await operatorCalled(store, login);
    note({ purpose: reason, details: { login } });
    return { login, password: await resetAccount(store, found) };
  },
);

export const removeOperatorRoute = defineRoute(
  {
    method: "DELETE",
    path: "/api/operators/:login",
    title: { en: "Remove an operator", zh: "删除操作员" },
    doc: "What they did stays in the audit trail.",
    who: operatorsWho("operators:write"),
    params: field.object({ login: field.login }),
    reply: field.done,
    errors: ["not-found", "conflict"],
    action: "operator.remove",
  },
  async ({ params: { login }, note }, { store }) => {
    const found = await operatorCalled(store, login);
    note({ details: { login } });
    await keepingAnAdmin(store, (transaction) => removeAccount(transaction, found)).catch(refuseLastAdmin);
    return { done: true as const };
  },
);
