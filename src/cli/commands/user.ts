import type { Command } from "commander";
import { randomToken } from "../../keys/secrets.ts";
import { CommandError } from "../command-error.ts";
import { askOperatorApi, readSandbox } from "../access/running-sandbox.ts";
import { readServer } from "../access/server.ts";

const passwordLength = 20;

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
    .description("the people who may authorise apps")
    .command("add")
    .description(
      "add a user: in a sandbox one who has authorised an app, with the access token; in production one who signs in",
    )
    .requiredOption("--name <name>", "the person's name")
    .requiredOption(
      "--credentials-no <number>",
      "an identity number with a valid check character; region 99xxxx is nobody's",
    )
    .option("--login <login>", "to sign in with on the authorise page")
    .option("--password <password>", "and its password; in production one is made and printed when left out")
    .option("--app <app_id>", "the app that is authorised; the sandbox's own when left out")
    .action(async (options: AddOptions) => {
      if ((process.env["KAIMEN_SERVER"] ?? "") !== "") return addToProduction(options);
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

/** There a person authorises by signing in, so there is no token to print; without --password one is made. */
async function addToProduction({
  name,
  credentialsNo,
  login,
  password = randomToken(passwordLength),
  app,
}: AddOptions): Promise<void> {
  if (login === undefined)
    throw new CommandError("--login is needed: in production a user signs in to authorise an app");
  if (app !== undefined)
    throw new CommandError("--app is for a sandbox: in production a user authorises an app by signing in");
  const user = await askOperatorApi<object>(await readServer(), "/api/users", {
    name,
    credentials_no: credentialsNo,
    login,
    password,
  });
  process.stdout.write(`${JSON.stringify({ ...user, password })}\n`);
}
