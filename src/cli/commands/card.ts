import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { featureNamed } from "../../scoring/card/features.ts";
import { rangeOf } from "../../scoring/training/report.ts";
import { addCardCompareCommands } from "./card-compare.ts";
import { addCardFileCommands } from "./card-files.ts";
import { addCardTrainCommand } from "./card-train.ts";
import { ask, type ConsoleApi } from "../access/ask.ts";
import { readServer } from "../access/server.ts";

type ShownCard = ConsoleApi["GET /api/cards/:version"]["reply"];

export function addCardCommand(program: Command): void {
  const card = program.command("card").description("the scorecards: draft, validated, shadow, champion, retired");
  addCardTrainCommand(card);
  addCardFileCommands(card);
  card
    .command("list")
    .description("the cards, and how far the scoring of everybody has come")
    .option("--json", "as JSON")
    .action(async (options: { json?: true }) => {
      const answer = await ask(await readServer(), "GET /api/cards", {});
      if (options.json === true) return print(answer);
      for (const { cardVersion, state, author, approver, title, metrics } of answer.cards) {
        const auc = metrics?.["auc_cv"];
        process.stdout.write(
          `${cardVersion}  ${state.padEnd(9)}  ${title.en}  by ${author}${approver === null ? "" : `, approved by ${approver}`}${auc === undefined ? "" : `  AUC ${auc}`}\n`,
        );
      }
      const { bucketsDone, people, marked } = answer.progress;
      process.stdout.write(`everybody: ${bucketsDone} of 256 parts done, ${people} people; ${marked} marked\n`);
    });
  card
    .command("show")
    .description("one card in plain words, with its bins and points")
    .argument("<version>")
    .option("--json", "all of it as JSON, golden vectors too")
    .option("--out <file>", "write the JSON there")
    .action(async (version: string, options: { json?: true; out?: string }) => {
      const answer = await ask(await readServer(), "GET /api/cards/:version", { params: { version } });
      if (options.out !== undefined) return writeFile(options.out, `${JSON.stringify(answer, undefined, 2)}\n`);
      if (options.json === true) return print(answer);
      process.stdout.write(shown(answer));
    });
  addCardCompareCommands(card);
  for (const [command, state, description] of [
    ["validate", "validated", "have the database give the card's golden vectors"],
    ["shadow", "shadow", "score everybody with it beside the champion; nobody is answered with it"],
    ["retire", "retired", "take it out of use; the champion retires when another is activated"],
  ] as const) {
    card
      .command(command)
      .description(description)
      .argument("<version>")
      .action(async (version: string) => {
        const asked = { params: { version }, body: { state } };
        print(await ask(await readServer(), "POST /api/cards/:version/state", asked));
      });
  }
  card
    .command("activate")
    .description("answer with it from now on; a second person approves")
    .argument("<version>")
    .option("--approver <name>", "in a sandbox, which has one operator: who approves")
    .option("--reason <text>", "why, for who approves and for the record")
    .action(async (version: string, options: { approver?: string; reason?: string }) => {
      const asked = { params: { version }, body: options };
      print(await ask(await readServer(), "PUT /api/cards/:version/champion", asked));
    });
}

/** The model card: what it is, what it does in words, and every bin with its points. */
function shown({ cardVersion, state, author, approver, card, inWords }: ShownCard): string {
  const signed = (points: number): string => (points > 0 ? `+${points}` : String(points));
  const bins = card.characteristics.flatMap(({ feature, bins: own, special = [], missingPoints }) => [
    `\n${featureNamed(feature).meaning.en} (${feature}, ${featureNamed(feature).unit})`,
    ...special.map(({ value, points }) => `  ${`exactly ${value}`.padEnd(24)} ${signed(points)}`),
    ...own.map(({ below, points }, index) => `  ${rangeOf(own[index - 1]?.below, below).padEnd(24)} ${signed(points)}`),
    `  ${"unknown".padEnd(24)} ${signed(missingPoints)}`,
  ]);
  const by = `${state}, by ${author}${approver === null ? "" : `, approved by ${approver}`}`;
  return `${[`${card.title.en}  ${cardVersion}  ${by}`, "", ...inWords, ...bins, "", `${card.goldenVectors?.length ?? 0} golden vectors`].join("\n")}\n`;
}

function print(answer: unknown): void {
  process.stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`);
}
