import type { Instant } from "../clock.ts";
import { randomToken } from "../keys/secrets.ts";
import type { Queryable, Store } from "../store/store.ts";
import { type Account, changeAccount } from "./account.ts";
import { endApiTokens } from "./api-tokens.ts";
import { hashNewPassword } from "./password-rules.ts";
import { endSessions } from "./sessions.ts";
import { removeTotp } from "./totp.ts";

type Whose = Pick<Account, "kind" | "login">;

const madePasswordLength = 20;

/** A password that Kaimen makes for somebody: whoever hands it on knows it, so its owner has to set another. */
export function makePassword(): string {
  return randomToken(madePasswordLength);
}

/**
 * Gives somebody who cannot sign in any more a new password, which is told to whoever asked and which its owner has to
 * change. The authenticator app is forgotten; sessions and API tokens end. All of it or nothing.
 */
export async function resetAccount(store: Store, account: Whose): Promise<string> {
  const password = makePassword();
  const passwordHash = await hashNewPassword({ login: account.login, password });
  await store.transaction(async (transaction) => {
    await changeAccount(transaction, account, { passwordHash, mustChangePassword: true });
    await removeTotp(transaction, account);
    await endSessions(transaction, account);
    await endApiTokens(transaction, account);
  });
  return password;
}

/** Stops an account since an instant, with all its sessions and API tokens; or, undefined, lets it go on without them. */
export function stopAccount(store: Store, account: Whose, disabledAt: Instant | undefined): Promise<void> {
  return store.transaction((transaction) => stopAccountIn(transaction, account, disabledAt));
}

/** The same within a transaction of the caller's. */
export async function stopAccountIn(
  transaction: Queryable,
  account: Whose,
  disabledAt: Instant | undefined,
): Promise<void> {
  await changeAccount(transaction, account, { disabledAt });
  if (disabledAt === undefined) return;
  await endSessions(transaction, account);
  await endApiTokens(transaction, account);
}
