import type { Bilingual } from "../../protocol/refusal.ts";
import { listAuthorisations, revokeAuthorisations } from "../authorisations.ts";
import type { PersonKey } from "../people.ts";
import type { User } from "../users.ts";
import { type Html, html } from "./html.ts";
import type { Language } from "./layout.ts";
import type { OwnPage } from "./own-page.ts";
import { scopeTexts } from "./user-consent.ts";
import type { SessionParts } from "./sessions.ts";
import { userSessions } from "./user-sessions.ts";

const texts = {
  zh: {
    score: "我的信用评分",
    none: "暂无评分",
    asOf: (month: string) => `按截至${month}的记录计算`,
    reasons: "主要扣分原因",
    dimensions: "各维度",
    unknown: "数据不足",
  },
  en: {
    score: "My credit score",
    none: "No score yet",
    asOf: (month: string) => `Computed from records up to ${month}`,
    reasons: "What cost the most points",
    dimensions: "By dimension",
    unknown: "not enough data",
  },
} as const;

/** What a user is shown of their own score. `asOf` is yyyy-MM; a dimension has 0 to 100, or nothing where too little is known. */
export interface OwnScore {
  readonly asOf: string;
  /** Why there is none, where there is none. */
  readonly naText: Bilingual | undefined;
  readonly explanation:
    | {
        readonly score: number;
        readonly band: Bilingual;
        readonly reasons: readonly { readonly text: Bilingual }[];
        readonly dimensions: readonly { readonly name: Bilingual; readonly score: number | undefined }[];
      }
    | undefined;
}

export interface UserPageParts extends SessionParts {
  /** Undefined when nobody ever scored them. */
  readonly scoreOf: (person: PersonKey) => Promise<OwnScore | undefined>;
}

/** A user's own score with its reasons, and the apps that may ask for it. */
export function userPage({ scoreOf, ...parts }: UserPageParts): OwnPage<User> {
  const { store, clock } = parts;
  return {
    path: "/oauth2/mine.htm",
    loginPath: "/oauth2/mineLogin",
    sessions: {
      ...userSessions(parts),
      signIn: { zh: { title: "登录", login: "账号" }, en: { title: "Sign in", login: "Login" } },
    },
    title: { zh: "我的授权", en: "My authorisations" },
    intro: {
      zh: "以下应用获得过您的授权。取消后立即生效，应用不能再查询。",
      en: "You have authorised these apps. Withdrawing takes effect at once: the app can ask no more.",
    },
    async grants({ userId }, language) {
      const found = await listAuthorisations(store, clock, userId);
      return found.map(({ scopes, ...grant }) => ({
        ...grant,
        what: scopes.map((scope) => scopeTexts[language][scope]),
      }));
    },
    async withdraw({ userId }, appId) {
      await revokeAuthorisations(store, clock, { userId, appId });
    },
    above: async ({ person }, language) => scoreSection(await scoreOf(person), language),
  };
}

function scoreSection(score: OwnScore | undefined, language: Language): Html {
  const text = texts[language];
  if (score === undefined)
    return html`<section class="score">
      <h2>${text.score}</h2>
      <p>${text.none}</p>
    </section>`;
  const { explanation } = score;
  if (explanation === undefined)
    return html`<section class="score">
      <h2>${text.score}</h2>
      <p>N/A · ${score.naText?.[language] ?? text.none}</p>
    </section>`;
  const reasons = explanation.reasons.map((reason) => html`<li>${reason.text[language]}</li>`);
  return html`<section class="score">
    <h2>${text.score}</h2>
    <p><strong class="points">${String(explanation.score)}</strong> ${explanation.band[language]}</p>
    <p class="terms">${text.asOf(score.asOf)}</p>
    ${
      reasons.length === 0
        ? ""
        : html`<h3>${text.reasons}</h3>
            <ul>
              ${reasons}
            </ul>`
    }
    <h3>${text.dimensions}</h3>
    <dl>
      ${explanation.dimensions.map(
        ({ name, score: part }) =>
          html`<dt>${name[language]}</dt>
            <dd>
              ${
                part === undefined
                  ? text.unknown
                  : html`<meter min="0" max="100" value="${String(Math.round(part))}"></meter>
                      ${String(Math.round(part))}`
              }
            </dd>`,
      )}
    </dl>
  </section>`;
}
