import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { sameSecret } from "../../keys/secrets.ts";
import type { App } from "../../merchants/app.ts";
import type { AppDirectory } from "../../merchants/apps.ts";
import { redirectAllowed } from "../../merchants/redirects.ts";
import { showFirstPassword, takeFirstPassword } from "./first-password.ts";
import type { Html } from "./html.ts";
import { consentPage, type HiddenFields, type Language } from "./layout.ts";
import {
  type Form,
  formTokenOf,
  language,
  type Sessions,
  showError,
  showPage,
  showSignIn,
  signedIn,
  signIn,
  type SignInPlace,
  signOut,
  stringsOf,
  type Visitor,
} from "./sessions.ts";

/** Published: at most 100 characters. A form would change line breaks on the way, so there are none. */
const statePattern = /^[^\p{Cc}]{0,100}$/u;

/** Somebody signed in, looking at what an app asks for. */
export interface Visit<Subject, Wanted> {
  readonly language: Language;
  readonly app: App;
  readonly wanted: Wanted;
  readonly subject: Subject;
}

/** What comes of a visit: a page that asks, an answer that the browser takes back to the app, or a page with an error. */
export type Outcome =
  | { readonly title: string; readonly asking: Html }
  | { readonly answer: Readonly<Record<string, string>> }
  | { readonly error: string };

/** One kind of consent: who gives it, for what, and what the app is told. */
export interface Authorising<Subject, Wanted> {
  readonly path: string;
  readonly loginPath: string;
  readonly sessions: Sessions<Subject>;
  /** Every parameter that may go back to the app: an address that came with one of its own must not speak for us. */
  readonly answerNames: readonly string[];
  /** Parameters of its own, beside app_id, redirect_uri and state; carried from page to page as they came. */
  readonly ownParameters: readonly string[];
  /** What is asked for, or the code of what is wrong with it. */
  want(app: App, form: Form): Wanted | string;
  ask(visit: Visit<Subject, Wanted>): Promise<Outcome>;
  agree(visit: Visit<Subject, Wanted>, form: Form): Promise<Outcome>;
}

/**
 * The pages on which somebody signs in and lets an app do something. Addresses, parameters and what is sent back are the
 * real platform's; what it does when somebody cancels is in no public source, so that is our own: back to the app with
 * error=access_denied.
 */
export function registerAuthorising<Subject, Wanted>(
  server: FastifyInstance,
  apps: AppDirectory,
  kind: Authorising<Subject, Wanted>,
): void {
  const { sessions, loginPath } = kind;

  const askToSignIn = (
    request: FastifyRequest,
    reply: FastifyReply,
    asked: AuthorisationRequest<Wanted>,
  ): FastifyReply =>
    showSignIn(sessions, request, reply, { action: loginPath, hidden: asked.parameters, state: undefined });

  server.get(kind.path, async (request, reply) => {
    const asked = await readRequest(apps, kind, request.query);
    if (typeof asked === "string") return showError(request, reply, asked);
    const visitor = await signedIn(sessions, request);
    if (visitor === undefined) return askToSignIn(request, reply, asked);
    if (visitor.account.mustChangePassword)
      return showFirstPassword({ sessions, visitor, request, reply, action: kind.path, hidden: asked.parameters });
    const outcome = await kind.ask({ ...asked, subject: visitor.subject, language: language(request) });
    return show(kind, request, reply, asked, visitor, outcome);
  });

  server.post(loginPath, async (request, reply) => {
    const form = stringsOf(request.body);
    const asked = await readRequest(apps, kind, request.body);
    if (typeof asked === "string") return showError(request, reply, asked);
    return signIn(sessions, request, reply, form, {
      address: addressOf(kind, asked),
      action: loginPath,
      hidden: asked.parameters,
    });
  });

  server.post(kind.path, async (request, reply) => {
    const form = stringsOf(request.body);
    const asked = await readRequest(apps, kind, request.body);
    if (typeof asked === "string") return showError(request, reply, asked);
    const visitor = await signedIn(sessions, request);
    if (visitor === undefined) return askToSignIn(request, reply, asked);
    if (!sameSecret(form["form_token"] ?? "", formTokenOf(sessions, request)))
      return showError(request, reply, "suspected-attack");
    if (form["decision"] === "other_account") return signOut(sessions, request, reply, addressOf(kind, asked));
    if (visitor.account.mustChangePassword) {
      const interrupted = { sessions, visitor, request, reply, action: kind.path, hidden: asked.parameters };
      return takeFirstPassword(interrupted, form, addressOf(kind, asked));
    }
    if (form["decision"] !== "agree") return sendBack(kind, reply, asked, { error: "access_denied" });
    const outcome = await kind.agree({ ...asked, subject: visitor.subject, language: language(request) }, form);
    return show(kind, request, reply, asked, visitor, outcome);
  });
}

