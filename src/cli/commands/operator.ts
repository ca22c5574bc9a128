import type { Command } from "commander";
import { hashNewPassword } from "../../accounts/password-rules.ts";
import { systemClock } from "../../clock.ts";
import { randomToken } from "../../keys/secrets.ts";
import { addOperator } from "../../merchants/operators.ts";
import { migrate } from "../../store/migrate.ts";
import { openStore } from "../../store/open.ts";
import { failedWith, uniqueViolation } from "../../store/sql-state.ts";
import { CommandError } from "../command-error.ts";

const passwordLength = 24;

export function addOperatorCommand(program: Command): void {
  program
    .command("operator")
    .description("those who may administer this installation")
    .command("add")
    .description("add an operator to the database at DATABASE_URL and print a password, once")
    .requiredOption("--login <login>", "the operator's login")
    .action(async ({ login }: { login: string }) => {
      const databaseUrl = process.env["DATABASE_URL"];
      if (databaseUrl === undefined || databaseUrl === "") {
        throw new CommandError(
          "DATABASE_URL is needed; a sandbox on the embedded database has its operator in sandbox.json",
        );
      }
      if (!/^[^\p{Cc}:]{1,64}$/u.test(login))
        throw new CommandError("a login has 1 to 64 characters, no colon among them");
      const password = randomToken(passwordLength);
      const passwordHash = await hashNewPassword({ login, password });
      const store = await openStore({ databaseUrl, dataDirectory: ".", connections: 1 });
      try {
        await migrate(store);
        await addOperator(store, { login, passwordHash }, systemClock.now());
      } catch (error) {
        if (failedWith(error, uniqueViolation)) throw new CommandError(`the operator ${login} exists already`);
        throw error;
      } finally {
        await store.close();
      }
      process.stdout.write(`${JSON.stringify({ login, password })}\n`);
    });
}
