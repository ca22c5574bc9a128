import type { Command } from "commander";
import { ask, type ConsoleApi } from "../access/ask.ts";
import { readServer } from "../access/server.ts";
import { given } from "../given.ts";
import { wholeNumber } from "../option-values.ts";
import { jsonOption, limitOption, rowsOf } from "../pages.ts";
import { printJson } from "../print.ts";
import { printFields, printTable } from "../table.ts";

interface Named {
  readonly merchant: string;
  readonly product: string;
}

interface SetOptions extends Named {
  readonly from: string;
  readonly to: string;
  readonly priceFen: string;
  readonly quota?: string;
  readonly billsNa?: true;
  readonly suspended?: true;
}

interface ListOptions {
  readonly merchant?: string;
  readonly product?: string;
  readonly limit?: string;
  readonly json?: true;
}

type Arrangement = ConsoleApi["GET /api/merchants/:merchantId/arrangements/:productCode"]["reply"];

const merchantOption = ["--merchant <merchant_id>", "whose it is"] as const;
const productOption = [
  "--product <product_code>",
  "w1010100100000000001 is the score, w1010100000000002733 the brief score",
] as const;
const paramsOf = ({ merchant: merchantId, product: productCode }: Named) => ({ merchantId, productCode });

export function addArrangementCommand(program: Command): void {
  const arrangement = program
    .command("arrangement")
    .description("what merchants may ask for, for how long, at what price");
  addSetCommand(arrangement);
  addReadCommands(arrangement);
  addChangeCommands(arrangement);
}

function addSetCommand(arrangement: Command): void {
  arrangement
    .command("set")
    .description("make or change a merchant's arrangement for a product; what a quota was used for stays used")
    .requiredOption(...merchantOption)
    .requiredOption(...productOption)
    .requiredOption("--from <day>", "its first day in Beijing, yyyy-MM-dd")
    .requiredOption("--to <day>", "the day after its last, yyyy-MM-dd")
    .requiredOption("--price-fen <fen>", "the price of an inquiry, in fen")
    .option("--quota <number>", "how many inquiries it covers; any number when left out")
    .option("--bills-na", 'an inquiry answered "N/A" is billed too')
    .option("--suspended", "nobody may ask under it for now")
    .action(async (options: SetOptions) => {
      const body = {
        validFrom: options.from,
        validTo: options.to,
        priceFen: wholeNumber("--price-fen", options.priceFen),
        quota: options.quota === undefined ? null : wholeNumber("--quota", options.quota),
        billsNa: options.billsNa === true,
        suspended: options.suspended === true,
      };
      const set = await ask(await readServer(), "PUT /api/merchants/:merchantId/arrangements/:productCode", {
        params: paramsOf(options),
        body,
      });
      const { merchantId, productCode, priceFen, quota, ...rest } = set;
      printJson({ merchantId, productCode, priceFen, quota, ...rest });
    });
}

function addReadCommands(arrangement: Command): void {
  arrangement
    .command("list")
    .description("list arrangements, of all merchants or of one")
    .option(...merchantOption)
    .option(...productOption)
    .option(...limitOption)
    .option(...jsonOption)
    .action(async ({ merchant: merchantId, product: productCode, limit, json }: ListOptions) => {
      const server = await readServer();
      const filter = given({ merchantId, productCode });
      const arrangements = await rowsOf(limit, async (paging) => {
        const query = { ...filter, ...paging };
        const { arrangements: rows, ...rest } = await ask(server, "GET /api/arrangements", { query });
        return { rows, ...rest };
      });
      if (json === true) return printJson({ arrangements }, 2);
      printTable(
        ["merchant", "product", "state", "from", "to", "price in fen", "quota", "used", "N/A billed"],
        arrangements.map((each) => [
          each.merchantId,
          each.productCode,
          each.suspended ? "suspended" : "active",
          each.validFrom,
          each.validTo,
          each.priceFen,
          each.quota ?? "any",
          each.quotaUsed,
          each.billsNa ? "yes" : "no",
        ]),
      );
    });
  arrangement
    .command("show")
    .description("show one of them")
    .requiredOption(...merchantOption)
    .requiredOption(...productOption)
    .option(...jsonOption)
    .action(async ({ json, ...named }: Named & { json?: true }) => {
      const params = paramsOf(named);
      const found: Arrangement = await ask(
        await readServer(),
        "GET /api/merchants/:merchantId/arrangements/:productCode",
        { params },
      );
      if (json === true) return printJson(found, 2);
      printFields({ ...found, quota: found.quota ?? "any" });
    });
}

function addChangeCommands(arrangement: Command): void {
  for (const [name, suspended, description] of [
    ["suspend", true, "let nobody ask under an arrangement for now"],
    ["resume", false, "let a suspended arrangement go on"],
  ] as const) {
    arrangement
      .command(name)
      .description(description)
      .requiredOption(...merchantOption)
      .requiredOption(...productOption)
      .action(async (named: Named) =>
        printJson(
          await ask(await readServer(), "PATCH /api/merchants/:merchantId/arrangements/:productCode", {
            params: paramsOf(named),
            body: { suspended },
          }),
        ),
      );
  }
  arrangement
    .command("remove")
    .description("remove an arrangement under which nobody ever asked; one that was used is suspended instead")
    .requiredOption(...merchantOption)
    .requiredOption(...productOption)
    .action(async (named: Named) => {
      const params = paramsOf(named);
      await ask(await readServer(), "DELETE /api/merchants/:merchantId/arrangements/:productCode", { params });
      printJson({ ...params, removed: true });
    });
}
