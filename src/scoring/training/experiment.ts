import { pointsOf } from "../card/card.ts";
import { aucHalfWidth, type Ranking, rankingOf, stabilityIndex } from "./ranking.ts";
import { correlation, standardised } from "./collinearity.ts";
import {
  type FitOptions,
  type FittedCard,
  fitCard,
  rowsOf,
  type Sample,
  scoreSample,
  targetBadRate,
  totalsOf,
} from "./train.ts";

/** Fewer of either kind teach nothing; fewer than the second number teach little. */
export const fewestBads = 50;
export const fewBads = 200;
const folds = 5;
const deciles = 10;

/** Why a card cannot be trained from these rows, in words for the analyst. */
export class TrainingError extends Error {
  override readonly name = "TrainingError";
}

/** Which rows are kept back to judge, and in which of five parts each row is tested, once for each repeat. */
export interface Split {
  readonly kind: "out of time" | "random";
  readonly heldBack: readonly boolean[];
  readonly repeats: readonly (readonly number[])[];
}

/** Repeated five-fold cross-validation: means, and how far they may be off. */
export interface CrossValidation extends Ranking {
  /** Standard deviation of the AUC and the KS from part to part. */
  readonly aucSpread: number;
  readonly ksSpread: number;
  /**
   * Half of the 95% interval of the mean AUC. The parts' cards share most of their rows, so the variance of the mean is
   * s² (1/parts + tested/taught) rather than s²/parts (Nadeau and Bengio, Machine Learning 52, 2003).
   */
  readonly halfWidth: number;
  readonly repeats: number;
  readonly parts: readonly Ranking[];
}

/** How often a feature came into a card fitted on a part of the rows, and how far its points lay apart there. */
export interface FoldStability {
  readonly feature: string;
  readonly share: number;
  readonly meanRange: number;
  readonly rangeSpread: number;
}

export interface Decile {
  readonly from: number;
  readonly to: number;
  readonly people: number;
  readonly bads: number;
  /** The bad rate that the scores of these people say, at the sample's own mixture of goods and bads. */
  readonly expectedBadRate: number;
}

export interface Experiment {
  /** The card, fitted on all rows. */
  readonly fitted: FittedCard;
  /** How a card fitted without the rows kept back judges them. */
  readonly holdout: Ranking & {
    readonly kind: Split["kind"];
    readonly halfWidth: number;
    readonly people: number;
    readonly bads: number;
  };
  readonly crossValidated: CrossValidation;
  /** Of the features of the card. */
  readonly foldStability: readonly FoldStability[];
  readonly deciles: readonly Decile[];
  readonly scoreStability: number;
  readonly featureStability: readonly { readonly feature: string; readonly index: number }[];
  readonly correlations: readonly (readonly number[])[];
  readonly warnings: readonly string[];
  /** The same ranking for each value of a column that training never saw. */
  readonly groups: readonly GroupRanking[];
}

export interface GroupRanking {
  readonly column: string;
  readonly value: string;
  readonly people: number;
  readonly bads: number;
  readonly meanScore: number;
  readonly auc: number | undefined;
}

export interface AuditColumn {
  readonly name: string;
  readonly values: readonly string[];
}

/** @throws TrainingError where there are too few of a kind to learn from. */
export function refuseUnteachable({ goods, bads }: { goods: number; bads: number }): void {
  if (bads === 0 || goods === 0)
    throw new TrainingError(`everybody is ${bads === 0 ? "good" : "bad"}: labels of one kind teach nothing`);
  if (Math.min(goods, bads) < fewestBads)
    throw new TrainingError(`${bads} bads and ${goods} goods: at least ${fewestBads} of each are needed`);
}

