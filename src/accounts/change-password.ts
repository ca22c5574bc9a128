import type { Store } from "../store/store.ts";
import { type Account, changeAccount } from "./account.ts";
import { endApiTokens } from "./api-tokens.ts";
import type { PasswordHash } from "./password-hash.ts";
import { endSessions } from "./sessions.ts";

/** How many doors were closed that the old password had opened. */
export interface ChangedPassword {
  readonly endedSessions: number;
  readonly endedTokens: number;
}

/**
 * Sets the password that an account's owner has chosen, and ends what was opened with the old one: every API token and every
 * session but `keptSessionId`, in which it is changed. All of it or nothing.
 */
export function changePassword(
  store: Store,
  account: Pick<Account, "kind" | "login">,
  { passwordHash, keptSessionId }: { passwordHash: PasswordHash; keptSessionId: string | undefined },
): Promise<ChangedPassword> {
  return store.transaction(async (transaction) => {
    await changeAccount(transaction, account, { passwordHash, mustChangePassword: false });
    return {
      endedSessions: await endSessions(transaction, account, { except: keptSessionId }),
      endedTokens: await endApiTokens(transaction, account),
    };
  });
}
