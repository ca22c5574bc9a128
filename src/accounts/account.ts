import { type Instant, instantToText } from "../clock.ts";
import { bucketOf } from "../store/bucket.ts";
import type { Queryable, Store } from "../store/store.ts";
import type { PasswordHash } from "./password-hash.ts";
import type { Role } from "./roles.ts";

export const accountKinds = ["user", "merchant", "operator"] as const;
/** Users authorise apps, merchants' staff sign in for a merchant, operators run the installation. */
export type AccountKind = (typeof accountKinds)[number];

/** Whoever signs in, of whatever kind. A login names one account among those of its kind. */
export interface Account {
  readonly kind: AccountKind;
  readonly login: string;
  /** The user id or the merchant id that the account stands for; undefined for an operator. */
  readonly subject: string | undefined;
  /** An operator's; undefined for others. */
  readonly role: Role | undefined;
  readonly hasTotp: boolean;
  /** Somebody else knows the password: nothing can be done but to set another. */
  readonly mustChangePassword: boolean;
  readonly createdAt: Instant;
  readonly disabledAt: Instant | undefined;
  readonly lastSignInAt: Instant | undefined;
}

/** An account as it is checked at the sign-in. */
export interface StoredAccount {
  readonly account: Account;
  readonly passwordHash: string;
  readonly totpSealed: Uint8Array | undefined;
}

export interface NewAccount {
  readonly kind: AccountKind;
  readonly login: string;
  readonly subject?: string | undefined;
  readonly role?: Role | undefined;
  readonly passwordHash: PasswordHash;
  readonly mustChangePassword?: boolean;
}

/**
 * How the audit trail names an account. A user is named by the user id: people sign in with addresses and numbers of their
 * own, and the trail outlives an erasure.
 */
export function nameInTrail({ kind, login, subject }: Pick<Account, "kind" | "login" | "subject">): string {
  return `${kind} ${kind === "user" ? (subject ?? "unknown") : login}`;
}

export const loginForm = /^[^\p{Cc}\p{Cs}:]{1,64}$/u;
/** On a page; one more is read, which tells whether another follows. */
export const accountsListed = 200;

const columns = `kind, login, subject, role, totp_confirmed_at is not null as "hasTotp",
  must_change_password as "mustChangePassword", created_at as "createdAt", disabled_at as "disabledAt",
  last_sign_in_at as "lastSignInAt"`;

type AccountRow = { [Name in keyof Account]: Exclude<Account[Name], undefined> | null };

function accountOf(row: AccountRow): Account {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, value ?? undefined]),
  ) as unknown as Account; // The very columns, null made undefined.
}

