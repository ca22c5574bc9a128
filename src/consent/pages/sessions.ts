import { readFileSync } from "node:fs";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Account } from "../../accounts/account.ts";
import type { PasswordDesk, Refused } from "../../accounts/password-desk.ts";
import { closeSession, findSession, openSession, sessionLives } from "../../accounts/sessions.ts";
import type { Clock } from "../../clock.ts";
import { hashToken } from "../../keys/secrets.ts";
import type { Vault } from "../../keys/vault.ts";
import type { Store } from "../../store/store.ts";
import { errorPage, type HiddenFields, type Language, languageOf, signInPage, type SignInTexts } from "./layout.ts";

/** What sessions are made with. */
export interface SessionParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly vault: Vault;
  readonly passwords: PasswordDesk;
}

/** Where somebody signs in, and how the browser's cookie stands for them. */
export interface SignInPlace {
  readonly parts: SessionParts;
  readonly kind: "user" | "merchant";
  readonly cookieName: string;
  /** Where the browser sends the cookie: a merchant's goes to the console's API, too. */
  readonly cookiePath: "/" | "/oauth2";
  readonly signIn: Readonly<Record<Language, SignInTexts>>;
}

/** Who signs in there. */
export interface Sessions<Subject> extends SignInPlace {
  /** Whom an account stands for; undefined when there is no such user or merchant any more. */
  subjectOf(account: Account): Promise<Subject | undefined>;
  /** How the audit trail names whom something is about. */
  about(subject: Subject): { readonly personId?: string; readonly merchantId?: string };
}

/** Somebody signed in. */
export interface Visitor<Subject> {
  readonly subject: Subject;
  readonly account: Account;
  readonly sessionId: string;
}

/** Why somebody sees the page to sign in: they have not yet, or were refused. */
export type SignInState = Refused | undefined;

const deviceLifeS = 31_536_000;

export type Form = Readonly<Record<string, string | undefined>>;

export async function signedIn<Subject>(
  sessions: Sessions<Subject>,
  request: FastifyRequest,
): Promise<Visitor<Subject> | undefined> {
  const secret = request.cookies[sessions.cookieName] ?? "";
  const found = secret === "" ? undefined : await findSession(sessions.parts, sessions.kind, secret);
  const subject = found && (await sessions.subjectOf(found.account));
  return found === undefined || subject === undefined ? undefined : { ...found, subject };
}

/** Signs somebody in and sends them on to `address`, or shows the page again, which says why not. */
export async function signIn(
  place: SignInPlace,
  request: FastifyRequest,
  reply: FastifyReply,
  form: Form,
  page: { readonly address: string; readonly action: string; readonly hidden: HiddenFields },
): Promise<FastifyReply> {
  const { parts, kind, cookieName, cookiePath } = place;
  const { login = "", password = "", code = "" } = form;
  const again = (state: Refused): FastifyReply => {
    const asksForCode = state.refused === "code" || form["code"] !== undefined;
    return showSignIn(place, request, reply, { ...page, state, login: asksForCode ? login : undefined });
  };
  const answer = await parts.passwords.check(kind, {
    login,
    password,
    code: code.trim() || undefined,
    address: request.ip,
    device: deviceOf(place, request),
  });
  if ("refused" in answer) return again(answer);
  const origin = { address: request.ip, client: request.headers["user-agent"] };
  const secret = await openSession(parts, answer.account, origin);
  // Erased, or stopped, since the password was checked.
  if (secret === undefined) return again({ refused: "wrong" });
  // Of the server's own accord a cookie is Secure where the public address is https.
  const secure = request.protocol === "https" ? { secure: true } : {};
  const cookie = { path: cookiePath, httpOnly: true, sameSite: "lax", ...secure } as const;
  if (answer.device !== undefined)
    void reply.setCookie(`${cookieName}_device`, answer.device, { ...cookie, maxAge: deviceLifeS });
  return reply
    .setCookie(cookieName, secret, { ...cookie, maxAge: sessionLives[kind].lifeS })
    .redirect(page.address, 303);
}

/** What the device was given by which it is known as one that the account signed in on. */
export function deviceOf({ cookieName }: Pick<SignInPlace, "cookieName">, request: FastifyRequest): string | undefined {
  return request.cookies[`${cookieName}_device`];
}

export async function signOut(
  { parts, cookieName, cookiePath }: SignInPlace,
  request: FastifyRequest,
  reply: FastifyReply,
  address: string,
): Promise<FastifyReply> {
  await closeSession(parts.store, request.cookies[cookieName] ?? "");
  return reply.clearCookie(cookieName, { path: cookiePath }).redirect(address, 303);
}

/** Only a page of ours, shown in this very session, knows it. */
export function formTokenOf({ cookieName }: Pick<SignInPlace, "cookieName">, request: FastifyRequest): string {
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
  place: Pick<SignInPlace, "signIn">,
  request: FastifyRequest,
  reply: FastifyReply,
  form: { action: string; hidden: HiddenFields; state: SignInState; login?: string | undefined },
): FastifyReply {
  const spoken = language(request);
  setStatus(reply, form.state);
  return showPage(reply, signInPage(spoken, place.signIn[spoken], form));
}

/** As the API answers alike. */
export function setStatus(reply: FastifyReply, state: SignInState): void {
  if (state?.refused === "wrong" || state?.refused === "code") void reply.code(401);
  if (state?.refused === "wait") void reply.code(429).header("retry-after", String(state.waitS));
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
