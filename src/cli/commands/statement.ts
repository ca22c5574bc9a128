import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { yuan } from "../../ledger/statement.ts";
import { ask } from "../access/ask.ts";
import { fetchStatement } from "../access/ledger-access.ts";
import { merchantMeant } from "../access/sandbox-defaults.ts";
import { readServer } from "../access/server.ts";
import { printJson } from "../print.ts";
import { printTable } from "../table.ts";

export function addStatementCommand(program: Command): void {
  program
    .command("statement")
    .description("write a merchant's statement of one day in Beijing; from the database of DATABASE_URL, or the server")
    .argument("<day>", "yyyy-MM-dd; a day that is over")
    .option("--merchant <merchant_id>", "whose; the sandbox's own when left out")
    .option("--out <file>", "where to; standard output when left out")
    .action(async (day: string, options: { merchant?: string; out?: string }) => {
      const { statement, csv } = await fetchStatement(day, options.merchant);
      if (options.out === undefined) process.stdout.write(csv);
      else {
        await writeFile(options.out, csv);
        process.stdout.write(`${JSON.stringify(statement)}\n`);
      }
    });
  program
    .command("statements")
    .description("the statements that were issued to a merchant, the newest first")
    .option("--merchant <merchant_id>", "whose; the sandbox's own when left out")
    .option("--after <day>", "go on after this day, yyyy-MM-dd")
    .option("--json", "print JSON")
    .action(async ({ merchant, after, json }: { merchant?: string; after?: string; json?: true }) => {
      const merchantId = await merchantMeant(merchant);
      const page = await ask(await readServer(), "GET /api/statements", {
        query: { merchantId, ...(after === undefined ? {} : { after }) },
      });
      if (json === true) return printJson(page, 2);
      printTable(
        ["day", "inquiries", "billed", "adjustments", "yuan", "SHA-256"],
        page.statements.map((each) => [
          each.day,
          each.inquiries,
          each.billedInquiries,
          each.adjustments,
          yuan(each.amountFen),
          each.csvSha256,
        ]),
      );
      if (page.next !== undefined) process.stdout.write(`more: --after ${page.next}\n`);
    });
}
