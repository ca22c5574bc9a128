import {
  closeMerchantSession,
  merchantAccounts,
  merchantOfSession,
  merchantSessionLifeS,
  type MerchantUser,
  openMerchantSession,
} from "../../merchants/merchant-logins.ts";
import type { SessionParts, Sessions } from "./sessions.ts";

export function merchantSessions({ store, clock, passwords }: SessionParts): Sessions<MerchantUser> {
  return {
    cookieName: "kaimen_merchant",
    lifeS: merchantSessionLifeS,
    signIn: {
      zh: { title: "商户登录后继续授权", login: "商户账号" },
      en: { title: "Sign in as a merchant to continue", login: "Merchant's login" },
    },
    async enter(credentials) {
      const answer = await passwords.check(merchantAccounts, credentials);
      if ("refused" in answer) return answer;
      return { secret: await openMerchantSession(store, answer.account, clock), device: answer.device };
    },
    accountOf: (secret) => merchantOfSession(store, secret, clock),
    close: (secret) => closeMerchantSession(store, secret),
  };
}
