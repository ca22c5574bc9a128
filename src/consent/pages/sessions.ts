import { readFileSync } from "node:fs";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { hashToken } from "../../keys/secrets.ts";
import { errorPage, type HiddenFields, type Language, languageOf, signInPage, type SignInTexts } from "./layout.ts";

export const signInLimit = { config: { rateLimit: { max: 60, timeWindow: 60_000 } } };

/** Who signs in on a page, and how the browser's cookie stands for them. */
export interface Sessions<Account extends { readonly login: string }> {
  readonly cookieName: string;
  readonly lifeS: number;
  readonly signIn: Readonly<Record<Language, SignInTexts>>;
  checkPassword(login: string, password: string): Promise<Account | undefined>;
  /** Gives the secret that the cookie carries. */
  open(account: Account): Promise<string>;
  accountOf(secret: string): Promise<Account | undefined>;
  close(secret: string): Promise<void>;
}

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

/** Signs somebody in and sends them on to `address`; undefined when the login or the password is wrong. */
export async function signIn<Account extends { readonly login: string }>(
  sessions: Sessions<Account>,
  request: FastifyRequest,
  reply: FastifyReply,
  form: Form,
  address: string,
): Promise<FastifyReply | undefined> {
  const account = await sessions.checkPassword(form["login"] ?? "", form["password"] ?? "");
  if (account === undefined) return undefined;
  reply.setCookie(sessions.cookieName, await sessions.open(account), {
    path: "/oauth2",
    httpOnly: true,
    sameSite: "lax",
    // Of the server's own accord it is Secure where the public address is https.
    ...(request.protocol === "https" ? { secure: true } : {}),
    maxAge: sessions.lifeS,
  });
  return reply.redirect(address, 303);
}

export async function signOut(sessions: Pick<Sessions<never>, "cookieName" | "close">, request: FastifyRequest, reply: FastifyReply, address: string): Promise<FastifyReply> {
  await sessions.close(request.cookies[sessions.cookieName] ?? "");
  return reply.clearCookie(sessions.cookieName, { path: "/oauth2" }).redirect(address, 303);
}

/** Only a page of ours, shown in this very session, knows it. */
export function formTokenOf({ cookieName }: Cookie, request: FastifyRequest): string {
  return hashToken(`form ${request.cookies[cookieName] ?? ""}`).toString("base64url");
}

/** Browsers say where a form was sent from; one that stands on another site is not ours. */
export function fromOwnPage(request: FastifyRequest): boolean {
  const { origin } = request.headers;
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === request.host;
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
  form: { action: string; hidden: HiddenFields; failed: boolean },
): FastifyReply {
  const spoken = language(request);
  return showPage(form.failed ? reply.code(401) : reply, signInPage(spoken, sessions.signIn[spoken], form));
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
