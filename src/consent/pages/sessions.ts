import { readFileSync } from "node:fs";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Credentials, PasswordDesk, Refused } from "../../accounts/password-desk.ts";
import type { Clock } from "../../clock.ts";
import { hashToken } from "../../keys/secrets.ts";
import type { Store } from "../../store/store.ts";
import { errorPage, type HiddenFields, type Language, languageOf, signInPage, type SignInTexts } from "./layout.ts";

/** What sessions are made with. */
export interface SessionParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly passwords: PasswordDesk;
}

/** Who signs in on a page, and how the browser's cookie stands for them. */
export interface Sessions<Account extends { readonly login: string }> {
  readonly cookieName: string;
  readonly lifeS: number;
  readonly signIn: Readonly<Record<Language, SignInTexts>>;
  /** Opens a session for whoever knows the password. */
  enter(credentials: Credentials): Promise<Entrance | Refused>;
  accountOf(secret: string): Promise<Account | undefined>;
  close(secret: string): Promise<void>;
}

/** What the browser of somebody who has signed in keeps. */
export interface Entrance {
  /** What the session's cookie carries. */
  readonly secret: string;
  /** By which the device is known again when the session is over; only while strangers guess at the account. */
  readonly device: string | undefined;
}

/** Why somebody sees the page to sign in: they have not yet, or were refused. */
export type SignInState = Refused | undefined;

const deviceLifeS = 31_536_000;

/** Only what a cookie needs, whoever the accounts are. */
type Cookie = Pick<Sessions<never>, "cookieName">;

export type Form = Readonly<Record<string, string | undefined>>;

export async function signedIn<Account extends { readonly login: string }>(
  sessions: Pick<Sessions<Account>, "cookieName" | "accountOf">,
  request: FastifyRequest,
): Promise<Account | undefined> {
  const secret = request.cookies[sessions.cookieName];
  return secret === undefined ? undefined : sessions.accountOf(secret);
}

/** Signs somebody in and sends them on to `address`, or shows the page again, which says why not. */
export async function signIn<Account extends { readonly login: string }>(
  sessions: Sessions<Account>,
  request: FastifyRequest,
  reply: FastifyReply,
  form: Form,
  page: { readonly address: string; readonly action: string; readonly hidden: HiddenFields },
): Promise<FastifyReply> {
  const deviceCookieName = `${sessions.cookieName}_device`;
  const { login = "", password = "" } = form;
  const entrance = await sessions.enter({
    login,
    password,
    address: request.ip,
    device: request.cookies[deviceCookieName],
  });
  if ("refused" in entrance)
    return showSignIn(sessions, request, reply, { action: page.action, hidden: page.hidden, state: entrance });
  // Of the server's own accord a cookie is Secure where the public address is https.
  const secure = request.protocol === "https" ? { secure: true } : {};
  const cookie = { path: "/oauth2", httpOnly: true, sameSite: "lax", ...secure } as const;
  if (entrance.device !== undefined)
    void reply.setCookie(deviceCookieName, entrance.device, { ...cookie, maxAge: deviceLifeS });
  return reply
    .setCookie(sessions.cookieName, entrance.secret, { ...cookie, maxAge: sessions.lifeS })
    .redirect(page.address, 303);
}

export async function signOut(
  sessions: Pick<Sessions<never>, "cookieName" | "close">,
  request: FastifyRequest,
  reply: FastifyReply,
  address: string,
): Promise<FastifyReply> {
  await sessions.close(request.cookies[sessions.cookieName] ?? "");
  return reply.clearCookie(sessions.cookieName, { path: "/oauth2" }).redirect(address, 303);
}

/** Only a page of ours, shown in this very session, knows it. */
export function formTokenOf({ cookieName }: Cookie, request: FastifyRequest): string {
  return hashToken(`form ${request.cookies[cookieName] ?? ""}`).toString("base64url");
}

/** The fields that came once and as text; any other kind is none that our pages send. */
export function stringsOf(fields: unknown): Form {
  const entries = typeof fields === "object" && fields !== null ? Object.entries(fields) : [];
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

export function language(request: FastifyRequest): Language {
  return languageOf(request.headers["accept-language"]);
}

export function showSignIn(
  sessions: Pick<Sessions<never>, "signIn">,
  request: FastifyRequest,
  reply: FastifyReply,
  form: { action: string; hidden: HiddenFields; state: SignInState },
): FastifyReply {
  const spoken = language(request);
  if (form.state?.refused === "wrong") void reply.code(401);
  if (form.state?.refused === "wait") void reply.code(429).header("retry-after", String(form.state.waitS));
  return showPage(reply, signInPage(spoken, sessions.signIn[spoken], form));
}

export function showError(request: FastifyRequest, reply: FastifyReply, code: string): FastifyReply {
  return showPage(reply.code(400), errorPage(language(request), code));
}

export function showPage(reply: FastifyReply, page: string): FastifyReply {
  return reply.type("text/html; charset=utf-8").header("cache-control", "no-store").send(page);
}

/** What every page looks like. */
export function registerStylesheet(server: FastifyInstance): void {
  const stylesheet = readFileSync(new URL("./authorise.css", import.meta.url), "utf8");
  server.get("/oauth2/authorise.css", (_, reply) => reply.type("text/css; charset=utf-8").send(stylesheet));
}