export function runExperiment(
  sample: Sample,
  split: Split,
  options: FitOptions,
  audit: readonly AuditColumn[] = [],
  given?: FittedCard,
): Experiment {
  const totals = totalsOf(sample.bad);
  refuseUnteachable(totals);
  const fewest = Math.min(totals.bads, totals.goods);
  const warnings =
    fewest < fewBads
      ? [`only ${totals.bads} bads and ${totals.goods} goods: with fewer than ${fewBads} of a kind the card is a guess`]
      : [];
  const fitted = given ?? fitCard(sample, options);
  const rows = [...sample.bad.keys()];
  const [kept, held] = [
    rows.filter((row) => split.heldBack[row] !== true),
    rows.filter((row) => split.heldBack[row] === true),
  ];
  const judged = judge(sample, kept, held, options);
  const heldTotals = totalsOf(rowsOf(sample, held).bad);
  const validated = split.repeats.flatMap((partOf) =>
    Array.from({ length: folds }, (_, fold) =>
      judge(
        sample,
        rows.filter((row) => partOf[row] !== fold),
        rows.filter((row) => partOf[row] === fold),
        options,
      ),
    ),
  );
  const { card } = judged.fitted;
  const [keptSample, heldSample] = [rowsOf(sample, kept), rowsOf(sample, held)];
  const edges = decileEdges(clippedScores(judged.fitted, keptSample));
  const scores = clippedScores(fitted, sample);
  return {
    fitted,
    holdout: {
      ...judged.ranking,
      kind: split.kind,
      halfWidth: aucHalfWidth(judged.ranking.auc, heldTotals.bads, heldTotals.goods),
      people: held.length,
      bads: heldTotals.bads,
    },
    crossValidated: crossValidationOf(
      validated.map(({ ranking }) => ranking),
      split.repeats.length,
    ),
    foldStability: foldStabilityOf(
      fitted,
      validated.map((each) => each.fitted),
    ),
    deciles: decilesOf(judged.scores, heldSample.bad, edges, options, totalsOf(keptSample.bad)),
    scoreStability: stabilityIndex(
      histogram(clippedScores(judged.fitted, keptSample), edges),
      histogram(judged.scores, edges),
    ),
    featureStability: card.characteristics.map((characteristic) => ({
      feature: characteristic.feature,
      index: stabilityIndex(pointCounts(characteristic, keptSample), pointCounts(characteristic, heldSample)),
    })),
    correlations: correlationsOf(fitted, sample),
    warnings,
    groups: audit.flatMap((column) => groupsOf(column, scores, sample.bad)),
  };
}

function crossValidationOf(parts: readonly Ranking[], repeats: number): CrossValidation {
  const auc = meanAndSpread(parts.map((each) => each.auc));
  const ks = meanAndSpread(parts.map((each) => each.ks));
  return {
    auc: auc.mean,
    gini: 2 * auc.mean - 1,
    ks: ks.mean,
    aucSpread: auc.spread,
    ksSpread: ks.spread,
    halfWidth: 1.96 * auc.spread * Math.sqrt(1 / parts.length + 1 / (folds - 1)),
    repeats,
    parts,
  };
}

function meanAndSpread(values: readonly number[]): { mean: number; spread: number } {
  const mean = values.reduce((sum, each) => sum + each, 0) / Math.max(values.length, 1);
  const squares = values.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  return { mean, spread: Math.sqrt(squares / Math.max(values.length - 1, 1)) };
}

function foldStabilityOf({ card }: FittedCard, others: readonly FittedCard[]): FoldStability[] {
  return card.characteristics.map(({ feature }) => {
    const ranges = others.flatMap((other) => {
      const found = other.card.characteristics.find((each) => each.feature === feature);
      if (found === undefined) return [];
      const points = found.bins.map((bin) => bin.points);
      return [Math.max(...points) - Math.min(...points)];
    });
    const { mean, spread } = meanAndSpread(ranges);
    return { feature, share: ranges.length / Math.max(others.length, 1), meanRange: mean, rangeSpread: spread };
  });
}

interface Evaluation {
  readonly fitted: FittedCard;
  readonly scores: Float64Array;
  readonly ranking: Ranking;
}

