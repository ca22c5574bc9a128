import type { Command } from "commander";
import { CommandError } from "../command-error.ts";
import { ask } from "../access/ask.ts";
import { merchantMeant } from "../access/sandbox-defaults.ts";
import { readServer } from "../access/server.ts";
import { printJson } from "../print.ts";
import { printTable } from "../table.ts";

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
      const { reason } = options;
      const merchantId = await merchantMeant(options.merchant);
      const body = { merchantId, bizNo, amountFen: Number(options.amountFen), reason };
      printJson(await ask(await readServer(), "POST /api/ledger/adjustments", { body }));
    });
  program
    .command("adjustments")
    .description("the corrections of a merchant's bills, the newest first")
    .option("--merchant <merchant_id>", "whose; the sandbox's merchant when left out")
    .option("--after <adjustment_no>", "go on after this one")
    .option("--json", "print JSON")
    .action(async ({ merchant, after, json }: { merchant?: string; after?: string; json?: true }) => {
      const merchantId = await merchantMeant(merchant);
      const page = await ask(await readServer(), "GET /api/ledger/adjustments", {
        query: { merchantId, ...(after === undefined ? {} : { after }) },
      });
      if (json === true) return printJson(page, 2);
      printTable(
        ["adjustment", "made at", "inquiry", "fen", "by", "reason"],
        page.adjustments.map((each) => [
          each.adjustmentNo,
          each.madeAt,
          each.bizNo,
          each.amountFen,
          each.madeBy,
          each.reason,
        ]),
      );
      if (page.next !== undefined) process.stdout.write(`more: --after ${page.next}\n`);
    });
}