/** Rejects with a StoreError of SQLSTATE 23505 where the login is taken among those of its kind. */
export async function addAccount(store: Queryable, account: NewAccount, now: Instant): Promise<void> {
  await store.query(
    `insert into account (bucket, kind, login, subject, role, password_hash, must_change_password, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      bucketOf(account.login),
      account.kind,
      account.login,
      account.subject ?? null,
      account.role ?? null,
      account.passwordHash,
      account.mustChangePassword ?? false,
      instantToText(now),
    ],
  );
}

export async function findAccount(store: Queryable, kind: AccountKind, login: string): Promise<Account | undefined> {
  const [row] = await store.query<AccountRow>(
    `select ${columns} from account where bucket = $1 and kind = $2 and login = $3`,
    [bucketOf(login), kind, login],
  );
  return row && accountOf(row);
}

/** The account that may sign in: neither it nor the merchant that it stands for is stopped. */
export async function findLiveAccount(
  store: Queryable,
  kind: AccountKind,
  login: string,
): Promise<StoredAccount | undefined> {
  const [row] = await store.query<AccountRow & { password_hash: string; totp_sealed: Uint8Array | null }>(
    `select ${columns}, password_hash, case when totp_confirmed_at is not null then totp_sealed end as totp_sealed
     from account where bucket = $1 and kind = $2 and login = $3 and disabled_at is null
       and not (kind = 'merchant' and exists (select from merchant where merchant_id = subject and suspended_at is not null))`,
    [bucketOf(login), kind, login],
  );
  if (row === undefined) return undefined;
  const { password_hash: passwordHash, totp_sealed: totpSealed, ...account } = row;
  return { account: accountOf(account), passwordHash, totpSealed: totpSealed ?? undefined };
}

/** In the order of their logins, from after `after` on; of one subject where one is named. */
export async function listAccounts(
  store: Queryable,
  kind: AccountKind,
  {
    subject,
    after = "",
    limit = accountsListed,
  }: { subject?: string | undefined; after?: string; limit?: number } = {},
): Promise<Account[]> {
  const rows = await store.query<AccountRow>(
    `select ${columns} from account
     where kind = $1 and login > $2 and ($3::text is null or subject = $3) order by login limit $4`,
    [kind, after, subject ?? null, Math.min(limit, accountsListed + 1)],
  );
  return rows.map(accountOf);
}

/** What is not named stays. False where there is no such account. */
export async function changeAccount(
  store: Queryable,
  { kind, login }: Pick<Account, "kind" | "login">,
  change: { role?: Role; disabledAt?: Instant | undefined; passwordHash?: PasswordHash; mustChangePassword?: boolean },
): Promise<boolean> {
  const changed = await store.query(
    `update account set
       role = coalesce($4, role),
       disabled_at = case when $5 then $6::timestamptz else disabled_at end,
       password_hash = coalesce($7, password_hash),
       must_change_password = coalesce($8::boolean, must_change_password)
     where bucket = $1 and kind = $2 and login = $3 returning bucket`,
    [
      bucketOf(login),
      kind,
      login,
      change.role ?? null,
      "disabledAt" in change,
      change.disabledAt === undefined ? null : instantToText(change.disabledAt),
      change.passwordHash ?? null,
      change.mustChangePassword ?? null,
    ],
  );
  return changed.length > 0;
}

export async function removeAccount(
  store: Queryable,
  { kind, login }: Pick<Account, "kind" | "login">,
): Promise<boolean> {
  await store.query("delete from api_token where kind = $1 and login = $2", [kind, login]);
  await store.query("delete from session where kind = $1 and login = $2", [kind, login]);
  const removed = await store.query(
    "delete from account where bucket = $1 and kind = $2 and login = $3 returning bucket",
    [bucketOf(login), kind, login],
  );
  return removed.length > 0;
}

/** The change would leave nobody who may do everything. */
export class LastAdminError extends Error {
  override readonly name = "LastAdminError";
}

/**
 * Does what takes something from an operator, unless no admin would be left who may sign in: without one nobody could make
 * one. Two that take each other away at once wait for each other here.
 * @throws LastAdminError, and then nothing was done.
 */
export function keepingAnAdmin<Result>(store: Store, work: (store: Queryable) => Promise<Result>): Promise<Result> {
  return store.transaction(async (transaction) => {
    await transaction.query("select from account where kind = 'operator' and role = 'admin' order by login for update");
    const result = await work(transaction);
    if ((await countOperators(transaction, "admin")) === 0) throw new LastAdminError();
    return result;
  });
}

export async function noteSignIn(
  store: Queryable,
  { kind, login }: Pick<Account, "kind" | "login">,
  now: Instant,
): Promise<void> {
  await store.query("update account set last_sign_in_at = $4 where bucket = $1 and kind = $2 and login = $3", [
    bucketOf(login),
    kind,
    login,
    instantToText(now),
  ]);
}

/** Replaces a hash by one of today's cost, unless the password was changed meanwhile. */
export async function raisePasswordHash(
  store: Queryable,
  { kind, login }: Pick<Account, "kind" | "login">,
  { from, to }: { from: string; to: PasswordHash },
): Promise<void> {
  await store.query(
    "update account set password_hash = $5 where bucket = $1 and kind = $2 and login = $3 and password_hash = $4",
    [bucketOf(login), kind, login, from, to],
  );
}

/** How many operators may still sign in as one of this role: the last admin cannot be taken away. */
export async function countOperators(store: Queryable, role: Role): Promise<number> {
  const [row] = await store.query<{ count: number }>(
    "select count(*)::int as count from account where kind = 'operator' and role = $1 and disabled_at is null",
    [role],
  );
  return row?.count ?? 0;
}
