import type { SessionParts, Sessions } from "./sessions.ts";

/** Somebody who signs in for a merchant, and may authorise apps for it. */
export interface MerchantUser {
  readonly merchantId: string;
  readonly login: string;
}

export function merchantSessions(parts: SessionParts): Sessions<MerchantUser> {
  return {
    parts,
    kind: "merchant",
    cookieName: "kaimen_merchant",
    cookiePath: "/",
    signIn: {
      zh: { title: "商户登录后继续授权", login: "商户账号" },
      en: { title: "Sign in as a merchant to continue", login: "Merchant's login" },
    },
    subjectOf: async ({ subject: merchantId, login }) => (merchantId === undefined ? undefined : { merchantId, login }),
    about: ({ merchantId }) => ({ merchantId }),
  };
}
