import type { Command } from "commander";
import { CommandError } from "./command-error.ts";
import { askOperatorApi, readSandbox } from "./running-sandbox.ts";

interface AddOptions {
  readonly name: string;
  readonly credentialsNo: string;
  readonly login?: string;
  readonly password?: string;
  readonly app?: string;
}

export function addUserCommand(program: Command): void {
  program
    .command("user")
    .description("the people of the sandbox")
    .command("add")
    .description("add a test user who has authorised an app, and print the access token")
    .requiredOption("--name <name>", "the person's name")
    .requiredOption("--credentials-no <number>", "an identity number with a valid check character; region 99xxxx is nobody's")
    .option("--login <login>", "to sign in with on the authorise page")
    .option("--password <password>", "and its password")
    .option("--app <app_id>", "the app that is authorised; the sandbox's own when left out")
    .action(async (options: AddOptions) => {
      const answer = await askOperatorApi<{ users: unknown[] }>(await readSandbox(), "/api/sandbox/users", {
        users: [
          {
            name: options.name,
            credentials_no: options.credentialsNo,
            login: options.login,
            password: options.password,
            app_id: options.app,
          },
        ],
      });
      const [user] = answer.users;
      if (user === undefined) throw new CommandError("the sandbox added nobody");
      process.stdout.write(`${JSON.stringify(user)}\n`);
    });
}
