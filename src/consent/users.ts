import { randomInt } from "node:crypto";
import { addAccount } from "../accounts/account.ts";
import type { PasswordHash } from "../accounts/password-hash.ts";
import { type Instant, instantToText } from "../clock.ts";
import type { Vault } from "../keys/vault.ts";
import { bucketOf } from "../store/bucket.ts";
import type { Queryable, Store } from "../store/store.ts";
import { rememberUnderOwnName } from "./name-rule.ts";
import type { Identity, PersonKey } from "./people.ts";
import { keepPeople } from "./people-lock.ts";

/** A user (用户): a person with a login. */
export interface User {
  readonly userId: string;
  readonly login: string;
  readonly person: PersonKey;
}

/**
 * A user to be. Without a password they have no account and nobody can sign in as them, which is enough where tokens are
 * issued otherwise.
 */
export interface NewUser {
  readonly userId: string;
  readonly login: string;
  readonly passwordHash?: PasswordHash | undefined;
  /** Whoever set the password is not its owner. */
  readonly mustChangePassword?: boolean;
  readonly person: PersonKey;
}

/** Alipay's user ids are 2088 and twelve digits. */
export function newUserId(): string {
  return `2088${String(randomInt(1_000_000_000_000)).padStart(12, "0")}`;
}

/**
 * Adds a user and the person they are, both or neither: a login that is taken leaves nobody's identity behind, and nobody is
 * erased in between. Rejects with a StoreError of SQLSTATE 23505 where the login or the user id is taken, and with a NameError
 * where the person is known by another name.
 */
export function registerUser(
  store: Store,
  vault: Vault,
  { identity, ...user }: Omit<NewUser, "person"> & { readonly identity: Identity },
  now: Instant,
): Promise<void> {
  return store.transaction(async (transaction) => {
    await keepPeople(transaction);
    const person = await rememberUnderOwnName(transaction, vault, identity, now);
    await addUser(transaction, { ...user, person }, now);
  });
}

/** Adds a user under a new login, within the caller's transaction. Of the two rows the account's is the one whose login is unique. */
export async function addUser(transaction: Queryable, user: NewUser, now: Instant): Promise<void> {
  const { login, userId: subject, passwordHash, mustChangePassword = false } = user;
  if (passwordHash !== undefined)
    await addAccount(transaction, { kind: "user", login, subject, passwordHash, mustChangePassword }, now);
  await transaction.query(
    `insert into user_account (bucket, user_id, person_bucket, person_id, login, created_at)
     values ($1, $2, $3, $4, $5, $6)`,
    [bucketOf(user.userId), user.userId, user.person.bucket, user.person.personId, user.login, instantToText(now)],
  );
}

export async function findUser(store: Store, userId: string): Promise<User | undefined> {
  const [row] = await store.query<{ login: string; person_bucket: number; person_id: string }>(
    "select login, person_bucket, person_id from user_account where bucket = $1 and user_id = $2",
    [bucketOf(userId), userId],
  );
  return row && { userId, login: row.login, person: { bucket: row.person_bucket, personId: row.person_id } };
}
