import { type Account, findAccount, removeAccount } from "../accounts/account.ts";
import type { Instant } from "../clock.ts";
import { bucketOf } from "../store/bucket.ts";
import type { Queryable, Store } from "../store/store.ts";
import { findUser, type User } from "./users.ts";

/** A user as operators see them: the login, and nothing of the person. */
export interface ListedUser {
  readonly userId: string;
  readonly login: string;
  readonly createdAt: Instant;
  readonly disabledAt: Instant | null;
  readonly lastSignInAt: Instant | null;
  readonly hasTotp: boolean;
  readonly mustChangePassword: boolean;
}

export const usersListed = 200;

/** In the order of their logins, from after `after` on: those whose login begins with `login`. */
export function listUsers(
  store: Queryable,
  { login = "", disabled, after = "", limit }: UserQuery,
): Promise<ListedUser[]> {
  return store.query<ListedUser & Record<string, unknown>>(
    `select subject as "userId", login, created_at as "createdAt", disabled_at as "disabledAt",
            last_sign_in_at as "lastSignInAt", totp_confirmed_at is not null as "hasTotp",
            must_change_password as "mustChangePassword"
     from account
     where kind = 'user' and login > $1 and starts_with(login, $2)
       and ($3::boolean is null or (disabled_at is not null) = $3)
     order by login limit $4`,
    [after, login, disabled ?? null, Math.min(limit, usersListed + 1)],
  );
}

export interface UserQuery {
  readonly login?: string | undefined;
  readonly disabled?: boolean | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

/** A user who can sign in, with the account by which they do; undefined for one who has none. */
export async function findUserAccount(
  store: Store,
  userId: string,
): Promise<{ user: User; account: Account } | undefined> {
  const user = await findUser(store, userId);
  const account = user && (await findAccount(store, "user", user.login));
  return user === undefined || account?.subject !== userId ? undefined : { user, account };
}

/**
 * Removes a user who has never consented to anything, and tells whether that is so: consents are proof of what was allowed,
 * and are found by their user. The person's file is not the user's, and stays.
 */
export function removeUser(store: Store, { user, account }: { user: User; account: Account }): Promise<boolean> {
  return store.transaction(async (transaction) => {
    const removed = await transaction.query(
      `delete from user_account where bucket = $1 and user_id = $2
         and not exists (select from authorisation where bucket = $1 and user_id = $2) returning user_id`,
      [bucketOf(user.userId), user.userId],
    );
    if (removed.length === 0) return false;
    await removeAccount(transaction, account);
    return true;
  });
}
