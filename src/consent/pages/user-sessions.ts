import type { Clock } from "../../clock.ts";
import type { Store } from "../../store/store.ts";
import { checkPassword, closeSession, openSession, sessionLifeS, sessionUser, type User } from "../users.ts";
import type { Sessions } from "./sessions.ts";

export function userSessions({ store, clock }: { store: Store; clock: Clock }): Sessions<User> {
  return {
    cookieName: "kaimen_user",
    lifeS: sessionLifeS,
    signIn: { zh: { title: "登录后继续授权", login: "账号" }, en: { title: "Sign in to continue", login: "Login" } },
    checkPassword: (login, password) => checkPassword(store, login, password),
    open: ({ userId }) => openSession(store, userId, clock),
    accountOf: (secret) => sessionUser(store, secret, clock),
    close: (secret) => closeSession(store, secret),
  };
}
