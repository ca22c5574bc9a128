import type { Command } from "commander";
import { randomToken } from "../../keys/secrets.ts";
import { askOperatorApi } from "../access/running-sandbox.ts";
import { readServer } from "../access/server.ts";

const passwordLength = 20;

export function addMerchantCommand(program: Command): void {
  const merchant = program.command("merchant").description("the merchants that may have apps and arrangements");
  merchant
    .command("add")
    .description("add a merchant")
    .requiredOption("--id <merchant_id>", "its id; Alipay's are 2088 and twelve digits")
    .requiredOption("--name <name>", "its name, as users read it on the authorise page")
    .action(async (options: { id: string; name: string }) => {
      print(
        await askOperatorApi(await readServer(), "/api/merchants", { merchant_id: options.id, name: options.name }),
      );
    });
  merchant
    .command("login")
    .description("let somebody sign in for a merchant, to authorise apps of others; prints a password made for it")
    .requiredOption("--id <merchant_id>", "the merchant")
    .requiredOption("--login <login>", "to sign in with at /oauth2/appToAppAuth.htm and /oauth2/merchantMine.htm")
    .action(async (options: { id: string; login: string }) => {
      const password = randomToken(passwordLength);
      const added = await askOperatorApi<object>(await readServer(), "/api/merchants/logins", {
        merchant_id: options.id,
        login: options.login,
        password,
      });
      print({ ...added, password });
    });
  for (const [name, suspended, description] of [
    [
      "suspend",
      "true",
      "stop all of a merchant: its apps' calls, signed addresses, consents and tokens, and who signs in for it",
    ],
    ["resume", "false", "let a suspended merchant go on, with the consents and tokens it had"],
  ] as const) {
    merchant
      .command(name)
      .description(description)
      .requiredOption("--id <merchant_id>", "the merchant")
      .action(async ({ id }: { id: string }) =>
        print(await askOperatorApi(await readServer(), "/api/merchants/suspension", { merchant_id: id, suspended })),
      );
  }
}

function print(answer: unknown): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
