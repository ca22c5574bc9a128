import { randomInt } from "node:crypto";
import { type Clock, type Instant, instantToText, later, secondUs } from "../clock.ts";
import type { AccountKind } from "../accounts/password-desk.ts";
import type { PasswordHash } from "../accounts/password-hash.ts";
import { hashToken, randomToken } from "../keys/secrets.ts";
import type { Vault } from "../keys/vault.ts";
import { bucketOf, bucketOfHash } from "../store/bucket.ts";
import type { Queryable, Store } from "../store/store.ts";
import { type Identity, type PersonKey, rememberPerson } from "./people.ts";
import { keepPeople } from "./people-lock.ts";

/** A user (用户): a person with a login. */
export interface User {
  readonly userId: string;
  readonly login: string;
  readonly person: PersonKey;
}

/** A user to be; without a password nobody can sign in as them, which is enough where tokens are issued otherwise. */
export interface NewUser {
  readonly userId: string;
  readonly login: string;
  readonly passwordHash?: PasswordHash | undefined;
  readonly person: PersonKey;
}

/** Alipay's user ids are 2088 and twelve digits. */
export function newUserId(): string {
  return `2088${String(randomInt(1_000_000_000_000)).padStart(12, "0")}`;
}

/**
 * Adds a user and the person they are, both or neither: a login that is taken leaves nobody's identity behind, and nobody is
 * erased in between. Rejects with a StoreError of SQLSTATE 23505 where the login or the user id is taken.
 */
export function registerUser(
  store: Store,
  vault: Vault,
  { identity, ...user }: Omit<NewUser, "person"> & { readonly identity: Identity },
  now: Instant,
): Promise<void> {
  return store.transaction(async (transaction) => {
    await keepPeople(transaction);
    const person = await rememberPerson(transaction, vault, identity, now);
    await addUser(transaction, { ...user, person }, now);
  });
}

/** Adds a user under a new login, within the caller's transaction. Of the two rows the login's is the one that must be unique. */
export async function addUser(transaction: Queryable, user: NewUser, now: Instant): Promise<void> {
  if (user.passwordHash !== undefined) {
    await transaction.query("insert into user_login (bucket, login, user_id, password_hash) values ($1, $2, $3, $4)", [
      bucketOf(user.login),
      user.login,
      user.userId,
      user.passwordHash,
    ]);
  }
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

/** Where users' passwords lie. */
export const userAccounts: AccountKind<{ readonly userId: string }> = {
  name: "user",
  withEveryRequest: false,
  async find(store, login) {
    const [row] = await store.query<{ user_id: string; password_hash: string }>(
      "select user_id, password_hash from user_login where bucket = $1 and login = $2",
      [bucketOf(login), login],
    );
    return row && { account: { userId: row.user_id }, passwordHash: row.password_hash };
  },
  async raise(store, login, { from, to }) {
    await store.query(
      "update user_login set password_hash = $4 where bucket = $1 and login = $2 and password_hash = $3",
      [bucketOf(login), login, from, to],
    );
  },
};

export const sessionLifeS = 3_600;

/** Opens a session and gives the secret that the browser's cookie carries; the database keeps its hash. */
export async function openSession(store: Store, userId: string, clock: Clock): Promise<string | undefined> {
  const secret = randomToken(43);
  const hash = hashToken(secret);
  const now = clock.now();
  const opened = await store.query(
    `insert into user_session (bucket, session_hash, user_id, created_at, expires_at)
     select $1::smallint, $2::bytea, user_id, $4::timestamptz, $5::timestamptz
     from user_account where bucket = $6 and user_id = $3 for share returning bucket`,
    [
      bucketOfHash(hash),
      hash,
      userId,
      instantToText(now),
      instantToText(later(now, sessionLifeS * secondUs)),
      bucketOf(userId),
    ],
  );
  return opened.length === 0 ? undefined : secret;
}

export async function sessionUser(store: Store, secret: string, clock: Clock): Promise<User | undefined> {
  const hash = hashToken(secret);
  const [row] = await store.query<{ user_id: string }>(
    "select user_id from user_session where bucket = $1 and session_hash = $2 and expires_at > $3",
    [bucketOfHash(hash), hash, instantToText(clock.now())],
  );
  return row === undefined ? undefined : findUser(store, row.user_id);
}

export async function closeSession(store: Store, secret: string): Promise<void> {
  const hash = hashToken(secret);
  await store.query("delete from user_session where bucket = $1 and session_hash = $2", [bucketOfHash(hash), hash]);
}
