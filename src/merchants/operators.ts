import type { AccountKind, Answer, PasswordDesk } from "../accounts/password-desk.ts";
import type { PasswordHash } from "../accounts/password-hash.ts";
import { type Instant, instantToText } from "../clock.ts";
import type { Queryable } from "../store/store.ts";

export async function addOperator(
  store: Queryable,
  operator: { login: string; passwordHash: PasswordHash },
  now: Instant,
): Promise<void> {
  await store.query("insert into operator (login, password_hash, created_at) values ($1, $2, $3)", [
    operator.login,
    operator.passwordHash,
    instantToText(now),
  ]);
}

/** Somebody who may administer this installation. */
export interface Operator {
  readonly login: string;
}

/** Where operators' passwords lie. */
export const operatorAccounts: AccountKind<Operator> = {
  name: "operator",
  withEveryRequest: true,
  async find(store, login) {
    const [row] = await store.query<{ password_hash: string }>("select password_hash from operator where login = $1", [
      login,
    ]);
    return row && { account: { login }, passwordHash: row.password_hash };
  },
  async raise(store, login, { from, to }) {
    await store.query("update operator set password_hash = $3 where login = $1 and password_hash = $2", [
      login,
      from,
      to,
    ]);
  },
};

/** The operator whose Authorization header (HTTP Basic) this is, or what to answer instead. */
export async function operatorOf(
  passwords: PasswordDesk,
  asked: { authorization: string | undefined; address: string },
): Promise<Answer<Operator>> {
  const credentials = /^Basic ([A-Za-z0-9+/=]+)$/.exec(asked.authorization ?? "")?.[1];
  if (credentials === undefined) return { refused: "wrong" };
  const [login = "", ...password] = Buffer.from(credentials, "base64").toString("utf8").split(":");
  return passwords.check(operatorAccounts, { login, password: password.join(":"), address: asked.address });
}
