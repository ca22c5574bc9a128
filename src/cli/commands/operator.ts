import { type Command, Option } from "commander";
import { isRole, type Role, roles, roleTitles } from "../../accounts/roles.ts";
import { ask, type ConsoleApi } from "../access/ask.ts";
import { addOperatorToDatabase } from "../access/operator-in-database.ts";
import { readServer } from "../access/server.ts";
import { CommandError } from "../command-error.ts";
import { printJson } from "../print.ts";
import { printTable } from "../table.ts";

type Operator = ConsoleApi["GET /api/operators/:login"]["reply"];

const loginOption = ["--login <login>", "the operator's login"] as const;
const reasonOption = ["--reason <text>", "why, for whoever has to approve it"] as const;

export function addOperatorCommand(program: Command): void {
  const operator = program
    .command("operator")
    .description("those who may administer this installation, each in a role");
  addAddCommand(operator);
  addReadCommands(operator);
  addChangeCommands(operator);
}

function roleOption(): Option {
  const meanings = roles.map((role) => `${role}: ${roleTitles[role].en}`).join("; ");
  return new Option("--role <role>", meanings).choices([...roles]);
}

interface AddOptions {
  readonly login: string;
  readonly role?: string;
  readonly reason?: string;
  readonly emergency?: boolean;
}

function addAddCommand(operator: Command): void {
  operator
    .command("add")
    .description(
      "add an operator and print a password, once, which they have to change; the first one at DATABASE_URL itself",
    )
    .requiredOption(...loginOption)
    .addOption(roleOption())
    .option(...reasonOption)
    .option(
      "--emergency",
      "at DATABASE_URL although there is an admin, who cannot be reached; it is put on the audit trail",
    )
    .action(async ({ login, role, reason, emergency = false }: AddOptions) => {
      const databaseUrl = process.env["DATABASE_URL"] ?? "";
      if (databaseUrl !== "" && (process.env["KAIMEN_SERVER"] ?? "") === "")
        return printJson(
          await addOperatorToDatabase(databaseUrl, { login, role: checkedRole(role ?? "admin"), emergency }),
        );
      if (emergency) throw new CommandError("--emergency is for DATABASE_URL alone, without KAIMEN_SERVER");
      if (role === undefined) throw new CommandError(`say in which role: --role ${roles.join("|")}`);
      const body = { login, role: checkedRole(role), ...(reason === undefined ? {} : { reason }) };
      printJson(await ask(await readServer(), "POST /api/operators", { body }));
    });
}

function addReadCommands(operator: Command): void {
  operator
    .command("list")
    .description("list the operators")
    .option("--json", "print JSON")
    .action(async ({ json = false }: { json?: boolean }) => {
      const operators = await readOperators();
      if (json) return printJson({ operators }, 2);
      return printTable(
        ["login", "role", "state", "authenticator app", "last sign-in"],
        operators.map((each) => [
          each.login,
          each.role,
          stateOf(each),
          each.hasTotp ? "yes" : "no",
          each.lastSignInAt ?? "never",
        ]),
      );
    });
  operator
    .command("show")
    .description("show one of them")
    .requiredOption(...loginOption)
    .action(async (params: { login: string }) =>
      printJson(await ask(await readServer(), "GET /api/operators/:login", { params }), 2),
    );
}

async function readOperators(): Promise<Operator[]> {
  const server = await readServer();
  const operators: Operator[] = [];
  let after: string | undefined;
  do {
    const query = after === undefined ? { limit: 200 } : { limit: 200, after };
    const page = await ask(server, "GET /api/operators", { query });
    operators.push(...page.operators);
    after = page.next;
  } while (after !== undefined);
  return operators;
}

function stateOf({ disabled, mustChangePassword }: Operator): string {
  if (disabled) return "disabled";
  return mustChangePassword ? "has to change the password" : "active";
}

interface ChangeOptions {
  readonly login: string;
  readonly role?: string;
  readonly reason?: string;
}

function addChangeCommands(operator: Command): void {
  const change = async (
    { login, reason }: ChangeOptions,
    fields: { role?: Role; disabled?: boolean },
  ): Promise<void> => {
    const body = { ...fields, ...(reason === undefined ? {} : { reason }) };
    printJson(await ask(await readServer(), "PATCH /api/operators/:login", { params: { login }, body }));
  };
  operator
    .command("set")
    .description("give an operator another role")
    .requiredOption(...loginOption)
    .addOption(roleOption().makeOptionMandatory())
    .option(...reasonOption)
    .action(async (options: ChangeOptions) => change(options, { role: checkedRole(options.role ?? "") }));
  operator
    .command("disable")
    .description("stop an operator at once: all their sessions and tokens end")
    .requiredOption(...loginOption)
    .action(async ({ login }: ChangeOptions) =>
      printJson(await ask(await readServer(), "POST /api/operators/:login/disable", { params: { login } })),
    );
  operator
    .command("enable")
    .description("let a disabled operator sign in again")
    .requiredOption(...loginOption)
    .option(...reasonOption)
    .action(async (options: ChangeOptions) => change(options, { disabled: false }));
  operator
    .command("reset")
    .description("make a new password for an operator and forget the authenticator app; all sessions and tokens end")
    .requiredOption(...loginOption)
    .option(...reasonOption)
    .action(async ({ login, reason }: ChangeOptions) => {
      const body = reason === undefined ? {} : { reason };
      printJson(await ask(await readServer(), "POST /api/operators/:login/reset", { params: { login }, body }));
    });
  operator
    .command("remove")
    .description("remove an operator; what they did stays on the audit trail")
    .requiredOption(...loginOption)
    .action(async ({ login }: ChangeOptions) => {
      await ask(await readServer(), "DELETE /api/operators/:login", { params: { login } });
      printJson({ login, removed: true });
    });
}

function checkedRole(text: string): Role {
  if (isRole(text)) return text;
  throw new CommandError(`no role ${text}; there are ${roles.join(", ")}`);
}
