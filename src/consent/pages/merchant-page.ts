import { appsThatAct, withdrawApp } from "../../merchants/app-authorisations.ts";
import type { Bilingual } from "../../protocol/refusal.ts";
import { merchantSessions, type MerchantUser } from "./merchant-sessions.ts";
import type { OwnPage } from "./own-page.ts";
import type { SessionParts } from "./sessions.ts";

/** The apps of others that call for a merchant. */
export function merchantPage(
  parts: SessionParts & {
    readonly methods: readonly { readonly name: string; readonly title: Bilingual }[];
  },
): OwnPage<MerchantUser> {
  const { store, clock } = parts;
  const titles = new Map(parts.methods.map(({ name, title }) => [name, title]));
  return {
    path: "/oauth2/merchantMine.htm",
    loginPath: "/oauth2/merchantMineLogin",
    sessions: {
      ...merchantSessions(parts),
      signIn: {
        zh: { title: "商户登录", login: "商户账号" },
        en: { title: "Sign in as a merchant", login: "Merchant's login" },
      },
    },
    title: { zh: "代我调用的应用", en: "Apps that call for us" },
    intro: {
      zh: "以下应用获得过贵商户的授权。取消后立即生效，应用不能再代您调用。",
      en: "Your merchant has let these apps call for it. Withdrawing takes effect at once.",
    },
    async grants({ merchantId }, language) {
      const found = await appsThatAct(store, clock, merchantId);
      return found.map(({ methods, ...grant }) => ({
        ...grant,
        what: methods.map((name) => titles.get(name)?.[language] ?? name),
      }));
    },
    async withdraw({ merchantId }, appId) {
      await withdrawApp(store, clock, { appId, merchantId });
    },
  };
}
