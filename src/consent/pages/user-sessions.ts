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
      const secret = await openSession(store, answer.account.userId, clock);
      return secret === undefined ? { refused: "wrong" } : { secret, device: answer.device };
    },
    accountOf: (secret) => sessionUser(store, secret, clock),
    close: (secret) => closeSession(store, secret),
  };
}
