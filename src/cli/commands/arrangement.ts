import type { Command } from "commander";
import { CommandError } from "../command-error.ts";
import { askOperatorApi } from "../access/running-sandbox.ts";
import { readServer } from "../access/server.ts";

interface SetOptions {
  readonly merchant: string;
  readonly product: string;
  readonly from: string;
  readonly to: string;
  readonly priceFen: string;
  readonly quota?: string;
  readonly billsNa?: true;
  readonly suspended?: true;
}

export function addArrangementCommand(program: Command): void {
  program
    .command("arrangement")
    .description("what merchants may ask for, for how long, at what price")
    .command("set")
    .description("make or change a merchant's arrangement for a product; what a quota was used for stays used")
    .requiredOption("--merchant <merchant_id>", "whose it is")
    .requiredOption(
      "--product <product_code>",
      "w1010100100000000001 is the score, w1010100000000002733 the brief score",
    )
    .requiredOption("--from <day>", "its first day in Beijing, yyyy-MM-dd")
    .requiredOption("--to <day>", "the day after its last, yyyy-MM-dd")
    .requiredOption("--price-fen <fen>", "the price of an inquiry, in fen")
    .option("--quota <number>", "how many inquiries it covers; any number when left out")
    .option("--bills-na", 'an inquiry answered "N/A" is billed too')
    .option("--suspended", "nobody may ask under it for now")
    .action(async (options: SetOptions) => {
      const arrangement = await askOperatorApi(await readServer(), "/api/arrangements", {
        merchant_id: options.merchant,
        product_code: options.product,
        valid_from: options.from,
        valid_to: options.to,
        price_fen: wholeNumber("--price-fen", options.priceFen),
        quota: options.quota === undefined ? null : wholeNumber("--quota", options.quota),
        bills_na: options.billsNa === true,
        suspended: options.suspended === true,
      });
      process.stdout.write(`${JSON.stringify(arrangement)}\n`);
    });
}

function wholeNumber(option: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new CommandError(`${option} is "${text}"; write a whole number`);
  return Number(text);
}
