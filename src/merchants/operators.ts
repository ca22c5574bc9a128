import { type Instant, instantToText } from "../clock.ts";
import { hashPassword, passwordMatches } from "../keys/secrets.ts";
import type { Queryable } from "../store/store.ts";

export async function addOperator(store: Queryable, operator: { login: string; password: string }, now: Instant): Promise<void> {
  await store.query("insert into operator (login, password_hash, created_at) values ($1, $2, $3)", [
    operator.login,
    await hashPassword(operator.password),
    instantToText(now),
  ]);
}

/** The same work whether the login exists or not. */
export async function isOperator(store: Queryable, login: string, password: string): Promise<boolean> {
  const [row] = await store.query<{ password_hash: string }>("select password_hash from operator where login = $1", [login]);
  const matches = await passwordMatches(password, row?.password_hash ?? (await hashPassword("")));
  return row !== undefined && matches;
}
