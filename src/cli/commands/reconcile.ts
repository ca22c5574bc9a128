import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { differenceCauses, reconcile, ReconcileError } from "../../ledger/reconcile.ts";
import { CommandError } from "../command-error.ts";
import { fetchStatement } from "../access/ledger-access.ts";

export function addReconcileCommand(program: Command): void {
  program
    .command("reconcile")
    .description("line up a merchant's own file with its statement; ends with 1 when they differ")
    .argument(
      "<file>",
      "their CSV, with the columns biz_no, transaction_id and, if it has amounts, amount_yuan or amount_fen",
    )
    .option("--day <day>", "of which statement, yyyy-MM-dd")
    .option("--statement <file>", "the statement's CSV, instead of asking for it")
    .option("--merchant <merchant_id>", "whose; the sandbox's own when left out")
    .action(async (file: string, options: { day?: string; statement?: string; merchant?: string }) => {
      const theirs = await readText(file);
      const ours =
        options.statement === undefined
          ? await ourCsv(options.day, options.merchant)
          : await readText(options.statement);
      try {
        const result = reconcile(ours, theirs);
        process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
        for (const cause of new Set(result.differences.map((each) => each.cause))) {
          process.stderr.write(`${cause}: ${differenceCauses[cause]}\n`);
        }
        if (result.differences.length > 0) process.exitCode = 1;
      } catch (error) {
        throw error instanceof ReconcileError ? new CommandError(error.message) : error;
      }
    });
}

async function ourCsv(day: string | undefined, merchant: string | undefined): Promise<string> {
  if (day === undefined) throw new CommandError("say which statement: --day yyyy-MM-dd, or --statement FILE");
  return (await fetchStatement(day, merchant)).csv;
}

function readText(path: string): Promise<string> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`cannot read ${path}: ${error.code ?? error.message}`);
  });
}
