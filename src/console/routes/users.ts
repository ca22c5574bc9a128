import { Type } from "typebox";
import { hashNewPassword } from "../../accounts/password-rules.ts";
import { makePassword, resetAccount, stopAccount } from "../../accounts/reset-account.ts";
import { NameError } from "../../consent/name-rule.ts";
import { nameFault } from "../../consent/name-fault.ts";
import { identityCard, identityNumberFault, normaliseCredentialsNo } from "../../consent/people.ts";
import { findUserAccount, type ListedUser, listUsers, removeUser } from "../../consent/user-directory.ts";
import { newUserId, registerUser } from "../../consent/users.ts";
import type { Platform } from "../../platform.ts";
import { failedWith, uniqueViolation } from "../../store/sql-state.ts";
import { accountFields, describeAccount } from "../account-reply.ts";
import * as field from "../fields.ts";
import { personKeyOf } from "../person-asked.ts";
import { Problem } from "../problem.ts";
import { defineRoute, operatorsWho } from "../route.ts";
import { refusePassword } from "./account.ts";

const userId = Type.String({ pattern: "^[A-Za-z0-9_-]{1,32}$", description: "a user's id: 2088 and twelve digits" });
const user = field.object({ userId, ...accountFields });

function describe(listed: ListedUser) {
  return { userId: listed.userId, ...describeAccount(listed) };
}

async function userCalled({ store }: Platform, id: string) {
  const found = await findUserAccount(store, id);
  if (found === undefined) throw new Problem("not-found", `no user ${id} who could sign in`);
  const { disabledAt = null, lastSignInAt = null, ...account } = found.account;
  return { ...found, listed: { ...account, userId: id, disabledAt, lastSignInAt } };
}

const params = field.object({ userId });
const made = Type.String({ description: "made here and shown this once" });

export const listUsersRoute = defineRoute(
  {
    method: "GET",
    path: "/api/users",
    title: { en: "List users", zh: "用户列表" },
    doc: "People who can sign in to authorise apps, by their logins: nothing of the people themselves is told.",
    who: operatorsWho("people:read"),
    query: field.object({
      login: Type.Optional(field.text(64, "how the login begins")),
      disabled: Type.Optional(field.flag("those who may not sign in, or those who may")),
      ...field.paging,
    }),
    reply: field.object({ users: Type.Array(user), next: field.next }),
    action: "user.list",
  },
  async ({ query: { limit = field.usualPage, ...query } }, { store }) => {
    const found = await listUsers(store, { ...query, limit: limit + 1 });
    const { rows, ...rest } = field.pageOf(found, limit, ({ login }) => login);
    return { users: rows.map(describe), ...rest };
  },
);

export const showUserRoute = defineRoute(
  {
    method: "GET",
    path: "/api/users/:userId",
    title: { en: "Show a user", zh: "用户详情" },
    who: operatorsWho("people:read"),
    params,
    reply: user,
    errors: ["not-found"],
    action: "user.show",
  },
  async ({ params: { userId: id }, note }, platform) => {
    const { user: found, listed } = await userCalled(platform, id);
    note({ personId: found.person.personId });
    return describe(listed);
  },
);

export const addUserRoute = defineRoute(
  {
    method: "POST",
    path: "/api/users",
    title: { en: "Add a user", zh: "新增用户" },
    doc: "Whoever adds one has seen the person's document. A person who is known by another name gets no login. The password is made here and shown once, unless one is sent; whoever signs in with it has to set another.",
    who: operatorsWho("people:write"),
    body: field.object({
      name: field.shortName,
      credentialsNo: field.credentialsNo,
      login: field.login,
      password: Type.Optional(field.password),
      mustChangePassword: Type.Optional(field.flag("others know the password that is sent; true when left out")),
    }),
    reply: field.object({ userId, login: field.login, password: Type.Optional(made) }),
    status: 201,
    errors: ["conflict", "refused"],
    action: "user.add",
  },
  async ({ body, note }, { store, vault, clock }) => {
    const { name, credentialsNo, login, password = makePassword() } = body;
    const fault = identityNumberFault(normaliseCredentialsNo(identityCard, credentialsNo));
    if (fault !== undefined)
      throw new Problem(
        "invalid-field",
        `credentialsNo: is no identity number of 18 characters: its ${fault} is wrong`,
      );
    const wrongName = nameFault(name);
    if (wrongName !== undefined) throw new Problem("invalid-field", `name: ${wrongName.en}`);
    note({ personId: personKeyOf(vault, { credentialsNo }).personId });
    const mustChangePassword = body.password === undefined || body.mustChangePassword !== false;
    const passwordHash = await hashNewPassword({ login, password }).catch(refusePassword);
    const added = {
      userId: newUserId(),
      login,
      passwordHash,
      mustChangePassword,
      identity: { credentialsType: identityCard, credentialsNo, name },
    };
    await registerUser(store, vault, added, clock.now()).catch(refuseUser);
    return { userId: added.userId, login, ...(body.password === undefined ? { password } : {}) };
  },
);

function refuseUser(error: unknown): never {
  if (error instanceof NameError) throw new Problem("conflict", error.message);
  if (failedWith(error, uniqueViolation)) throw new Problem("conflict", "the login exists already");
  throw error;
}

export const changeUserRoute = defineRoute(
  {
    method: "PATCH",
    path: "/api/users/:userId",
    title: { en: "Disable or enable a user's login", zh: "停用或启用用户登录" },
    doc: "Sessions end when a login is disabled. What the person consented to goes on: only they end it, or an erasure does.",
    who: operatorsWho("people:write"),
    params,
    body: field.object({ disabled: field.flag("may not sign in") }),
    reply: user,
    errors: ["not-found"],
    action: "user.change",
  },
  async ({ params: { userId: id }, body: { disabled }, note }, platform) => {
    const { user: found, account } = await userCalled(platform, id);
    note({ personId: found.person.personId, details: { disabled } });
    await stopAccount(platform.store, account, disabled ? platform.clock.now() : undefined);
    return describe((await userCalled(platform, id)).listed);
  },
);

export const resetUserRoute = defineRoute(
  {
    method: "POST",
    path: "/api/users/:userId/reset",
    title: { en: "Reset a user's password", zh: "重置用户密码" },
    doc: "A new password is made and shown once, the authenticator app is forgotten, all sessions end.",
    who: operatorsWho("people:write"),
    params,
    reply: field.object({ userId, login: field.login, password: made }),
    errors: ["not-found"],
    action: "user.reset",
  },
  async ({ params: { userId: id }, note }, platform) => {
    const { user: found, account } = await userCalled(platform, id);
    note({ personId: found.person.personId });
    return { userId: id, login: account.login, password: await resetAccount(platform.store, account) };
  },
);

export const removeUserRoute = defineRoute(
  {
    method: "DELETE",
    path: "/api/users/:userId",
    title: { en: "Remove a user who never consented to anything", zh: "删除用户" },
    doc: "One who did is disabled instead: consents are proof. The person's file stays; erasing the person takes the login with it.",
    who: operatorsWho("people:write"),
    params,
    reply: field.done,
    errors: ["not-found", "conflict"],
    action: "user.remove",
  },
  async ({ params: { userId: id }, note }, platform) => {
    const found = await userCalled(platform, id);
    note({ personId: found.user.person.personId });
    if (!(await removeUser(platform.store, found)))
      throw new Problem("conflict", "the user has consented to something, which is proof: disable the login instead");
    return { done: true as const };
  },
);
