import { merchantName } from "../../merchants/merchants.ts";
import { type Consent, findAuthorisation, grantAuthorisation, type Scope, scopes } from "../authorisations.ts";
import { issueAuthCode } from "../tokens.ts";
import type { User } from "../users.ts";
import type { Authorising, Outcome } from "./authorising.ts";
import { html } from "./html.ts";
import type { Form, SessionParts } from "./sessions.ts";
import { userSessions } from "./user-sessions.ts";

/** What a scope allows, in a user's words. */
export const scopeTexts = {
  zh: { auth_base: "获取您的用户ID", auth_user: "获取您的用户ID与昵称", auth_zhima: "查询您的信用评分（350至950分）" },
  en: {
    auth_base: "know your user id",
    auth_user: "know your user id and nickname",
    auth_zhima: "ask for your credit score (350 to 950)",
  },
} as const;

const texts = {
  zh: {
    title: "授权确认",
    asks: "申请获得以下授权",
    purpose: "用途：信用评估。",
    term: (days: number) => `有效期：${days}天，期间可随时取消，取消后立即生效。`,
    recipient: (merchant: string) => `接收方：${merchant}。只提供以上内容，不提供您的明细记录。`,
  },
  en: {
    title: "Authorise",
    asks: "asks for your permission to",
    purpose: "Purpose: credit assessment.",
    term: (days: number) => `Lasts ${days} days. You may withdraw it at any time, with effect at once.`,
    recipient: (merchant: string) =>
      `Given to: ${merchant}. Nothing but the above; your records themselves are not shown.`,
  },
} as const;

interface WantedScopes {
  /** As the app wrote them. */
  readonly scope: string;
  readonly scopes: readonly Scope[];
  /** RFC 7636, S256; undefined where the app sent none. */
  readonly codeChallenge: string | undefined;
}

/** base64url of a SHA-256, without padding. */
const challengePattern = /^[A-Za-z0-9_-]{43}$/;

export const authorisePath = "/oauth2/publicAppAuthorize.htm";

/** A user lets an app know who they are, and ask for their score. */
export function userConsent({
  days,
  pkce,
  ...parts
}: SessionParts & { days: number; pkce: "optional" | "required" }): Authorising<User, WantedScopes> {
  const { store, clock } = parts;
  const sendBack = async (consent: Consent, { scope, codeChallenge }: WantedScopes): Promise<Outcome> => ({
    answer: { source: "alipay_wallet", scope, auth_code: await issueAuthCode(store, clock, consent, codeChallenge) },
  });
  return {
    path: authorisePath,
    loginPath: "/oauth2/login",
    sessions: userSessions(parts),
    answerNames: ["source", "scope", "auth_code"],
    ownParameters: ["scope", "code_challenge", "code_challenge_method"],
    want(_, form) {
      const challenged = wantedChallenge(form, pkce);
      return typeof challenged === "string" ? challenged : wantedScopes(form, challenged.codeChallenge);
    },

    async ask({ app, wanted, subject, language }) {
      const consent = await findAuthorisation(store, clock, {
        userId: subject.userId,
        appId: app.appId,
        scopes: wanted.scopes,
      });
      if (consent !== undefined) return sendBack(consent, wanted);
      const text = texts[language];
      const asking = html`<p class="asking"><strong>${app.name}</strong> ${text.asks}</p>
        <ul class="scopes">
          ${wanted.scopes.map((scope) => html`<li>${scopeTexts[language][scope]}</li>`)}
        </ul>
        <div class="terms">
          <p>${text.recipient(await merchantName(store, app.merchantId))}</p>
          <p>${text.purpose}</p>
          <p>${text.term(days)}</p>
        </div>`;
      return { title: text.title, asking };
    },

    async agree({ app, wanted, subject }) {
      const granted = {
        userId: subject.userId,
        appId: app.appId,
        scopes: wanted.scopes,
        days,
        channel: "web",
      } as const;
      return sendBack(await grantAuthorisation(store, clock, granted), wanted);
    },
  };
}

/** Without a method the RFC means plain, which proves nothing to whoever sees the address; only S256 is taken. */
function wantedChallenge(
  { code_challenge: codeChallenge, code_challenge_method: method }: Form,
  pkce: "optional" | "required",
): { codeChallenge: string | undefined } | string {
  if (codeChallenge === undefined && method === undefined)
    return pkce === "required" ? "missing-code-challenge" : { codeChallenge };
  if (method !== "S256") return "invalid-code-challenge-method";
  return codeChallenge !== undefined && challengePattern.test(codeChallenge)
    ? { codeChallenge }
    : "invalid-code-challenge";
}

function wantedScopes({ scope }: Form, codeChallenge: string | undefined): WantedScopes | string {
  if (scope === undefined) return "invalid-scope";
  const wanted = scope.split(",").map((name) => scopes.find((each) => each === name.trim()));
  const known = wanted.filter((each) => each !== undefined);
  if (known.length === 0 || known.length < wanted.length) return "invalid-scope";
  return { scope, scopes: [...new Set(known)], codeChallenge };
}
