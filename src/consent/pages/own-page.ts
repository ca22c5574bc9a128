import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { beijingTime } from "../../clock.ts";
import { sameSecret } from "../../keys/secrets.ts";
import type { AppLeave } from "../../merchants/app-leave.ts";
import { type Html, html } from "./html.ts";
import { accountPage, type Language } from "./layout.ts";
import {
  formTokenOf,
  language,
  type Sessions,
  showError,
  showPage,
  showSignIn,
  signedIn,
  signIn,
  signOut,
  stringsOf,
} from "./sessions.ts";

/** What somebody once let an app do, in the reader's language. */
export interface Leave extends AppLeave {
  readonly what: readonly string[];
}

/** A page of somebody's own: which apps they let do what, with a button to withdraw it. */
export interface OwnPage<Account extends { readonly login: string }> {
  readonly path: string;
  readonly loginPath: string;
  readonly sessions: Sessions<Account>;
  readonly title: Readonly<Record<Language, string>>;
  readonly intro: Readonly<Record<Language, string>>;
  leaves(account: Account, language: Language): Promise<readonly Leave[]>;
  withdraw(account: Account, appId: string): Promise<void>;
  /** What else is shown of the account, above its leaves. */
  above?(account: Account, language: Language): Promise<Html>;
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

export function registerOwnPage<Account extends { readonly login: string }>(
  server: FastifyInstance,
  kind: OwnPage<Account>,
): void {
  const { sessions, path, loginPath } = kind;

  server.get(path, async (request, reply) => {
    const account = await signedIn(sessions, request);
    if (account === undefined)
      return showSignIn(sessions, request, reply, { action: loginPath, hidden: {}, state: undefined });
    return show(kind, request, reply, account);
  });

  server.post(loginPath, async (request, reply) => {
    return signIn(sessions, request, reply, stringsOf(request.body), { address: path, action: loginPath, hidden: {} });
  });

  server.post(path, async (request, reply) => {
    const form = stringsOf(request.body);
    const account = await signedIn(sessions, request);
    if (account === undefined)
      return showSignIn(sessions, request, reply, { action: loginPath, hidden: {}, state: undefined });
    if (!sameSecret(form["form_token"] ?? "", formTokenOf(sessions, request)))
      return showError(request, reply, "suspected-attack");
    if (form["decision"] === "other_account") return signOut(sessions, request, reply, path);
    if (form["withdraw"] !== undefined) await kind.withdraw(account, form["withdraw"]);
    return reply.redirect(path, 303);
  });
}

async function show<Account extends { readonly login: string }>(
  kind: OwnPage<Account>,
  request: FastifyRequest,
  reply: FastifyReply,
  account: Account,
): Promise<FastifyReply> {
  const spoken = language(request);
  const text = texts[spoken];
  const leaves = await kind.leaves(account, spoken);
  const above = (await kind.above?.(account, spoken)) ?? html``;
  const content = html`${above}
    <p>${kind.intro[spoken]}</p>
    ${
      leaves.length === 0
        ? html`<p class="none">${text.none}</p>`
        : html`<ul class="leaves">
            ${leaves.map((leave) => entry(leave, spoken))}
          </ul>`
    }`;
  const shown = { title: kind.title[spoken], content, login: account.login };
  return showPage(
    reply,
    accountPage(spoken, shown, { action: kind.path, hidden: { form_token: formTokenOf(kind.sessions, request) } }),
  );
}

function entry(leave: Leave, spoken: Language): Html {
  const text = texts[spoken];
  const state =
    leave.ended === undefined
      ? html`<button
          type="submit"
          name="withdraw"
          value="${leave.appId}"
          aria-label="${text.withdraw} ${leave.appName}"
        >
          ${text.withdraw}
        </button>`
      : html`<p class="ended">${text[leave.ended]}</p>`;
  return html`<li>
    <p class="asking"><strong>${leave.appName}</strong></p>
    <p>${leave.what.join(spoken === "zh" ? "、" : "; ")}</p>
    <p class="terms">
      ${text.recipient} ${leave.merchantName}<br />${text.since} ${beijingTime(leave.grantedAt)}<br />${text.until}
      ${beijingTime(leave.expiresAt)}
    </p>
    ${state}
  </li>`;
}
