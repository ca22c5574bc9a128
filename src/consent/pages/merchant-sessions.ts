import type { Clock } from "../../clock.ts";
import {
  checkMerchantPassword,
  closeMerchantSession,
  merchantOfSession,
  merchantSessionLifeS,
  type MerchantUser,
  openMerchantSession,
} from "../../merchants/merchant-logins.ts";
import type { Store } from "../../store/store.ts";
import type { Sessions } from "./sessions.ts";

export function merchantSessions({ store, clock }: { store: Store; clock: Clock }): Sessions<MerchantUser> {
  return {
    cookieName: "kaimen_merchant",
    lifeS: merchantSessionLifeS,
    signIn: { zh: { title: "商户登录后继续授权", login: "商户账号" }, en: { title: "Sign in as a merchant to continue", login: "Merchant's login" } },
    checkPassword: (login, password) => checkMerchantPassword(store, login, password),
    open: (account) => openMerchantSession(store, account, clock),
    accountOf: (secret) => merchantOfSession(store, secret, clock),
    close: (secret) => closeMerchantSession(store, secret),
  };
}
