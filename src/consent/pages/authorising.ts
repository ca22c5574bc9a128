import { readFileSync } from "node:fs";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { hashToken, sameSecret } from "../../keys/secrets.ts";
import { type App, type AppDirectory, redirectAllowed } from "../../merchants/apps.ts";
import type { Html } from "./html.ts";
import { consentPage, errorPage, type HiddenFields, type Language, languageOf, signInPage, type SignInTexts } from "./layout.ts";

/** Published: at most 100 characters. A form would change line breaks on the way, so there are none. */
const statePattern = /^[^\p{Cc}]{0,100}$/u;
const signInsPerMinute = 60;

export type Form = Readonly<Record<string, string | undefined>>;

/** Somebody signed in, looking at what an app asks for. */
export interface Visit<Account, Wanted> {
  readonly language: Language;
  readonly app: App;
  readonly wanted: Wanted;
  readonly account: Account;
}

/** What comes of a visit: a page that asks, an answer that the browser takes back to the app, or a page with an error. */
export type Outcome =
  | { readonly title: string; readonly asking: Html }
  | { readonly answer: Readonly<Record<string, string>> }
  | { readonly error: string };

/** One kind of consent: who gives it, for what, and what the app is told. */
export interface Authorising<Account extends { readonly login: string }, Wanted> {
  readonly path: string;
  readonly loginPath: string;
  readonly cookieName: string;
  readonly sessionLifeS: number;
  readonly signIn: Readonly<Record<Language, SignInTexts>>;
  /** Every parameter that may go back to the app: an address that came with one of its own must not speak for us. */
  readonly answerNames: readonly string[];
  /** Parameters of its own, beside app_id, redirect_uri and state; carried from page to page as they came. */
  readonly ownParameters: readonly string[];
  /** What is asked for, or the code of what is wrong with it. */
  want(app: App, form: Form): Wanted | string;
  checkPassword(login: string, password: string): Promise<Account | undefined>;
  /** Gives the secret that the browser's cookie carries. */
  openSession(account: Account): Promise<string>;
  accountOfSession(secret: string): Promise<Account | undefined>;
  closeSession(secret: string): Promise<void>;
  ask(visit: Visit<Account, Wanted>): Promise<Outcome>;
  agree(visit: Visit<Account, Wanted>, form: Form): Promise<Outcome>;
}

export function registerStylesheet(server: FastifyInstance): void {
  const stylesheet = readFileSync(new URL("./authorise.css", import.meta.url), "utf8");
  server.get("/oauth2/authorise.css", (_, reply) => reply.type("text/css; charset=utf-8").send(stylesheet));
}

/**
 * The pages on which somebody signs in and lets an app do something. Addresses, parameters and what is sent back are the
 * real platform's; what it does when somebody cancels is in no public source, so that is our own: back to the app with
 * error=access_denied.
 */
export function registerAuthorising<Account extends { readonly login: string }, Wanted>(
  server: FastifyInstance,
  apps: AppDirectory,
  kind: Authorising<Account, Wanted>,
): void {
  server.get(kind.path, async (request, reply) => {
    const asked = await readRequest(apps, kind, stringsOf(request.query));
    if (typeof asked === "string") return showError(request, reply, asked);
    const account = await signedIn(kind, request);
    if (account === undefined) return showSignIn(kind, request, reply, asked, false);
    return show(kind, request, reply, asked, account, await kind.ask({ ...asked, account, language: language(request) }));
  });

  server.post(kind.loginPath, { config: { rateLimit: { max: signInsPerMinute, timeWindow: 60_000 } } }, async (request, reply) => {
    const form = stringsOf(request.body);
    if (!fromOwnPage(request)) return showError(request, reply, "suspected-attack");
    const asked = await readRequest(apps, kind, form);
    if (typeof asked === "string") return showError(request, reply, asked);
    const account = await kind.checkPassword(form["login"] ?? "", form["password"] ?? "");
    if (account === undefined) return showSignIn(kind, request, reply.code(401), asked, true);
    reply.setCookie(kind.cookieName, await kind.openSession(account), {
      path: "/oauth2",
      httpOnly: true,
      sameSite: "lax",
      secure: request.protocol === "https",
      maxAge: kind.sessionLifeS,
    });
    return reply.redirect(addressOf(kind, asked), 303);
  });

  server.post(kind.path, async (request, reply) => {
    const form = stringsOf(request.body);
    if (!fromOwnPage(request)) return showError(request, reply, "suspected-attack");
    const asked = await readRequest(apps, kind, form);
    if (typeof asked === "string") return showError(request, reply, asked);
    const account = await signedIn(kind, request);
    if (account === undefined) return showSignIn(kind, request, reply, asked, false);
    if (!sameSecret(form["form_token"] ?? "", formTokenOf(kind, request))) return showError(request, reply, "suspected-attack");
    switch (form["decision"]) {
      case "agree":
        return show(kind, request, reply, asked, account, await kind.agree({ ...asked, account, language: language(request) }, form));
      case "other_account":
        await kind.closeSession(request.cookies[kind.cookieName] ?? "");
        return reply.clearCookie(kind.cookieName, { path: "/oauth2" }).redirect(addressOf(kind, asked), 303);
      default:
        return sendBack(kind, reply, asked, { error: "access_denied" });
    }
  });
}