function judge(sample: Sample, train: readonly number[], test: readonly number[], options: FitOptions): Evaluation {
  const fitted = fitCard(rowsOf(sample, train), options);
  const tested = rowsOf(sample, test);
  const { bads, goods } = totalsOf(tested.bad);
  if (bads === 0 || goods === 0) throw new TrainingError("the rows kept back have no bads or no goods: give more rows");
  const scores = clippedScores(fitted, tested);
  return { fitted, scores, ranking: rankingOf(scores, tested.bad) };
}

function clippedScores({ card }: FittedCard, sample: Sample): Float64Array {
  return scoreSample(card, sample).map((raw) => Math.min(Math.max(raw, card.floor), card.ceiling));
}

function decileEdges(scores: Float64Array): number[] {
  const sorted = scores.toSorted();
  return Array.from(
    { length: deciles - 1 },
    (_, index) => sorted[Math.floor(((index + 1) * sorted.length) / deciles)] ?? 0,
  );
}

function placeOf(edges: readonly number[], score: number): number {
  let place = 0;
  while (place < edges.length && score >= (edges[place] ?? 0)) place += 1;
  return place;
}

function histogram(scores: Float64Array, edges: readonly number[]): number[] {
  const counts = Array.from({ length: edges.length + 1 }, () => 0);
  for (const score of scores) counts[placeOf(edges, score)] = (counts[placeOf(edges, score)] ?? 0) + 1;
  return counts;
}

function decilesOf(
  scores: Float64Array,
  bad: Uint8Array,
  edges: readonly number[],
  options: FitOptions,
  trained: { bads: number; goods: number },
): Decile[] {
  const sums = Array.from({ length: edges.length + 1 }, () => ({ people: 0, bads: 0, expected: 0 }));
  const factor = options.pdo / Math.LN2;
  const offset = options.points - factor * Math.log(options.odds);
  const target = targetBadRate(options, trained);
  const shift = Math.log((1 - target) / target) - Math.log(trained.goods / trained.bads);
  scores.forEach((score, row) => {
    const sum = sums[placeOf(edges, score)];
    if (sum === undefined) return;
    sum.people += 1;
    sum.bads += bad[row] ?? 0;
    sum.expected += 1 / (1 + Math.exp((score - offset) / factor - shift));
  });
  return sums.map(({ people, bads, expected }, index) => ({
    from: index === 0 ? options.floor : (edges[index - 1] ?? 0),
    to: index === sums.length - 1 ? options.ceiling : (edges[index] ?? 0) - 1,
    people,
    bads,
    expectedBadRate: people === 0 ? 0 : expected / people,
  }));
}

function pointCounts(characteristic: FittedCard["card"]["characteristics"][number], sample: Sample): number[] {
  const { bins } = characteristic;
  const counts = Array.from({ length: bins.length + 1 }, () => 0);
  for (const value of sample.columns[sample.features.indexOf(characteristic.feature)] ?? []) {
    const found = bins.findIndex(({ below }) => below === undefined || value < below);
    const place = Number.isNaN(value) ? bins.length : found;
    counts[place] = (counts[place] ?? 0) + 1;
  }
  return counts;
}

function correlationsOf({ card }: FittedCard, sample: Sample): number[][] {
  const points = card.characteristics.map((characteristic) => {
    const column = sample.columns[sample.features.indexOf(characteristic.feature)] ?? new Float64Array(0);
    return standardised(column.map((value) => pointsOf(characteristic, Number.isNaN(value) ? null : value)));
  });
  return points.map((left) => points.map((right) => correlation(left, right)));
}

function groupsOf({ name, values }: AuditColumn, scores: Float64Array, bad: Uint8Array): GroupRanking[] {
  return [...new Set(values)].sort().map((value) => {
    const rows = [...scores.keys()].filter((row) => values[row] === value);
    const [own, ownBad] = [rows.map((row) => scores[row] ?? 0), rows.map((row) => bad[row] ?? 0)];
    const bads = ownBad.reduce((sum, each) => sum + each, 0);
    return {
      column: name,
      value,
      people: rows.length,
      bads,
      meanScore: own.reduce((sum, each) => sum + each, 0) / rows.length,
      auc: bads === 0 || bads === rows.length ? undefined : rankingOf(own, ownBad).auc,
    };
  });
}
