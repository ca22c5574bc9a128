import { type Account, addAccount, findAccount } from "../accounts/account.ts";
import type { PasswordHash } from "../accounts/password-hash.ts";
import type { Instant } from "../clock.ts";
import type { Queryable, Store } from "../store/store.ts";

/** Somebody who is to sign in for a merchant, to authorise apps of others and to see what is the merchant's. */
export interface NewStaff {
  readonly merchantId: string;
  readonly login: string;
  readonly passwordHash: PasswordHash;
  readonly mustChangePassword: boolean;
}

/** False where there is no such merchant. Rejects with a StoreError of SQLSTATE 23505 where the login is another's, whoever's staff they are. */
export function addStaff(store: Store, { merchantId, ...staff }: NewStaff, now: Instant): Promise<boolean> {
  return store.transaction(async (transaction) => {
    // So that it is not removed meanwhile: an account refers to no merchant by a foreign key.
    const [merchant] = await transaction.query("select from merchant where merchant_id = $1 for share", [merchantId]);
    if (merchant === undefined) return false;
    await addAccount(transaction, { kind: "merchant", subject: merchantId, ...staff }, now);
    return true;
  });
}

/** The account of the merchant's own staff; undefined for another merchant's. */
export async function findStaff(store: Queryable, merchantId: string, login: string): Promise<Account | undefined> {
  const account = await findAccount(store, "merchant", login);
  return account?.subject === merchantId ? account : undefined;
}
