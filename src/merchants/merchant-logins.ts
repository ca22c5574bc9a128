import type { AccountKind } from "../accounts/password-desk.ts";
import type { PasswordHash } from "../accounts/password-hash.ts";
import { type Clock, type Instant, instantToText, later, secondUs } from "../clock.ts";
import { hashToken, randomToken } from "../keys/secrets.ts";
import { bucketOfHash } from "../store/bucket.ts";
import type { Queryable } from "../store/store.ts";

/** Somebody who may authorise apps for a merchant. */
export interface MerchantUser {
  readonly merchantId: string;
  readonly login: string;
}

export const merchantSessionLifeS = 3_600;

export async function addMerchantLogin(
  store: Queryable,
  user: MerchantUser & { passwordHash: PasswordHash },
  now: Instant,
): Promise<void> {
  await store.query(
    "insert into merchant_login (login, merchant_id, password_hash, created_at) values ($1, $2, $3, $4)",
    [user.login, user.merchantId, user.passwordHash, instantToText(now)],
  );
}

/** Where the passwords lie of those who sign in for merchants; those of a suspended one do not. */
export const merchantAccounts: AccountKind<MerchantUser> = {
  name: "merchant",
  withEveryRequest: false,
  async find(store, login) {
    const [row] = await store.query<{ merchant_id: string; password_hash: string }>(
      "select merchant_id, password_hash from merchant_login join merchant using (merchant_id) where login = $1 and suspended_at is null",
      [login],
    );
    return row && { account: { merchantId: row.merchant_id, login }, passwordHash: row.password_hash };
  },
  async raise(store, login, { from, to }) {
    await store.query("update merchant_login set password_hash = $3 where login = $1 and password_hash = $2", [
      login,
      from,
      to,
    ]);
  },
};

/** Opens a session and gives the secret that the browser's cookie carries; the database keeps its hash. */
export async function openMerchantSession(store: Queryable, user: MerchantUser, clock: Clock): Promise<string> {
  const secret = randomToken(43);
  const hash = hashToken(secret);
  await store.query(
    "insert into merchant_session (bucket, session_hash, merchant_id, login, expires_at) values ($1, $2, $3, $4, $5)",
    [
      bucketOfHash(hash),
      hash,
      user.merchantId,
      user.login,
      instantToText(later(clock.now(), merchantSessionLifeS * secondUs)),
    ],
  );
  return secret;
}

/** Undefined too for as long as the merchant is suspended. */
export async function merchantOfSession(
  store: Queryable,
  secret: string,
  clock: Clock,
): Promise<MerchantUser | undefined> {
  const hash = hashToken(secret);
  const [row] = await store.query<{ merchant_id: string; login: string }>(
    `select merchant_id, login from merchant_session join merchant using (merchant_id)
     where bucket = $1 and session_hash = $2 and expires_at > $3 and suspended_at is null`,
    [bucketOfHash(hash), hash, instantToText(clock.now())],
  );
  return row && { merchantId: row.merchant_id, login: row.login };
}

export async function closeMerchantSession(store: Queryable, secret: string): Promise<void> {
  const hash = hashToken(secret);
  await store.query("delete from merchant_session where bucket = $1 and session_hash = $2", [bucketOfHash(hash), hash]);
}

/** The merchant's own apps that are not suspended, in whose names it may let another app act. */
export async function appsOfMerchant(store: Queryable, merchantId: string): Promise<{ appId: string; name: string }[]> {
  const rows = await store.query<{ app_id: string; name: string }>(
    "select app_id, name from app where merchant_id = $1 and suspended_at is null order by created_at, app_id limit 100",
    [merchantId],
  );
  return rows.map((row) => ({ appId: row.app_id, name: row.name }));
}
