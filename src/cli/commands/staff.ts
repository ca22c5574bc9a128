import type { Command } from "commander";
import { ask } from "../access/ask.ts";
import { readServer } from "../access/server.ts";
import { jsonOption, limitOption, rowsOf } from "../pages.ts";
import { printJson } from "../print.ts";
import { printTable } from "../table.ts";

const idOption = ["--id <merchant_id>", "the merchant"] as const;
const loginOption = ["--login <login>", "who signs in for it"] as const;

interface Named {
  readonly id: string;
  readonly login: string;
}
const paramsOf = ({ id: merchantId, login }: Named) => ({ merchantId, login });

/** `merchant login` adds somebody who signs in for a merchant; `merchant staff` is for what becomes of them. */
export function addStaffCommands(merchant: Command): void {
  merchant
    .command("login")
    .description(
      "let somebody sign in for a merchant, to authorise apps of others; prints a password made for it, which they have to change",
    )
    .requiredOption(...idOption)
    .requiredOption("--login <login>", "to sign in with at /oauth2/appToAppAuth.htm and /oauth2/merchantMine.htm")
    .action(async ({ id: merchantId, login }: Named) =>
      printJson(
        await ask(await readServer(), "POST /api/merchants/:merchantId/staff", {
          params: { merchantId },
          body: { login },
        }),
      ),
    );
  const staff = merchant.command("staff").description("who signs in for a merchant");
  staff
    .command("list")
    .description("list them")
    .requiredOption(...idOption)
    .option(...limitOption)
    .option(...jsonOption)
    .action(async ({ id: merchantId, limit, json }: { id: string; limit?: string; json?: true }) => {
      const server = await readServer();
      const people = await rowsOf(limit, async (query) => {
        const params = { merchantId };
        const { staff: rows, ...rest } = await ask(server, "GET /api/merchants/:merchantId/staff", { params, query });
        return { rows, ...rest };
      });
      if (json === true) return printJson({ staff: people }, 2);
      printTable(
        ["login", "state", "authenticator app", "last sign-in"],
        people.map((each) => [
          each.login,
          each.disabled ? "disabled" : each.mustChangePassword ? "has to change the password" : "active",
          each.hasTotp ? "yes" : "no",
          each.lastSignInAt ?? "never",
        ]),
      );
    });
  for (const [name, disabled, description] of [
    ["disable", true, "stop somebody at once: all their sessions and tokens end"],
    ["enable", false, "let somebody who was stopped sign in again"],
  ] as const) {
    staff
      .command(name)
      .description(description)
      .requiredOption(...idOption)
      .requiredOption(...loginOption)
      .action(async (named: Named) =>
        printJson(
          await ask(await readServer(), "PATCH /api/merchants/:merchantId/staff/:login", {
            params: paramsOf(named),
            body: { disabled },
          }),
        ),
      );
  }
  staff
    .command("reset")
    .description("make a new password for somebody and forget the authenticator app; all sessions and tokens end")
    .requiredOption(...idOption)
    .requiredOption(...loginOption)
    .action(async (named: Named) =>
      printJson(
        await ask(await readServer(), "POST /api/merchants/:merchantId/staff/:login/reset", {
          params: paramsOf(named),
        }),
      ),
    );
  staff
    .command("remove")
    .description("remove somebody; what they authorised goes on")
    .requiredOption(...idOption)
    .requiredOption(...loginOption)
    .action(async (named: Named) => {
      const params = paramsOf(named);
      await ask(await readServer(), "DELETE /api/merchants/:merchantId/staff/:login", { params });
      printJson({ ...params, removed: true });
    });
}
