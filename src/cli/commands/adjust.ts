import type { Command } from "commander";
import { CommandError } from "../command-error.ts";
import { askOperatorApi } from "../access/running-sandbox.ts";
import { readServer } from "../access/server.ts";

export function addAdjustCommand(program: Command): void {
  program
    .command("adjust")
    .description(
      "correct what an inquiry was billed, by a line of its own on the next statement; nothing written is changed",
    )
    .argument("<biz_no>", "the inquiry")
    .requiredOption("--amount-fen <fen>", "what is added to the bill; less than 0 gives back")
    .requiredOption("--reason <text>", "as the merchant reads it on the statement")
    .option("--merchant <merchant_id>", "whose inquiry it is; the sandbox's merchant when left out")
    .action(async (bizNo: string, options: { amountFen: string; reason: string; merchant?: string }) => {
      if (!/^-?\d{1,15}$/.test(options.amountFen))
        throw new CommandError(
          `--amount-fen is "${options.amountFen}"; write a whole number, -40 gives back 0.40 yuan`,
        );
      const made = await askOperatorApi<object>(await readServer(), "/api/ledger/adjustments", {
        merchant_id: options.merchant,
        biz_no: bizNo,
        amount_fen: Number(options.amountFen),
        reason: options.reason,
      });
      process.stdout.write(`${JSON.stringify(made)}\n`);
    });
}
