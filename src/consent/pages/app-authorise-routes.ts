import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Clock } from "../../clock.ts";
import { hashToken, sameSecret } from "../../keys/secrets.ts";
import { authoriseApp } from "../../merchants/app-authorisations.ts";
import { type App, type AppDirectory, redirectAllowed } from "../../merchants/apps.ts";
import {
  appsOfMerchant,
  checkMerchantPassword,
  closeMerchantSession,
  merchantOfSession,
  merchantSessionLifeS,
  type MerchantUser,
  openMerchantSession,
} from "../../merchants/merchant-logins.ts";
import { merchantName } from "../../merchants/merchants.ts";
import type { Bilingual } from "../../protocol/refusal.ts";
import type { Store } from "../../store/store.ts";
import { appConsentPage, type AppAuthoriseRequest, merchantSignInPage } from "./app-authorise-page.ts";
import { type Form, fromOwnPage, language, showError, showPage, signInsPerMinute, statePattern, stringsOf } from "./routes.ts";

export interface AppAuthorisePagesParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly apps: AppDirectory;
  /** The methods that an app may call for another merchant. */
  readonly methods: readonly { readonly name: string; readonly title: Bilingual }[];
}

export const appAuthorisePath = "/oauth2/appToAppAuth.htm";
const loginPath = "/oauth2/merchantLogin";
const cookieName = "kaimen_merchant";

interface Asked {
  readonly request: AppAuthoriseRequest;
  readonly app: App;
}

/**
 * The pages on which a merchant lets another merchant's app act for it. As on a user's page, the address and what is
 * sent back are the real platform's; what a cancel sends back, error=access_denied, is our own.
 */
export function registerAppAuthorisePages(server: FastifyInstance, parts: AppAuthorisePagesParts): void {
  server.get(appAuthorisePath, async (request, reply) => {
    const asked = await readRequest(parts, stringsOf(request.query));
    if (typeof asked === "string") return showError(request, reply, asked);
    const merchant = await signedInMerchant(parts, request);
    if (merchant === undefined) return showPage(reply, merchantSignInPage(language(request), asked.request, false));
    return askMerchant(parts, request, reply, asked, merchant);
  });

  server.post(loginPath, { config: { rateLimit: { max: signInsPerMinute, timeWindow: 60_000 } } }, async (request, reply) => {
    const form = stringsOf(request.body);
    if (!fromOwnPage(request)) return showError(request, reply, "suspected-attack");
    const asked = await readRequest(parts, form);
    if (typeof asked === "string") return showError(request, reply, asked);
    const merchant = await checkMerchantPassword(parts.store, form["login"] ?? "", form["password"] ?? "");
    if (merchant === undefined) return showPage(reply.code(401), merchantSignInPage(language(request), asked.request, true));
    reply.setCookie(cookieName, await openMerchantSession(parts.store, merchant, parts.clock), {
      path: "/oauth2",
      httpOnly: true,
      sameSite: "lax",
      secure: request.protocol === "https",
      maxAge: merchantSessionLifeS,
    });
    return reply.redirect(addressOf(asked.request), 303);
  });

  server.post(appAuthorisePath, async (request, reply) => {
    const form = stringsOf(request.body);
    if (!fromOwnPage(request)) return showError(request, reply, "suspected-attack");
    const asked = await readRequest(parts, form);
    if (typeof asked === "string") return showError(request, reply, asked);
    const merchant = await signedInMerchant(parts, request);
    if (merchant === undefined) return showPage(reply, merchantSignInPage(language(request), asked.request, false));
    if (!sameSecret(form["form_token"] ?? "", formTokenOf(request))) return showError(request, reply, "suspected-attack");
    switch (form["decision"]) {
      case "agree":
        return agree(parts, request, reply, asked, merchant, form);
      case "other_account":
        await closeMerchantSession(parts.store, request.cookies[cookieName] ?? "");
        return reply.clearCookie(cookieName, { path: "/oauth2" }).redirect(addressOf(asked.request), 303);
      default:
        return reply.redirect(backTo(asked, { error: "access_denied" }), 303);
    }
  });
}

