import type { Command } from "commander";
import { ask } from "../access/ask.ts";
import { readServer } from "../access/server.ts";
import { given } from "../given.ts";
import { yesOrNoIfSaid } from "../option-values.ts";
import { jsonOption, limitOption, rowsOf } from "../pages.ts";
import { printJson } from "../print.ts";
import { printFields, printTable } from "../table.ts";
import { addStaffCommands } from "./staff.ts";

const idOption = ["--id <merchant_id>", "the merchant"] as const;

export function addMerchantCommand(program: Command): void {
  const merchant = program.command("merchant").description("the merchants that may have apps and arrangements");
  addReadCommands(merchant);
  addChangeCommands(merchant);
  addStaffCommands(merchant);
}

interface ListOptions {
  readonly search?: string;
  readonly suspended?: string;
  readonly limit?: string;
  readonly json?: true;
}

function addReadCommands(merchant: Command): void {
  merchant
    .command("list")
    .description("list merchants")
    .option("--search <text>", "those whose id begins with it, or whose name has it")
    .option("--suspended <yes|no>", "those that are suspended, or those that are not")
    .option(...limitOption)
    .option(...jsonOption)
    .action(async ({ search, suspended, limit, json }: ListOptions) => {
      const server = await readServer();
      const filter = given({ search, suspended: yesOrNoIfSaid("--suspended", suspended) });
      const merchants = await rowsOf(limit, async (paging) => {
        const { merchants: rows, ...rest } = await ask(server, "GET /api/merchants", {
          query: { ...filter, ...paging },
        });
        return { rows, ...rest };
      });
      if (json === true) return printJson({ merchants }, 2);
      printTable(
        ["id", "name", "state", "added"],
        merchants.map((each) => [each.merchantId, each.name, each.suspended ? "suspended" : "active", each.createdAt]),
      );
    });
  merchant
    .command("show")
    .description("show one of them")
    .requiredOption(...idOption)
    .option(...jsonOption)
    .action(async ({ id: merchantId, json }: { id: string; json?: true }) => {
      const found = await ask(await readServer(), "GET /api/merchants/:merchantId", { params: { merchantId } });
      if (json === true) return printJson(found, 2);
      printFields(found);
    });
}

function addChangeCommands(merchant: Command): void {
  merchant
    .command("add")
    .description("add a merchant")
    .requiredOption("--id <merchant_id>", "its id; Alipay's are 2088 and twelve digits")
    .requiredOption("--name <name>", "its name, as users read it on the authorise page")
    .action(async ({ id: merchantId, name }: { id: string; name: string }) =>
      printJson(await ask(await readServer(), "POST /api/merchants", { body: { merchantId, name } })),
    );
  const change = async (merchantId: string, body: { name?: string; suspended?: boolean }): Promise<void> =>
    printJson(await ask(await readServer(), "PATCH /api/merchants/:merchantId", { params: { merchantId }, body }));
  merchant
    .command("set")
    .description("rename a merchant")
    .requiredOption(...idOption)
    .requiredOption("--name <name>", "its name, as users read it on the authorise page")
    .action(async ({ id, name }: { id: string; name: string }) => change(id, { name }));
  for (const [name, suspended, description] of [
    [
      "suspend",
      true,
      "stop all of a merchant: its apps' calls, signed addresses, consents and tokens, and who signs in for it",
    ],
    ["resume", false, "let a suspended merchant go on, with the consents and tokens it had"],
  ] as const) {
    merchant
      .command(name)
      .description(description)
      .requiredOption(...idOption)
      .action(async ({ id }: { id: string }) => change(id, { suspended }));
  }
  merchant
    .command("remove")
    .description("remove a merchant that has nothing; one that has is told of, and can be suspended")
    .requiredOption(...idOption)
    .action(async ({ id: merchantId }: { id: string }) => {
      await ask(await readServer(), "DELETE /api/merchants/:merchantId", { params: { merchantId } });
      printJson({ merchantId, removed: true });
    });
}
