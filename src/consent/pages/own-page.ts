import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { beijingTime } from "../../clock.ts";
import { sameSecret } from "../../keys/secrets.ts";
import type { AppGrant } from "../../merchants/app-grant.ts";
import { listSessions } from "../../accounts/sessions.ts";
import { showFirstPassword, takeFirstPassword } from "./first-password.ts";
import { type Html, html } from "./html.ts";
import { accountPage, type FormOf, formOf, type Language } from "./layout.ts";
import { answerSecurityForm } from "./security-forms.ts";
import { type SectionState, securitySection } from "./security-section.ts";
import {
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

/** What somebody once let an app do, in the reader's language. */
export interface ListedGrant extends AppGrant {
  readonly what: readonly string[];
}

/** A page of somebody's own: which apps they let do what, with a button to withdraw it, and how their account is kept safe. */
export interface OwnPage<Subject> {
  readonly path: string;
  readonly loginPath: string;
  readonly sessions: Sessions<Subject>;
  readonly title: Readonly<Record<Language, string>>;
  readonly intro: Readonly<Record<Language, string>>;
  grants(subject: Subject, language: Language): Promise<readonly ListedGrant[]>;
  withdraw(subject: Subject, appId: string): Promise<void>;
  /** What else is shown of the subject, above its grants. */
  above?(subject: Subject, language: Language): Promise<Html>;
}

const texts = {
  zh: {
    none: "还没有授权过任何应用。",
    since: "授权时间",
    until: "有效至",
    withdrawn: "已取消",
    expired: "已到期",
    withdraw: "取消授权",
    recipient: "商户",
  },
  en: {
    none: "No app has been authorised yet.",
    since: "Authorised",
    until: "until",
    withdrawn: "Withdrawn",
    expired: "Expired",
    withdraw: "Withdraw",
    recipient: "Merchant",
  },
} as const;

export function registerOwnPage<Subject>(server: FastifyInstance, kind: OwnPage<Subject>): void {
  const { sessions, path, loginPath } = kind;
  const askToSignIn = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    showSignIn(sessions, request, reply, { action: loginPath, hidden: {}, state: undefined });

  server.get(path, async (request, reply) => {
    const visitor = await signedIn(sessions, request);
    if (visitor === undefined) return askToSignIn(request, reply);
    if (visitor.account.mustChangePassword)
      return showFirstPassword({ sessions, visitor, request, reply, action: path, hidden: {} });
    return show(kind, request, reply, visitor);
  });

  server.post(loginPath, async (request, reply) => {
    return signIn(sessions, request, reply, stringsOf(request.body), { address: path, action: loginPath, hidden: {} });
  });

  server.post(path, async (request, reply) => {
    const form = stringsOf(request.body);
    const visitor = await signedIn(sessions, request);
    if (visitor === undefined) return askToSignIn(request, reply);
    if (!sameSecret(form["form_token"] ?? "", formTokenOf(sessions, request)))
      return showError(request, reply, "suspected-attack");
    if (form["decision"] === "other_account") return signOut(sessions, request, reply, path);
    if (visitor.account.mustChangePassword)
      return takeFirstPassword({ sessions, visitor, request, reply, action: path, hidden: {} }, form, path);
    if (form["withdraw"] !== undefined) {
      await kind.withdraw(visitor.subject, form["withdraw"]);
      return reply.redirect(path, 303);
    }
    const [spoken, own] = [language(request), ownForm(kind, request)];
    const answered = await answerSecurityForm({ sessions, visitor, request, form }, reply, {
      language: spoken,
      form: own,
    });
    if (answered === undefined) return reply.redirect(path, 303);
    if ("shown" in answered)
      return showPage(reply, accountPage(spoken, { ...answered.shown, login: visitor.account.login }, own));
    return answered.state === undefined
      ? reply.redirect(path, 303)
      : show(kind, request, reply, visitor, answered.state);
  });
}

function ownForm(
  { path, sessions }: Pick<OwnPage<never>, "path"> & { sessions: SignInPlace },
  request: FastifyRequest,
): FormOf {
  return { action: path, hidden: { form_token: formTokenOf(sessions, request) } };
}

async function show<Subject>(
  kind: OwnPage<Subject>,
  request: FastifyRequest,
  reply: FastifyReply,
  visitor: Visitor<Subject>,
  state?: SectionState,
): Promise<FastifyReply> {
  const spoken = language(request);
  const text = texts[spoken];
  const { subject, account } = visitor;
  const grants = await kind.grants(subject, spoken);
  const above = (await kind.above?.(subject, spoken)) ?? html``;
  const form = ownForm(kind, request);
  const list =
    grants.length === 0
      ? html`<p class="none">${text.none}</p>`
      : html`<ul class="grants">
          ${grants.map((grant) => entry(grant, spoken))}
        </ul>`;
  const sessions = await listSessions(kind.sessions.parts, account);
  const content = html`${above}
  ${formOf(
    form,
    html`<p>${kind.intro[spoken]}</p>
      ${list}`,
  )}
  ${securitySection(spoken, visitor, sessions, { form, state })}`;
  return showPage(reply, accountPage(spoken, { title: kind.title[spoken], content, login: account.login }, form));
}

function entry(grant: ListedGrant, spoken: Language): Html {
  const text = texts[spoken];
  const state =
    grant.ended === undefined
      ? html`<button
          type="submit"
          name="withdraw"
          value="${grant.appId}"
          aria-label="${text.withdraw} ${grant.appName}"
        >
          ${text.withdraw}
        </button>`
      : html`<p class="ended">${text[grant.ended]}</p>`;
  return html`<li>
    <p class="asking"><strong>${grant.appName}</strong></p>
    <p>${grant.what.join(spoken === "zh" ? "、" : "; ")}</p>
    <p class="terms">
      ${text.recipient} ${grant.merchantName}<br />${text.since} ${beijingTime(grant.grantedAt)}<br />${text.until}
      ${beijingTime(grant.expiresAt)}
    </p>
    ${state}
  </li>`;
}
