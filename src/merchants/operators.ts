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

/** The login of the operator whose Authorization header (HTTP Basic) this is; undefined for anybody else's. */
export async function operatorOf(store: Queryable, authorization: string | undefined): Promise<string | undefined> {
  const credentials = /^Basic ([A-Za-z0-9+/=]+)$/.exec(authorization ?? "")?.[1];
  if (credentials === undefined) return undefined;
  const [login = "", ...password] = Buffer.from(credentials, "base64").toString("utf8").split(":");
  return (await isOperator(store, login, password.join(":"))) ? login : undefined;
}

const loginPattern = /^[^\p{Cc}]{1,64}$/u;

let decoyHash: Promise<string> | undefined;

/** The same work whether the login exists or not. */
async function isOperator(store: Queryable, login: string, password: string): Promise<boolean> {
  if (!loginPattern.test(login)) return false;
  const [row] = await store.query<{ password_hash: string }>("select password_hash from operator where login = $1", [login]);
  decoyHash ??= hashPassword("");
  const matches = await passwordMatches(password, row?.password_hash ?? (await decoyHash));
  return row !== undefined && matches;
}
