import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { fetchStatement } from "../access/ledger-access.ts";

export function addStatementCommand(program: Command): void {
  program
    .command("statement")
    .description(
      "write a merchant's statement of one day in Beijing; the database of DATABASE_URL, or the running sandbox's",
    )
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
}
