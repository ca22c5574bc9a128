import { readFile, writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { csvLine } from "../../csv.ts";
import { safeCell } from "../../feedback/templates/table-cell.ts";
import { trainingRowsLimit } from "../../scoring/training-rows.ts";
import { CommandError } from "../command-error.ts";
import { readRows } from "../labels.ts";
import { ask } from "../access/ask.ts";
import { purposeMeant, purposeOption } from "../access/sandbox-defaults.ts";
import { readServer } from "../access/server.ts";

export function addScoreCommand(program: Command): void {
  const score = program.command("score").description("a person's score, and any answer that was sent");
  score
    .command("replay")
    .description("compute an answer again from what is stored; fails when it is not what was sent")
    .argument("<biz_no>", "the answer's biz_no")
    .option(...purposeOption)
    .action(async (bizNo: string, options: { purpose?: string }) => {
      const asked = { params: { bizNo }, query: { purpose: purposeMeant(options.purpose) } };
      const answer = await ask(await readServer(), "GET /api/scores/replay/:bizNo", asked);
      print(answer);
      if (!answer.equal) process.exitCode = 1;
    });
  score
    .command("explain")
    .description("score, band, reasons, dimensions and history of a person")
    .argument("<credentials_no>", "the identity number")
    .option(...purposeOption)
    .action(async (credentialsNo: string, options: { purpose?: string }) => {
      const body = { credentialsNo, purpose: purposeMeant(options.purpose) };
      print(await ask(await readServer(), "POST /api/scores/explain", { body }));
    });
  for (const [command, description] of [
    ["hold", "stop a person's score, as while a dispute is open: they are answered N/A until it is released"],
    ["release", "let a person be scored again"],
  ] as const) {
    score
      .command(command)
      .description(description)
      .argument("<credentials_no>", "the identity number")
      .requiredOption("--reason <text>", "why, for the record")
      .action(async (credentialsNo: string, { reason }: { reason: string }) => {
        const body = { credentialsNo, reason };
        print(await ask(await readServer(), `POST /api/scores/${command}`, { body }));
      });
  }
  score
    .command("holds")
    .description("whose score is stopped, since when, by whom and why")
    .action(async () => {
      print(await ask(await readServer(), "GET /api/scores/holds", {}));
    });
  score
    .command("export")
    .description("the scores of the people of a file, as user_credentials_no,score")
    .requiredOption("--people <file>", "CSV with a column user_credentials_no")
    .requiredOption("--out <file>", "where to write it; keep it as safe as the numbers in it")
    .option(...purposeOption)
    .action(async (options: { people: string; out: string; purpose?: string }) => {
      const purpose = purposeMeant(options.purpose);
      const numbers = await readNumbers(options.people);
      const server = await readServer();
      const lines = ["user_credentials_no,score"];
      for (let from = 0; from < numbers.length; from += trainingRowsLimit) {
        const some = numbers.slice(from, from + trainingRowsLimit);
        const people = some.map((credentialsNo) => ({ credentialsNo }));
        const { scores } = await ask(server, "POST /api/scores", { body: { people, purpose } });
        some.forEach((number, index) => lines.push(csvLine([safeCell(number), scores[index] ?? ""])));
      }
      await writeFile(options.out, `${lines.join("\n")}\n`, { mode: 0o600 });
      process.stdout.write(`${numbers.length} people\n`);
    });
}

function print(answer: unknown): void {
  process.stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`);
}

async function readNumbers(path: string): Promise<string[]> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`cannot read ${path}: ${error.code ?? error.message}`);
  });
  const [header, ...rows] = readRows(text, path);
  const column = header?.cells.indexOf("user_credentials_no") ?? -1;
  if (column === -1)
    throw new CommandError(`${path} has no column user_credentials_no; its first line names the columns`);
  return rows.map(({ cells }) => cells[column]?.trim() ?? "");
}
