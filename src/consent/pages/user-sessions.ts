import { closeSession, openSession, sessionLifeS, sessionUser, type User, userAccounts } from "../users.ts";
import type { SessionParts, Sessions } from "./sessions.ts";

export function userSessions({ store, clock, passwords }: SessionParts): Sessions<User> {
  return {
    cookieName: "kaimen_user",
    lifeS: sessionLifeS,
    signIn: { zh: { title: "登录后继续授权", login: "账号" }, en: { title: "Sign in to continue", login: "Login" } },
    async enter(credentials) {
      const answer = await passwords.check(userAccounts, credentials);
      if ("refused" in answer) return answer;
      return { secret: await openSession(store, answer.account.userId, clock), device: answer.device };
    },
    accountOf: (secret) => sessionUser(store, secret, clock),
    close: (secret) => closeSession(store, secret),
  };
}
