import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { followingMonth, type MonthIndex, monthToText } from "../../clock.ts";
import type { Card } from "../../scoring/card/card.ts";
import { cardText } from "../../scoring/card/card-json.ts";
import { withGoldenVectors } from "../../scoring/card/golden.ts";
import { type Experiment, refuseUnteachable, runExperiment, TrainingError } from "../../scoring/training/experiment.ts";
import { OverrideError, type Overrides, parseOverrides } from "../../scoring/training/overrides.ts";
import { reportOf, type TrainingReport } from "../../scoring/training/report.ts";
import { renderReport } from "../../scoring/training/report-page.ts";
import {
  defaultFit,
  fitCard,
  type FitOptions,
  type Sample,
  targetBadRate,
  totalsOf,
} from "../../scoring/training/train.ts";
import { CommandError } from "../command-error.ts";
import { readSample, splitOf } from "../labelled-sample.ts";
import { readLabels, readMonth } from "../labels.ts";
import { ask } from "../access/ask.ts";
import { readServer } from "../access/server.ts";

const purposeLimit = 200;

interface TrainOptions {
  readonly labels: string;
  readonly asOf: string;
  readonly outcomeFrom?: string;
  readonly labelMeaning: string;
  readonly targetBadRate?: string;
  readonly pdo: string;
  readonly points: string;
  readonly odds: string;
  readonly overrides?: string;
  readonly overrideReason?: string;
  readonly audit: string[];
  readonly title: string;
  readonly report?: string;
  readonly out?: string;
  readonly randomSplit?: true;
  readonly fedBackLater?: true;
}

export function addCardTrainCommand(card: Command): void {
  card
    .command("train")
    .description("train a card from labelled outcomes and the records fed back, and keep it as a draft")
    .requiredOption("--labels <file>", "CSV: user_credentials_no,label[,user_credentials_type][,as_of]; label 1 is bad")
    .requiredOption("--as-of <month>", "the month as of which people are looked at, yyyy-MM")
    .option(
      "--outcome-from <month>",
      "the first month of the outcome, later than the as-of month, which is read (default: the month after it)",
    )
    .option("--label-meaning <text>", "what a bad is, in words", "as the label file says")
    .option("--target-bad-rate <share>", "the bad rate of the people to be scored (default: the sample's)")
    .option("--points <points>", "the score at the odds below", String(defaultFit.points))
    .option("--odds <odds>", "goods for each bad at those points", String(defaultFit.odds))
    .option("--pdo <points>", "points that double the odds", String(defaultFit.pdo))
    .option(
      "--overrides <file>",
      'bins by hand: {"feature": [left edges]} or {"feature": {"edges", "use": "include" or "exclude", "reason"}}',
    )
    .option("--override-reason <text>", "why, for overrides that give no reason of their own; the card keeps it")
    .option("--audit <column...>", "columns of the label file to compare groups by, never trained on", [])
    .option("--title <text>", "the card's name", "Trained card")
    .option("--random-split", "keep back rows at random even where the labels have several dates")
    .option("--fed-back-later", "also read what was fed back after the as-of month was over, as loaded history was")
    .option("--report <file>", "write the report: FILE.html and FILE.json")
    .option("--out <file>", "write the card's JSON")
    .action(async (options: TrainOptions) => {
      process.stdout.write(`${JSON.stringify(await train(options))}\n`);
    });
}

async function train(options: TrainOptions): Promise<Record<string, unknown>> {
  const asOf = readMonth(options.asOf, "--as-of");
  const outcomeFrom = options.outcomeFrom === undefined ? undefined : readMonth(options.outcomeFrom, "--outcome-from");
  const fit = await readFit(options);
  const labels = await readLabels(options.labels, asOf, options.audit);
  const server = await readServer();
  const { login: author } = await ask(server, "GET /api/session", {});
  const read = await readSample(server, labels, {
    outcomeFrom,
    fedBackLater: options.fedBackLater === true,
    purpose: purposeOf(options),
  });
  const split = splitOf(read.labels, options.randomSplit === true);
  fitted(() => refuseUnteachable(totalsOf(read.sample.bad)));
  const { result, seconds } = timed(() => fitCard(read.sample, fit));
  const experiment = fitted(() => runExperiment(read.sample, split, fit, read.audit, result));
  const dataSha256 = hashOf(read.sample);
  const card = cardOf(experiment, {
    options,
    fit,
    dataSha256,
    author,
    asOf: read.asOf,
    outcomeFrom: outcomeFrom ?? followingMonth(read.asOf.at(-1) ?? asOf),
    labelsSha256: labels.sha256,
  });
  const report = reportOf(card, experiment, {
    labelled: labels.rows.length,
    notScored: labels.rows.length - read.labels.length,
  });
  await writeResults(options, card, report);
  const kept = await ask(server, "POST /api/cards", { body: { card, report } });
  for (const warning of experiment.warnings) process.stderr.write(`kaimen: ${warning}\n`);
  return {
    card_version: kept.cardVersion,
    state: kept.state,
    characteristics: card.characteristics.length,
    rows: read.labels.length,
    not_scored: labels.rows.length - read.labels.length,
    ...card.training?.metrics,
    train_s: Number(seconds.toFixed(3)),
  };
}

