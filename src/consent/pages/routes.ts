import { readFileSync } from "node:fs";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Clock } from "../../clock.ts";
import { hashToken, sameSecret } from "../../keys/secrets.ts";
import { type App, type AppDirectory, redirectAllowed } from "../../merchants/apps.ts";
import { merchantName } from "../../merchants/merchants.ts";
import type { Store } from "../../store/store.ts";
import { type Consent, findAuthorisation, grantAuthorisation, type Scope, scopes } from "../authorisations.ts";
import { issueAuthCode } from "../tokens.ts";
import { checkPassword, closeSession, openSession, sessionLifeS, sessionUser, type User } from "../users.ts";
import { type AuthoriseRequest, consentPage, errorPage, languageOf, signInPage } from "./authorise-page.ts";

export interface AuthorisePagesParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly apps: AppDirectory;
  readonly authorisationDays: number;
}

export const authorisePath = "/oauth2/publicAppAuthorize.htm";
const cookieName = "kaimen_user";
/** Published: at most 100 characters. A form would change line breaks on the way, so there are none. */
export const statePattern = /^[^\p{Cc}]{0,100}$/u;
export const signInsPerMinute = 60;

export type Form = Readonly<Record<string, string | undefined>>;

/** The fields that came once and as text; any other kind is none that our pages send. */
export function stringsOf(fields: unknown): Form {
  const entries = typeof fields === "object" && fields !== null ? Object.entries(fields) : [];
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

/**
 * The pages a user authorises an app on. The address, its parameters and what is sent back are the real platform's; what
 * it does when a user cancels is in no public source, so that is our own: back to the app with error=access_denied.
 */
export function registerAuthorisePages(server: FastifyInstance, parts: AuthorisePagesParts): void {
  const stylesheet = readFileSync(new URL("./authorise.css", import.meta.url), "utf8");
  server.get("/oauth2/authorise.css", (_, reply) => reply.type("text/css; charset=utf-8").send(stylesheet));

  server.get(authorisePath, async (request, reply) => {
    const asked = await readAuthoriseRequest(parts, stringsOf(request.query));
    if (typeof asked === "string") return showError(request, reply, asked);
    const user = await signedInUser(parts, request);
    if (user === undefined) return showPage(reply, signInPage(language(request), asked.request, false));
    const consent = await findAuthorisation(parts.store, parts.clock, { userId: user.userId, appId: asked.app.appId, scopes: asked.scopes });
    if (consent !== undefined) return sendBack(parts, reply, asked, consent);
    return askConsent(parts, request, reply, asked, user);
  });

  server.post("/oauth2/login", { config: { rateLimit: { max: signInsPerMinute, timeWindow: 60_000 } } }, async (request, reply) => {
    const form = stringsOf(request.body);
    if (!fromOwnPage(request)) return showError(request, reply, "suspected-attack");
    const asked = await readAuthoriseRequest(parts, form);
    if (typeof asked === "string") return showError(request, reply, asked);
    const user = await checkPassword(parts.store, form["login"] ?? "", form["password"] ?? "");
    if (user === undefined) return showPage(reply.code(401), signInPage(language(request), asked.request, true));
    reply.setCookie(cookieName, await openSession(parts.store, user.userId, parts.clock), {
      path: "/oauth2",
      httpOnly: true,
      sameSite: "lax",
      secure: request.protocol === "https",
      maxAge: sessionLifeS,
    });
    return reply.redirect(addressOf(asked.request), 303);
  });

  server.post(authorisePath, async (request, reply) => {
    const form = stringsOf(request.body);
    if (!fromOwnPage(request)) return showError(request, reply, "suspected-attack");
    const asked = await readAuthoriseRequest(parts, form);
    if (typeof asked === "string") return showError(request, reply, asked);
    const user = await signedInUser(parts, request);
    if (user === undefined) return showPage(reply, signInPage(language(request), asked.request, false));
    if (!sameSecret(form["form_token"] ?? "", formTokenOf(request))) return showError(request, reply, "suspected-attack");
    switch (form["decision"]) {
      case "agree":
        return sendBack(
          parts,
          reply,
          asked,
          await grantAuthorisation(parts.store, parts.clock, {
            userId: user.userId,
            appId: asked.app.appId,
            scopes: asked.scopes,
            days: parts.authorisationDays,
            channel: "web",
          }),
        );
      case "other_account":
        await closeSession(parts.store, request.cookies[cookieName] ?? "");
        return reply.clearCookie(cookieName, { path: "/oauth2" }).redirect(addressOf(asked.request), 303);
      default:
        return reply.redirect(backTo(asked, { error: "access_denied" }), 303);
    }
  });
}

interface Asked {
  readonly request: AuthoriseRequest;
  readonly app: App;
  readonly scopes: readonly Scope[];
}

/** The request, or the code of what is wrong with it. Nobody is sent to an address that the app has not registered. */
async function readAuthoriseRequest(parts: AuthorisePagesParts, form: Form): Promise<Asked | string> {
  const { app_id: appId, scope, redirect_uri: redirectUri, state } = form;
  if (appId === undefined) return "missing-app-id";
  const app = await parts.apps.find(appId);
  if (app === undefined) return "invalid-app-id";
  if (redirectUri === undefined || !redirectAllowed(app.redirectUris, redirectUri)) return "invalid-redirect-uri";
  if (scope === undefined) return "invalid-scope";
  const wanted = scope.split(",").map((name) => scopes.find((each) => each === name.trim()));
  const known = wanted.filter((each) => each !== undefined);
  if (known.length === 0 || known.length < wanted.length) return "invalid-scope";
  if (state !== undefined && !statePattern.test(state)) return "invalid-state";
  return { request: { appId, scope, redirectUri, state }, app, scopes: [...new Set(known)] };
}

async function askConsent(
  parts: AuthorisePagesParts,
  request: FastifyRequest,
  reply: FastifyReply,
  asked: Asked,
  user: User,
): Promise<FastifyReply> {
  const shown = {
    appName: asked.app.name,
    merchantName: await merchantName(parts.store, asked.app.merchantId),
    login: user.login,
    scopes: asked.scopes,
    days: parts.authorisationDays,
    formToken: formTokenOf(request),
  };
  return showPage(reply, consentPage(language(request), asked.request, shown));
}

async function sendBack(parts: AuthorisePagesParts, reply: FastifyReply, asked: Asked, consent: Consent): Promise<FastifyReply> {
  const code = await issueAuthCode(parts.store, parts.clock, consent);
  return reply.redirect(backTo(asked, { source: "alipay_wallet", scope: asked.request.scope, auth_code: code }), 303);
}

const answerNames = ["app_id", "source", "scope", "auth_code", "error", "state"];

function backTo(asked: Asked, answer: Record<string, string>): string {
  const address = new URL(asked.request.redirectUri);
  // An address that came with answers of its own must not speak for us.
  for (const name of answerNames) address.searchParams.delete(name);
  address.searchParams.set("app_id", asked.app.appId);
  for (const [name, value] of Object.entries(answer)) address.searchParams.set(name, value);
  if (asked.request.state !== undefined) address.searchParams.set("state", asked.request.state);
  return address.toString();
}

function addressOf(request: AuthoriseRequest): string {
  const query = new URLSearchParams({ app_id: request.appId, scope: request.scope, redirect_uri: request.redirectUri });
  if (request.state !== undefined) query.set("state", request.state);
  return `${authorisePath}?${query.toString()}`;
}

async function signedInUser(parts: AuthorisePagesParts, request: FastifyRequest): Promise<User | undefined> {
  const secret = request.cookies[cookieName];
  return secret === undefined ? undefined : sessionUser(parts.store, secret, parts.clock);
}

/** Only a page of ours, shown in this very session, knows it. */
function formTokenOf(request: FastifyRequest): string {
  return hashToken(`form ${request.cookies[cookieName] ?? ""}`).toString("base64url");
}

/** Browsers say where a form was sent from; one that stands on another site is not ours. */
export function fromOwnPage(request: FastifyRequest): boolean {
  const { origin } = request.headers;
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === request.host;
}

export function language(request: FastifyRequest): ReturnType<typeof languageOf> {
  return languageOf(request.headers["accept-language"]);
}

export function showPage(reply: FastifyReply, page: string): FastifyReply {
  return reply.type("text/html; charset=utf-8").header("cache-control", "no-store").send(page);
}

export function showError(request: FastifyRequest, reply: FastifyReply, code: string): FastifyReply {
  return showPage(reply.code(400), errorPage(language(request), code));
}
