import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { addCardFileCommands } from "./card-files.ts";
import { addCardTrainCommand } from "./card-train.ts";
import { askOperatorApi, readSandbox } from "./running-sandbox.ts";

interface ListedCard {
  readonly cardVersion: string;
  readonly state: string;
  readonly author: string;
  readonly approver: string | null;
  readonly title: { readonly en: string };
  readonly metrics?: Readonly<Record<string, number>>;
}

export function addCardCommand(program: Command): void {
  const card = program.command("card").description("the scorecards: draft, validated, shadow, champion, retired");
  addCardTrainCommand(card);
  addCardFileCommands(card);
  card
    .command("list")
    .description("the cards, and how far the scoring of everybody has come")
    .option("--json", "as JSON")
    .action(async (options: { json?: true }) => {
      const answer = await askOperatorApi<{ cards: ListedCard[]; progress: { bucketsDone: number; people: number; marked: number } }>(await readSandbox(), "/api/cards");
      if (options.json === true) return print(answer);
      for (const { cardVersion, state, author, approver, title, metrics } of answer.cards) {
        const auc = metrics?.["auc_cv"];
        process.stdout.write(`${cardVersion}  ${state.padEnd(9)}  ${title.en}  by ${author}${approver === null ? "" : `, approved by ${approver}`}${auc === undefined ? "" : `  AUC ${auc}`}\n`);
      }
      const { bucketsDone, people, marked } = answer.progress;
      process.stdout.write(`everybody: ${bucketsDone} of 256 parts done, ${people} people; ${marked} marked\n`);
    });
  card
    .command("show")
    .description("one card with its bins, points, origin and golden vectors, as JSON")
    .argument("<version>")
    .option("--out <file>", "write it there")
    .action(async (version: string, options: { out?: string }) => {
      const answer = await askOperatorApi(await readSandbox(), `/api/cards/${encodeURIComponent(version)}`);
      if (options.out === undefined) return print(answer);
      await writeFile(options.out, `${JSON.stringify(answer, undefined, 2)}\n`);
    });
  card
    .command("compare")
    .description("whom the challenger (the card in shadow) puts into another band than the champion")
    .action(async () => print(await askOperatorApi(await readSandbox(), "/api/cards/swap-set")));
  card
    .command("drift")
    .description("how far the people of a month lie from those of another, by score and characteristic (PSI)")
    .option("--month <month>", "yyyy-MM; this month when left out")
    .option("--against <month>", "yyyy-MM; the month before when left out")
    .action(async (options: { month?: string; against?: string }) => {
      const query = new URLSearchParams(Object.entries(options));
      print(await askOperatorApi(await readSandbox(), `/api/cards/drift?${query.toString()}`));
    });
  for (const [command, state, description] of [
    ["validate", "validated", "have the database give the card's golden vectors"],
    ["shadow", "shadow", "score everybody with it beside the champion; nobody is answered with it"],
    ["activate", "champion", "answer with it from now on; a second person approves"],
    ["retire", "retired", "take it out of use; the champion retires when another is activated"],
  ] as const) {
    card
      .command(command)
      .description(description)
      .argument("<version>")
      .option("--approver <name>", "in a sandbox, which has one operator: who approves")
      .action(async (version: string, options: { approver?: string }) => {
        const sandbox = await readSandbox();
        const path = `/api/cards/${encodeURIComponent(version)}/state`;
        print(await askOperatorApi(sandbox, path, { state, approver: options.approver }));
      });
  }
}

function print(answer: unknown): void {
  process.stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`);
}