/** On the record, beside whose features were read. */
function purposeOf({ title }: TrainOptions): string {
  return `training the card "${title.replaceAll(/\p{C}/gu, " ")}"`.slice(0, purposeLimit);
}

/** What the sample cannot teach is the analyst's to mend, not a bug. */
function fitted<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof TrainingError) throw new CommandError(error.message);
    throw error;
  }
}

function timed<T>(work: () => T): { result: T; seconds: number } {
  const start = process.hrtime.bigint();
  const result = work();
  return { result, seconds: Number(process.hrtime.bigint() - start) / 1e9 };
}

async function readFit(options: TrainOptions): Promise<FitOptions> {
  const number = (value: string, name: string, least: number, most: number): number => {
    const read = Number(value);
    if (!(read >= least && read <= most)) throw new CommandError(`--${name} is a number from ${least} to ${most}`);
    return read;
  };
  return {
    ...defaultFit,
    targetBadRate:
      options.targetBadRate === undefined ? undefined : number(options.targetBadRate, "target-bad-rate", 0.001, 0.9),
    points: number(options.points, "points", 0, 10_000),
    odds: number(options.odds, "odds", 0.01, 10_000),
    pdo: number(options.pdo, "pdo", 1, 1_000),
    overrides: options.overrides === undefined ? {} : await readOverrides(options.overrides, options.overrideReason),
  };
}

async function readOverrides(path: string, reason: string | undefined): Promise<Overrides> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`cannot read ${path}: ${error.code ?? error.message}`);
  });
  try {
    return parseOverrides(JSON.parse(text), reason);
  } catch (error) {
    if (error instanceof SyntaxError) throw new CommandError(`${path} is no JSON`);
    if (error instanceof OverrideError) throw new CommandError(`${path}: ${error.message}`);
    throw error;
  }
}

function hashOf({ features, columns, bad }: Sample): string {
  const hash = createHash("sha256").update(features.join());
  for (const column of columns) hash.update(new Uint8Array(column.buffer));
  return hash.update(bad).digest("hex");
}

function cardOf(
  experiment: Experiment,
  told: {
    options: TrainOptions;
    fit: FitOptions;
    dataSha256: string;
    labelsSha256: string;
    author: string;
    asOf: readonly MonthIndex[];
    outcomeFrom: MonthIndex;
  },
): Card {
  const {
    fitted: { card, totals },
    crossValidated,
    holdout,
    warnings,
  } = experiment;
  const rounded = (value: number): number => Number(value.toFixed(4));
  const decided = Object.entries(told.fit.overrides).map(([feature, each]) => ({
    feature,
    ...each,
    author: told.author,
  }));
  return withGoldenVectors({
    title: { en: told.options.title, zh: told.options.title },
    ...card,
    training: {
      author: told.author,
      asOfMonths: told.asOf.map(monthToText),
      label: told.options.labelMeaning,
      outcomeFrom: monthToText(told.outcomeFrom),
      fedBackLater: told.options.fedBackLater === true,
      dataSha256: told.dataSha256,
      labelsSha256: told.labelsSha256,
      rows: totals.goods + totals.bads,
      bads: totals.bads,
      scaling: {
        points: told.fit.points,
        odds: told.fit.odds,
        pdo: told.fit.pdo,
        targetBadRate: Number(targetBadRate(told.fit, totals).toFixed(6)),
      },
      ...(decided.length === 0 ? {} : { overrides: decided }),
      metrics: {
        auc_cv: rounded(crossValidated.auc),
        auc_cv_spread: rounded(crossValidated.aucSpread),
        auc_cv_half_width: rounded(crossValidated.halfWidth),
        ks_cv: rounded(crossValidated.ks),
        auc_holdout: rounded(holdout.auc),
        ks_holdout: rounded(holdout.ks),
      },
      warnings,
    },
  });
}

async function writeResults({ out, report: path }: TrainOptions, card: Card, report: TrainingReport): Promise<void> {
  if (out !== undefined) await writeFile(out, cardText(card));
  if (path === undefined) return;
  await writeFile(`${path}.json`, `${JSON.stringify(report, undefined, 2)}\n`);
  await writeFile(`${path}.html`, renderReport(report));
}
