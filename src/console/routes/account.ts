import { Type } from "typebox";
import { changeAccount } from "../../accounts/account.ts";
import { addApiToken, endApiTokens, listApiTokens, tokenLifeDays, tokensOfAccount } from "../../accounts/api-tokens.ts";
import { hashNewPassword, PasswordError } from "../../accounts/password-rules.ts";
import { isPermitted } from "../../accounts/roles.ts";
import { endSessions, listSessions } from "../../accounts/sessions.ts";
import { beginTotp, confirmTotp, removeTotp } from "../../accounts/totp.ts";
import { instantToText } from "../../clock.ts";
import type { Platform } from "../../platform.ts";
import { failedWith, uniqueViolation } from "../../store/sql-state.ts";
import { accountOf, type Caller } from "../caller.ts";
import * as field from "../fields.ts";
import { Problem } from "../problem.ts";
import { defineRoute } from "../route.ts";

const code = Type.String({ minLength: 6, maxLength: 32, description: "six digits of the authenticator app" });
const currentPassword = Type.String({ minLength: 1, maxLength: 256, description: "the password of today" });

/** A session that was left open, or a token that leaked, must not be enough to take an account over. */
async function provePassword({ passwords }: Platform, caller: Caller, password: string, sent?: string): Promise<void> {
  const { kind, login, hasTotp } = accountOf(caller);
  if (caller.sessionId === undefined) throw new Problem("not-permitted", "a token cannot do this: sign in");
  const answer = await passwords.check(kind, { login, password, code: sent, address: caller.actor.address });
  if (!("refused" in answer) || (answer.refused === "code" && !hasTotp)) return;
  if (answer.refused === "wait")
    throw new Problem("too-many-requests", `too many attempts; try again in ${answer.waitS} s`, answer);
  throw answer.refused === "code"
    ? new Problem("code-needed", "send the code of the authenticator app, too")
    : new Problem("wrong-credentials", "the password or code is wrong");
}

export const changePasswordRoute = defineRoute(
  {
    method: "PUT",
    path: "/api/account/password",
    title: { en: "Change one's password", zh: "修改密码" },
    doc: "All other sessions and all API tokens of the account end.",
    who: { accounts: true },
    body: field.object({ currentPassword, newPassword: field.password, code: Type.Optional(code) }),
    reply: field.object({ endedSessions: Type.Integer(), endedTokens: Type.Integer() }),
    errors: ["wrong-credentials", "code-needed", "refused"],
    action: "account.password",
  },
  async ({ body, caller }, platform) => {
    const { store } = platform;
    const account = accountOf(caller);
    await provePassword(platform, caller, body.currentPassword, body.code);
    if (body.newPassword === body.currentPassword) throw new Problem("refused", "the new password is the old one");
    const passwordHash = await hashNewPassword({ login: account.login, password: body.newPassword }).catch(
      refusePassword,
    );
    await changeAccount(store, account, { passwordHash, mustChangePassword: false });
    return {
      endedSessions: await endSessions(store, account, { except: caller.sessionId }),
      endedTokens: await endApiTokens(store, account),
    };
  },
);

export function refusePassword(error: unknown): never {
  throw error instanceof PasswordError ? new Problem("refused", error.message) : error;
}

export const beginTotpRoute = defineRoute(
  {
    method: "POST",
    path: "/api/account/totp",
    title: { en: "Begin to use an authenticator app", zh: "开始绑定验证器" },
    doc: "The secret, shown once, counts when a first code has confirmed it.",
    who: { accounts: true },
    body: field.object({ currentPassword }),
    reply: field.object({ secret: Type.String(), uri: Type.String({ description: "otpauth://, for a QR code" }) }),
    status: 201,
    errors: ["wrong-credentials", "conflict"],
    action: "account.totp",
  },
  async ({ body, caller }, platform) => {
    const account = accountOf(caller);
    await provePassword(platform, caller, body.currentPassword);
    if (account.hasTotp) throw new Problem("conflict", "the account has an authenticator app: remove that one first");
    return beginTotp(platform, account);
  },
);

export const confirmTotpRoute = defineRoute(
  {
    method: "PUT",
    path: "/api/account/totp",
    title: { en: "Confirm the authenticator app", zh: "确认绑定验证器" },
    who: { accounts: true },
    body: field.object({ code }),
    reply: field.object({
      recoveryCodes: Type.Array(Type.String(), { description: "each signs in once in place of a code; shown once" }),
    }),
    errors: ["refused"],
    action: "account.totp",
  },
  async ({ body, caller }, platform) => {
    const recoveryCodes = await confirmTotp(platform, accountOf(caller), body.code);
    if (recoveryCodes === undefined) throw new Problem("refused", "the code is wrong, or nothing was begun");
    return { recoveryCodes };
  },
);

export const removeTotpRoute = defineRoute(
  {
    method: "DELETE",
    path: "/api/account/totp",
    title: { en: "Stop using the authenticator app", zh: "解绑验证器" },
    who: { accounts: true },
    body: field.object({ currentPassword, code }),
    reply: field.done,
    errors: ["wrong-credentials", "code-needed", "not-found"],
    action: "account.totp",
  },
  async ({ body, caller }, platform) => {
    await provePassword(platform, caller, body.currentPassword, body.code);
    if (!(await removeTotp(platform.store, accountOf(caller)))) throw new Problem("not-found", "there is none");
    return { done: true as const };
  },
);

