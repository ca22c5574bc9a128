import { findUser, type User } from "../users.ts";
import type { SessionParts, Sessions } from "./sessions.ts";

export function userSessions(parts: SessionParts): Sessions<User> {
  return {
    parts,
    kind: "user",
    cookieName: "kaimen_user",
    cookiePath: "/oauth2",
    signIn: { zh: { title: "登录后继续授权", login: "账号" }, en: { title: "Sign in to continue", login: "Login" } },
    subjectOf: async ({ subject }) => (subject === undefined ? undefined : findUser(parts.store, subject)),
    about: ({ person }) => ({ personId: person.personId }),
  };
}