interface Asked<Wanted> {
  readonly app: App;
  readonly wanted: Wanted;
  readonly redirectUri: string;
  readonly state: string | undefined;
  /** The request itself, carried from page to page as it came. */
  readonly parameters: HiddenFields;
}

/** Only what the pages above need of a kind, whoever its accounts are. */
type AnyKind = Pick<Authorising<never, never>, "path" | "loginPath" | "cookieName" | "signIn" | "answerNames">;

/** The request, or the code of what is wrong with it. Nobody is sent to an address that the app has not registered. */
async function readRequest<Account extends { readonly login: string }, Wanted>(
  apps: AppDirectory,
  kind: Authorising<Account, Wanted>,
  form: Form,
): Promise<Asked<Wanted> | string> {
  const { app_id: appId, redirect_uri: redirectUri, state } = form;
  if (appId === undefined) return "missing-app-id";
  const app = await apps.find(appId);
  if (app === undefined) return "invalid-app-id";
  if (redirectUri === undefined || !redirectAllowed(app.redirectUris, redirectUri)) return "invalid-redirect-uri";
  if (state !== undefined && !statePattern.test(state)) return "invalid-state";
  const wanted = kind.want(app, form);
  if (typeof wanted === "string") return wanted;
  const names = ["app_id", ...kind.ownParameters, "redirect_uri", "state"];
  const parameters = names.flatMap((name) => (form[name] === undefined ? [] : [[name, form[name]] as const]));
  return { app, wanted, redirectUri, state, parameters: Object.fromEntries(parameters) };
}

/** The fields that came once and as text; any other kind is none that our pages send. */
function stringsOf(fields: unknown): Form {
  const entries = typeof fields === "object" && fields !== null ? Object.entries(fields) : [];
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

function show(
  kind: AnyKind,
  request: FastifyRequest,
  reply: FastifyReply,
  asked: Asked<unknown>,
  account: { readonly login: string },
  outcome: Outcome,
): FastifyReply {
  if ("error" in outcome) return showError(request, reply, outcome.error);
  if ("answer" in outcome) return sendBack(kind, reply, asked, outcome.answer);
  const hidden = { ...asked.parameters, form_token: formTokenOf(kind, request) };
  return showPage(reply, consentPage(language(request), { ...outcome, login: account.login }, { action: kind.path, hidden }));
}

function showSignIn(kind: AnyKind, request: FastifyRequest, reply: FastifyReply, asked: Asked<unknown>, failed: boolean): FastifyReply {
  const spoken = language(request);
  return showPage(reply, signInPage(spoken, kind.signIn[spoken], { action: kind.loginPath, hidden: asked.parameters, failed }));
}

function showError(request: FastifyRequest, reply: FastifyReply, code: string): FastifyReply {
  return showPage(reply.code(400), errorPage(language(request), code));
}

function showPage(reply: FastifyReply, page: string): FastifyReply {
  return reply.type("text/html; charset=utf-8").header("cache-control", "no-store").send(page);
}

function sendBack(kind: AnyKind, reply: FastifyReply, asked: Asked<unknown>, answer: Readonly<Record<string, string>>): FastifyReply {
  const address = new URL(asked.redirectUri);
  for (const name of ["app_id", "error", "state", ...kind.answerNames]) address.searchParams.delete(name);
  address.searchParams.set("app_id", asked.app.appId);
  for (const [name, value] of Object.entries(answer)) address.searchParams.set(name, value);
  if (asked.state !== undefined) address.searchParams.set("state", asked.state);
  return reply.redirect(address.toString(), 303);
}

function addressOf(kind: AnyKind, asked: Asked<unknown>): string {
  return `${kind.path}?${new URLSearchParams(asked.parameters).toString()}`;
}

async function signedIn<Account extends { readonly login: string }>(
  kind: Pick<Authorising<Account, never>, "cookieName" | "accountOfSession">,
  request: FastifyRequest,
): Promise<Account | undefined> {
  const secret = request.cookies[kind.cookieName];
  return secret === undefined ? undefined : kind.accountOfSession(secret);
}

/** Only a page of ours, shown in this very session, knows it. */
function formTokenOf(kind: AnyKind, request: FastifyRequest): string {
  return hashToken(`form ${request.cookies[kind.cookieName] ?? ""}`).toString("base64url");
}

/** Browsers say where a form was sent from; one that stands on another site is not ours. */
function fromOwnPage(request: FastifyRequest): boolean {
  const { origin } = request.headers;
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === request.host;
}

function language(request: FastifyRequest): Language {
  return languageOf(request.headers["accept-language"]);
}
