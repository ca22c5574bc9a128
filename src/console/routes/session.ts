import { Type } from "typebox";
import { findLiveAccount } from "../../accounts/account.ts";
import { isPermitted, permissions } from "../../accounts/roles.ts";
import { closeSession, openSession } from "../../accounts/sessions.ts";
import { accountOf, cookieNames } from "../caller.ts";
import * as field from "../fields.ts";
import { Problem } from "../problem.ts";
import { defineRoute } from "../route.ts";
import { cookieOptions, setSessionCookie } from "../session-cookie.ts";

const me = field.object({
  kind: Type.Enum(["operator", "merchant"]),
  login: field.login,
  role: Type.Union([field.role, Type.Null()]),
  merchantId: Type.Union([field.merchantId, Type.Null()]),
  /** What the caller may do, for pages that show nothing else. */
  permissions: Type.Array(field.permission),
  hasTotp: Type.Boolean(),
  mustChangePassword: Type.Boolean(),
});

export const signInRoute = defineRoute(
  {
    method: "POST",
    path: "/api/session",
    title: { en: "Sign in", zh: "登录" },
    doc: "Sets a cookie. Programs send an API token instead.",
    who: { anybody: true },
    body: field.object({
      kind: Type.Enum(["operator", "merchant"], { description: "operator or merchant" }),
      login: field.login,
      password: field.password,
      code: Type.Optional(
        Type.String({ minLength: 1, maxLength: 32, description: "of the authenticator app, or a recovery code" }),
      ),
    }),
    reply: field.object({
      kind: Type.Enum(["operator", "merchant"]),
      login: field.login,
      mustChangePassword: Type.Boolean(),
    }),
    status: 201,
    errors: ["wrong-credentials", "code-needed", "too-many-requests"],
  },
  async ({ body: { kind, login, password, code }, reply }, { passwords, store, clock }) => {
    const { request } = reply;
    const deviceCookie = `${cookieNames[kind]}_device`;
    const answer = await passwords.check(kind, {
      login,
      password,
      code,
      address: request.ip,
      device: request.cookies[deviceCookie],
    });
    if ("refused" in answer) {
      if (answer.refused === "code") throw new Problem("code-needed", "send the code of the authenticator app, too");
      if (answer.refused === "wait")
        throw new Problem("too-many-requests", `too many attempts; try again in ${answer.waitS} s`, answer);
      throw new Problem("wrong-credentials", "the login, password or code is wrong");
    }
    const origin = { address: request.ip, client: request.headers["user-agent"] };
    const secret = await openSession({ store, clock }, answer.account, origin);
    if (secret === undefined) throw new Problem("wrong-credentials", "the login, password or code is wrong");
    if (answer.device !== undefined)
      void reply.setCookie(deviceCookie, answer.device, { ...cookieOptions(reply), maxAge: deviceLifeS });
    setSessionCookie(reply, kind, secret);
    return { kind, login, mustChangePassword: answer.account.mustChangePassword };
  },
);
const deviceLifeS = 31_536_000;

export const readSessionRoute = defineRoute(
  {
    method: "GET",
    path: "/api/session",
    title: { en: "Who is signed in", zh: "当前登录" },
    who: { accounts: true },
    reply: me,
  },
  async ({ caller }, { store }) => {
    const { kind, login, role, subject } = accountOf(caller);
    const live = await findLiveAccount(store, kind, login);
    if (live === undefined || kind === "user") throw new Problem("not-signed-in", "the account is no more");
    const { hasTotp, mustChangePassword } = live.account;
    return {
      kind,
      login,
      role: role ?? null,
      merchantId: subject ?? null,
      permissions: role === undefined ? [] : permissions.filter((each) => isPermitted(role, each, caller.narrowedTo)),
      hasTotp,
      mustChangePassword,
    };
  },
);

export const signOutRoute = defineRoute(
  {
    method: "DELETE",
    path: "/api/session",
    title: { en: "Sign out", zh: "退出登录" },
    who: { accounts: true },
    reply: field.done,
  },
  async ({ caller, reply }, { store }) => {
    const { kind } = accountOf(caller);
    if (kind !== "user") {
      await closeSession(store, reply.request.cookies[cookieNames[kind]] ?? "");
      void reply.clearCookie(cookieNames[kind], { path: "/" });
    }
    return { done: true as const };
  },
);