interface AuthorisationRequest<Wanted> {
  readonly app: App;
  readonly wanted: Wanted;
  readonly redirectUri: string;
  readonly state: string | undefined;
  /** The request itself, carried from page to page as it came. */
  readonly parameters: HiddenFields;
}

/** The request, or the code of what is wrong with it. Nobody is sent to an address that the app has not registered. */
async function readRequest<Subject, Wanted>(
  apps: AppDirectory,
  kind: Authorising<Subject, Wanted>,
  sent: unknown,
): Promise<AuthorisationRequest<Wanted> | string> {
  const names = ["app_id", ...kind.ownParameters, "redirect_uri", "state"];
  // RFC 6749, 3.1: a parameter comes once. Which of two was meant nobody can tell, and neither may be passed over.
  if (names.some((name) => isRepeated(sent, name))) return "repeated-parameter";
  const form = stringsOf(sent);
  const { app_id: appId, redirect_uri: redirectUri, state } = form;
  if (appId === undefined) return "missing-app-id";
  const app = await apps.find(appId);
  if (app === undefined) return "invalid-app-id";
  // Neither is anybody asked to trust an app that is stopped, nor given a code for it.
  if (app.suspended || app.merchantSuspended) return "suspended-app";
  if (redirectUri === undefined || !redirectAllowed(app.redirectUris, redirectUri)) return "invalid-redirect-uri";
  if (state !== undefined && !statePattern.test(state)) return "invalid-state";
  const wanted = kind.want(app, form);
  if (typeof wanted === "string") return wanted;
  const parameters = names.flatMap((name) => (form[name] === undefined ? [] : [[name, form[name]] as const]));
  return { app, wanted, redirectUri, state, parameters: Object.fromEntries(parameters) };
}

function isRepeated(sent: unknown, name: string): boolean {
  return typeof sent === "object" && sent !== null && Array.isArray((sent as Record<string, unknown>)[name]);
}

/** Only what the answers below need of a kind, whoever its accounts are. */
type AnyKind = { readonly sessions: SignInPlace } & Pick<Authorising<never, never>, "path" | "answerNames">;

function show(
  kind: AnyKind,
  request: FastifyRequest,
  reply: FastifyReply,
  asked: AuthorisationRequest<unknown>,
  { account: { login } }: Pick<Visitor<unknown>, "account">,
  outcome: Outcome,
): FastifyReply {
  if ("error" in outcome) return showError(request, reply, outcome.error);
  if ("answer" in outcome) return sendBack(kind, reply, asked, outcome.answer);
  const hidden = { ...asked.parameters, form_token: formTokenOf(kind.sessions, request) };
  return showPage(reply, consentPage(language(request), { ...outcome, login }, { action: kind.path, hidden }));
}

function sendBack(
  kind: AnyKind,
  reply: FastifyReply,
  asked: AuthorisationRequest<unknown>,
  answer: Readonly<Record<string, string>>,
): FastifyReply {
  const address = new URL(asked.redirectUri);
  for (const name of ["app_id", "error", "state", ...kind.answerNames]) address.searchParams.delete(name);
  address.searchParams.set("app_id", asked.app.appId);
  for (const [name, value] of Object.entries(answer)) address.searchParams.set(name, value);
  if (asked.state !== undefined) address.searchParams.set("state", asked.state);
  return reply.redirect(address.toString(), 303);
}

function addressOf(kind: AnyKind, asked: AuthorisationRequest<unknown>): string {
  return `${kind.path}?${new URLSearchParams(asked.parameters).toString()}`;
}
