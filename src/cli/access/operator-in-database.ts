import { addAccount, countOperators, loginForm } from "../../accounts/account.ts";
import { hashNewPassword } from "../../accounts/password-rules.ts";
import { makePassword } from "../../accounts/reset-account.ts";
import type { Role } from "../../accounts/roles.ts";
import { appendAudit } from "../../audit/audit.ts";
import { systemClock } from "../../clock.ts";
import { migrate } from "../../store/migrate.ts";
import { openStore } from "../../store/open.ts";
import { failedWith, uniqueViolation } from "../../store/sql-state.ts";
import type { Store } from "../../store/store.ts";
import { CommandError } from "../command-error.ts";
import { localUser } from "../local-user.ts";

export interface NewOperator {
  readonly login: string;
  readonly role: Role;
  /** Although there is an admin who could do it. */
  readonly emergency: boolean;
}

/**
 * Makes the first admin of an installation, whom nobody else could make; after that everything goes by the API, where it is
 * known who did it. Whoever holds the database's password could do anything to it: an emergency is let through, and told.
 * @throws CommandError where there is an admin already, the login is taken, or is none.
 */
export async function addOperatorToDatabase(
  databaseUrl: string,
  operator: NewOperator,
): Promise<{ login: string; role: Role; password: string }> {
  const { login, role } = operator;
  if (!loginForm.test(login)) throw new CommandError("a login has 1 to 64 characters, no colon among them");
  const store = await openStore({ databaseUrl, dataDirectory: ".", connections: 2 });
  try {
    await migrate(store);
    await checkMayAdd(store, operator);
    const password = makePassword();
    const passwordHash = await hashNewPassword({ login, password });
    await record(store, operator, "begun");
    await addAccount(
      store,
      { kind: "operator", login, role, passwordHash, mustChangePassword: true },
      systemClock.now(),
    );
    await record(store, operator, "done");
    return { login, role, password };
  } catch (error) {
    if (failedWith(error, uniqueViolation)) throw new CommandError(`the operator ${login} exists already`);
    throw error;
  } finally {
    await store.close();
  }
}

async function checkMayAdd(store: Store, { role, emergency }: NewOperator): Promise<void> {
  if (emergency) return;
  if ((await countOperators(store, "admin")) > 0)
    throw new CommandError(
      "there is an admin already, who adds operators by the API: set KAIMEN_SERVER, run kaimen login, and then " +
        "kaimen operator add. If no admin can be reached, add --emergency, which is put on the audit trail",
    );
  if (role !== "admin") throw new CommandError("the first operator is an admin: nobody else could add the others");
}

async function record(store: Store, { login, role, emergency }: NewOperator, outcome: "begun" | "done"): Promise<void> {
  await appendAudit(
    { store, clock: systemClock },
    {
      account: `database ${localUser()}`,
      role: "",
      session: "",
      address: "",
      action: "operator.add",
      outcome,
      details: { login, role, emergency },
    },
  );
}