/** The request, or the code of what is wrong with it. */
async function readRequest(parts: AppAuthorisePagesParts, form: Form): Promise<Asked | string> {
  const { app_id: appId, redirect_uri: redirectUri, state } = form;
  if (appId === undefined) return "missing-app-id";
  const app = await parts.apps.find(appId);
  if (app === undefined) return "invalid-app-id";
  if (redirectUri === undefined || !redirectAllowed(app.redirectUris, redirectUri)) return "invalid-redirect-uri";
  if (state !== undefined && !statePattern.test(state)) return "invalid-state";
  if (!app.actsForMerchants) return "app-not-isv";
  return { request: { appId, redirectUri, state }, app };
}

async function askMerchant(
  parts: AppAuthorisePagesParts,
  request: FastifyRequest,
  reply: FastifyReply,
  asked: Asked,
  merchant: MerchantUser,
): Promise<FastifyReply> {
  const apps = await appsOfMerchant(parts.store, merchant.merchantId);
  if (apps.length === 0) return showError(request, reply, "merchant-without-app");
  const shown = {
    appName: asked.app.name,
    merchantName: await merchantName(parts.store, merchant.merchantId),
    login: merchant.login,
    methods: methodsAsked(parts, asked.app).map(({ name, title }) => ({ name, title: title[language(request)] })),
    apps,
    formToken: formTokenOf(request),
  };
  return showPage(reply, appConsentPage(language(request), asked.request, shown));
}

async function agree(
  parts: AppAuthorisePagesParts,
  request: FastifyRequest,
  reply: FastifyReply,
  asked: Asked,
  merchant: MerchantUser,
  form: Form,
): Promise<FastifyReply> {
  const apps = await appsOfMerchant(parts.store, merchant.merchantId);
  const authApp = apps.find(({ appId }) => appId === (form["auth_app_id"] ?? apps[0]?.appId));
  if (authApp === undefined) return showError(request, reply, "invalid-auth-app-id");
  const methods = methodsAsked(parts, asked.app).map(({ name }) => name).filter((name) => form[`method.${name}`] === "yes");
  if (methods.length === 0) return reply.redirect(backTo(asked, { error: "access_denied" }), 303);
  const code = await authoriseApp(parts.store, parts.clock, {
    appId: asked.app.appId,
    merchantId: merchant.merchantId,
    authAppId: authApp.appId,
    methods,
  });
  return reply.redirect(backTo(asked, { source: "alipay_app_auth", app_auth_code: code }), 303);
}

/** Nobody can authorise an app for a method that the app itself is not permitted. */
function methodsAsked(parts: AppAuthorisePagesParts, app: App): AppAuthorisePagesParts["methods"] {
  return parts.methods.filter(({ name }) => app.permittedMethods === undefined || app.permittedMethods.includes(name));
}

const answerNames = ["app_id", "source", "app_auth_code", "error", "state"];

function backTo(asked: Asked, answer: Record<string, string>): string {
  const address = new URL(asked.request.redirectUri);
  for (const name of answerNames) address.searchParams.delete(name);
  address.searchParams.set("app_id", asked.app.appId);
  for (const [name, value] of Object.entries(answer)) address.searchParams.set(name, value);
  if (asked.request.state !== undefined) address.searchParams.set("state", asked.request.state);
  return address.toString();
}

function addressOf(request: AppAuthoriseRequest): string {
  const query = new URLSearchParams({ app_id: request.appId, redirect_uri: request.redirectUri });
  if (request.state !== undefined) query.set("state", request.state);
  return `${appAuthorisePath}?${query.toString()}`;
}

async function signedInMerchant(parts: AppAuthorisePagesParts, request: FastifyRequest): Promise<MerchantUser | undefined> {
  const secret = request.cookies[cookieName];
  return secret === undefined ? undefined : merchantOfSession(parts.store, secret, parts.clock);
}

/** Only a page of ours, shown in this very session, knows it. */
function formTokenOf(request: FastifyRequest): string {
  return hashToken(`form ${request.cookies[cookieName] ?? ""}`).toString("base64url");
}
