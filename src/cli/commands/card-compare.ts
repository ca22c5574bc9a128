import type { Command } from "commander";
import { type Card, scoreWithCard } from "../../scoring/card/card.ts";
import { bandOf, bands } from "../../scoring/card/explain.ts";
import { rankingOf } from "../../scoring/training/ranking.ts";
import { CommandError } from "../command-error.ts";
import { readSample, type ReadSample } from "../labelled-sample.ts";
import { readLabels, readMonth } from "../labels.ts";
import { ask } from "../access/ask.ts";
import { type OperatedServer, readServer } from "../access/server.ts";

interface CompareOptions {
  readonly labels?: string;
  readonly asOf?: string;
  readonly outcomeFrom?: string;
  readonly fedBackLater?: true;
}

/** What tells one card from another, and one month from the next. */
export function addCardCompareCommands(card: Command): void {
  card
    .command("compare")
    .description(
      "two versions on everybody as of now: who changes bands. Without versions: the card in shadow against the champion, as scored",
    )
    .argument("[left]")
    .argument("[right]")
    .option("--labels <file>", "outcomes, as for training: how well each card ranks them")
    .option("--as-of <month>", "with --labels: the month as of which those people are looked at, yyyy-MM")
    .option("--outcome-from <month>", "with --labels: the first month of the outcome (default: the month after)")
    .option("--fed-back-later", "with --labels: also read what was fed back after the as-of month was over")
    .action(async (left: string | undefined, right: string | undefined, options: CompareOptions) => {
      const server = await readServer();
      if (left === undefined) return print(await ask(server, "GET /api/cards/swap-set", {}));
      if (right === undefined) throw new CommandError("two versions are needed; kaimen card list shows them");
      const everybody = await ask(server, "GET /api/cards/compare", { query: { left, right } });
      if (options.labels === undefined) return print(everybody);
      print({ ...everybody, labelled: await compareOnLabels(server, [left, right], options.labels, options) });
    });
  card
    .command("drift")
    .description("how far the people of a month lie from those of another, by score and characteristic (PSI)")
    .option("--month <month>", "yyyy-MM; this month when left out")
    .option("--against <month>", "yyyy-MM; the month before when left out")
    .option("--kept", "the reports that were made at each month's start instead")
    .action(async ({ kept, ...months }: { month?: string; against?: string; kept?: true }) => {
      const server = await readServer();
      print(
        kept === true
          ? await ask(server, "GET /api/cards/drift-reports", {})
          : await ask(server, "GET /api/cards/drift", { query: months }),
      );
    });
}

async function compareOnLabels(
  server: OperatedServer,
  versions: readonly [string, string],
  path: string,
  options: CompareOptions,
): Promise<object> {
  if (options.asOf === undefined)
    throw new CommandError("--as-of is needed with --labels: the month as of which those people are looked at");
  const asOf = readMonth(options.asOf, "--as-of");
  const labels = await readLabels(path, asOf, []);
  const read = await readSample(server, labels, {
    outcomeFrom: options.outcomeFrom === undefined ? undefined : readMonth(options.outcomeFrom, "--outcome-from"),
    fedBackLater: options.fedBackLater === true,
    purpose: `comparing the cards ${versions.join(" and ")} on labels`,
  });
  const bads = read.labels.filter(({ bad }) => bad).length;
  if (bads === 0 || bads === read.labels.length)
    throw new CommandError(`${path}: of the people who can be scored, some must be good and some bad`);
  const cards = [];
  for (const version of versions) {
    const { cardVersion, card } = await ask(server, "GET /api/cards/:version", { params: { version } });
    cards.push({ cardVersion, ...judge(card, read) });
  }
  return { people: read.labels.length, notScored: labels.rows.length - read.labels.length, bads, cards };
}

function judge(card: Card, { sample, labels }: ReadSample) {
  const columns = card.characteristics.map(({ feature }) => sample.columns[sample.features.indexOf(feature)]);
  const scores = labels.map((_label, row) => {
    const values = columns.map((column) => column?.[row] ?? Number.NaN);
    return scoreWithCard(
      card,
      values.map((value) => (Number.isNaN(value) ? null : value)),
    ).score;
  });
  const { auc, ks } = rankingOf(scores, sample.bad);
  return {
    auc: Number(auc.toFixed(4)),
    ks: Number(ks.toFixed(4)),
    bands: bands.map(({ name }) => {
      const within = scores.flatMap((score, row) => (bandOf(score).en === name.en ? [row] : []));
      return { band: name.zh, people: within.length, bads: within.filter((row) => sample.bad[row] === 1).length };
    }),
  };
}

function print(answer: unknown): void {
  process.stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`);
}