export const listSessionsRoute = defineRoute(
  {
    method: "GET",
    path: "/api/account/sessions",
    title: { en: "One's sessions", zh: "我的会话" },
    who: { accounts: true },
    reply: field.object({
      sessions: Type.Array(
        field.object({
          sessionId: field.uuid,
          isThis: Type.Boolean(),
          address: Type.String(),
          client: Type.String(),
          createdAt: field.instant,
          lastSeenAt: field.instant,
          expiresAt: field.instant,
        }),
      ),
    }),
  },
  async ({ caller }, platform) => ({
    sessions: (await listSessions(platform, accountOf(caller))).map((session) => ({
      ...session,
      isThis: session.sessionId === caller.sessionId,
      createdAt: instantToText(session.createdAt),
      lastSeenAt: instantToText(session.lastSeenAt),
      expiresAt: instantToText(session.expiresAt),
    })),
  }),
);

export const endSessionsRoute = defineRoute(
  {
    method: "DELETE",
    path: "/api/account/sessions",
    title: { en: "End all of one's other sessions", zh: "结束其他会话" },
    who: { accounts: true },
    reply: field.object({ ended: Type.Integer() }),
    action: "account.sessions",
  },
  async ({ caller }, { store }) => ({
    ended: await endSessions(store, accountOf(caller), { except: caller.sessionId }),
  }),
);

export const endSessionRoute = defineRoute(
  {
    method: "DELETE",
    path: "/api/account/sessions/:sessionId",
    title: { en: "End one session", zh: "结束会话" },
    who: { accounts: true },
    params: field.object({ sessionId: field.uuid }),
    reply: field.done,
    errors: ["not-found"],
    action: "account.sessions",
  },
  async ({ caller, params }, { store }) => {
    if ((await endSessions(store, accountOf(caller), { only: params.sessionId })) === 0)
      throw new Problem("not-found", "no such session");
    return { done: true as const };
  },
);

const tokenName = field.text(64, "1 to 64 characters: what it is for, unlike your other tokens'");

export const listTokensRoute = defineRoute(
  {
    method: "GET",
    path: "/api/account/tokens",
    title: { en: "One's API tokens", zh: "我的 API 令牌" },
    who: { accounts: true },
    reply: field.object({
      tokens: Type.Array(
        field.object({
          tokenId: field.uuid,
          name: tokenName,
          permissions: Type.Union([Type.Array(field.permission), Type.Null()]),
          createdAt: field.instant,
          expiresAt: field.instant,
          lastUsedAt: field.optionalInstant,
        }),
      ),
    }),
  },
  async ({ caller }, platform) => ({
    tokens: (await listApiTokens(platform, accountOf(caller))).map((token) => ({
      ...token,
      permissions: token.permissions === null ? null : [...token.permissions],
      createdAt: instantToText(token.createdAt),
      expiresAt: instantToText(token.expiresAt),
      lastUsedAt: field.orNull(token.lastUsedAt),
    })),
  }),
);

export const addTokenRoute = defineRoute(
  {
    method: "POST",
    path: "/api/account/tokens",
    title: { en: "Make an API token", zh: "创建 API 令牌" },
    doc: "The secret is shown this once. A token does what its owner may, or less; it makes no other tokens.",
    who: { accounts: true },
    body: field.object({
      name: tokenName,
      days: Type.Optional(
        Type.Integer({
          minimum: tokenLifeDays.least,
          maximum: tokenLifeDays.most,
          description: `days until it expires, ${tokenLifeDays.least} to ${tokenLifeDays.most}; ${tokenLifeDays.usual} when left out`,
        }),
      ),
      permissions: Type.Optional(Type.Array(field.permission, { maxItems: 50, description: "what it is narrowed to" })),
    }),
    reply: field.object({ tokenId: field.uuid, token: Type.String(), expiresAt: field.instant }),
    status: 201,
    errors: ["conflict", "refused"],
    action: "account.token",
  },
  async ({ body, caller, note }, platform) => {
    const account = accountOf(caller);
    if (caller.sessionId === undefined) throw new Problem("not-permitted", "a token cannot make tokens: sign in");
    if (account.mustChangePassword) throw new Problem("password-change-needed", "set a password of your own first");
    const { name, days = tokenLifeDays.usual, permissions } = body;
    const { role } = account;
    const beyond = permissions?.find((each) => role === undefined || !isPermitted(role, each));
    if (beyond !== undefined) throw new Problem("refused", `you may not ${beyond} yourself`);
    if ((await listApiTokens(platform, account)).length >= tokensOfAccount)
      throw new Problem("refused", `you have ${tokensOfAccount} tokens: end one first`);
    note({ details: { name, days } });
    try {
      const { tokenId, secret, expiresAt } = await addApiToken(platform, account, { name, days, permissions });
      return { tokenId, token: secret, expiresAt: instantToText(expiresAt) };
    } catch (error) {
      if (failedWith(error, uniqueViolation)) throw new Problem("conflict", `you have a token called ${name}`);
      throw error;
    }
  },
);

export const endTokenRoute = defineRoute(
  {
    method: "DELETE",
    path: "/api/account/tokens/:tokenId",
    title: { en: "End an API token", zh: "吊销 API 令牌" },
    who: { accounts: true },
    params: field.object({ tokenId: field.uuid }),
    reply: field.done,
    errors: ["not-found"],
    action: "account.token",
  },
  async ({ caller, params }, { store }) => {
    if ((await endApiTokens(store, accountOf(caller), params.tokenId)) === 0)
      throw new Problem("not-found", "no such token");
    return { done: true as const };
  },
);
