import type { Command } from "commander";
import { askOperatorApi } from "./running-sandbox.ts";
import { readServer } from "./server.ts";

export function addMerchantCommand(program: Command): void {
  program
    .command("merchant")
    .description("the merchants that may have apps and arrangements")
    .command("add")
    .description("add a merchant")
    .requiredOption("--id <merchant_id>", "its id; Alipay's are 2088 and twelve digits")
    .requiredOption("--name <name>", "its name, as users read it on the authorise page")
    .action(async (options: { id: string; name: string }) => {
      const merchant = await askOperatorApi(await readServer(), "/api/merchants", { merchant_id: options.id, name: options.name });
      process.stdout.write(`${JSON.stringify(merchant)}\n`);
    });
}
