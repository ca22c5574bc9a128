import type { Command } from "commander";
import { ask } from "../access/ask.ts";
import { speaksToSandbox } from "../access/sandbox-defaults.ts";
import { readServer } from "../access/server.ts";
import { CommandError } from "../command-error.ts";
import { given } from "../given.ts";
import { yesOrNoIfSaid } from "../option-values.ts";
import { jsonOption, limitOption, rowsOf } from "../pages.ts";
import { printJson } from "../print.ts";
import { printFields, printTable } from "../table.ts";

interface AddOptions {
  readonly name: string;
  readonly credentialsNo: string;
  readonly login?: string;
  readonly password?: string;
  readonly app?: string;
}

interface ListOptions {
  readonly login?: string;
  readonly disabled?: string;
  readonly limit?: string;
  readonly json?: true;
}

const idOption = ["--id <user_id>", "the user, as kaimen user list names them"] as const;

export function addUserCommand(program: Command): void {
  const user = program.command("user").description("the people who may authorise apps");
  addAddCommand(user);
  addReadCommands(user);
  addChangeCommands(user);
}

function addAddCommand(user: Command): void {
  user
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
    .option(
      "--password <password>",
      "and its password; in production one is made and printed when left out, and the user has to change it",
    )
    .option("--app <app_id>", "the app that is authorised; the sandbox's own when left out")
    .action(async (options: AddOptions) => {
      if (!speaksToSandbox()) return addToProduction(options);
      const { name, credentialsNo, login, password, app: appId } = options;
      const body = { users: [given({ name, credentialsNo, login, password, appId })] };
      const [added] = (await ask(await readServer(), "POST /api/sandbox/users", { body })).users;
      if (added === undefined) throw new CommandError("the sandbox added nobody");
      printJson(added);
    });
}

/** There a person authorises by signing in, so there is no token to print. */
async function addToProduction({ name, credentialsNo, login, password, app }: AddOptions): Promise<void> {
  if (login === undefined)
    throw new CommandError("--login is needed: in production a user signs in to authorise an app");
  if (app !== undefined)
    throw new CommandError("--app is for a sandbox: in production a user authorises an app by signing in");
  const body = { name, credentialsNo, login, ...given({ password }) };
  const added = await ask(await readServer(), "POST /api/users", { body });
  printJson({ ...added, password: password ?? added.password });
}

function addReadCommands(user: Command): void {
  user
    .command("list")
    .description("list users by their logins")
    .option("--login <text>", "those whose login begins with it")
    .option("--disabled <yes|no>", "those who may not sign in, or those who may")
    .option(...limitOption)
    .option(...jsonOption)
    .action(async ({ login, disabled, limit, json }: ListOptions) => {
      const server = await readServer();
      const filter = given({ login, disabled: yesOrNoIfSaid("--disabled", disabled) });
      const users = await rowsOf(limit, async (paging) => {
        const { users: rows, ...rest } = await ask(server, "GET /api/users", { query: { ...filter, ...paging } });
        return { rows, ...rest };
      });
      if (json === true) return printJson({ users }, 2);
      printTable(
        ["id", "login", "state", "authenticator app", "last sign-in"],
        users.map((each) => [
          each.userId,
          each.login,
          each.disabled ? "disabled" : each.mustChangePassword ? "has to change the password" : "active",
          each.hasTotp ? "yes" : "no",
          each.lastSignInAt ?? "never",
        ]),
      );
    });
  user
    .command("show")
    .description("show one of them; nothing of the person")
    .requiredOption(...idOption)
    .option(...jsonOption)
    .action(async ({ id: userId, json }: { id: string; json?: true }) => {
      const found = await ask(await readServer(), "GET /api/users/:userId", { params: { userId } });
      if (json === true) return printJson(found, 2);
      printFields(found);
    });
}

function addChangeCommands(user: Command): void {
  for (const [name, disabled, description] of [
    ["disable", true, "let a user sign in no more; sessions end, what they consented to goes on"],
    ["enable", false, "let a disabled user sign in again"],
  ] as const) {
    user
      .command(name)
      .description(description)
      .requiredOption(...idOption)
      .action(async ({ id: userId }: { id: string }) =>
        printJson(
          await ask(await readServer(), "PATCH /api/users/:userId", { params: { userId }, body: { disabled } }),
        ),
      );
  }
  user
    .command("reset")
    .description("make a new password for a user and forget the authenticator app; all sessions end")
    .requiredOption(...idOption)
    .action(async ({ id: userId }: { id: string }) =>
      printJson(await ask(await readServer(), "POST /api/users/:userId/reset", { params: { userId } })),
    );
  user
    .command("remove")
    .description("remove a user who never consented to anything; one who did is disabled, or the person erased")
    .requiredOption(...idOption)
    .action(async ({ id: userId }: { id: string }) => {
      await ask(await readServer(), "DELETE /api/users/:userId", { params: { userId } });
      printJson({ userId, removed: true });
    });
}
