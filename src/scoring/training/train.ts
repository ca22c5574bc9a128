import { type Card, type Characteristic, type MinimumData, pointsOf } from "../card/card.ts";
import { type Direction, type Feature, never } from "../card/feature.ts";
import { type FeatureName, featureNamed } from "../card/features.ts";
import {
  binFeature,
  countValues,
  type Binning,
  evidenceOfBins,
  fineEdges,
  informationValue,
  ownEvidenceRows,
  ownWeightOfEvidence,
  signOf,
  type Totals,
} from "./binning.ts";
import { inflationFactors } from "./collinearity.ts";
import { fitEdges } from "./edge-regression.ts";
import type { Overrides } from "./overrides.ts";
import {
  type Candidate,
  choose,
  choosePenalty,
  columnsOf,
  deviationOf,
  type EdgedCandidate,
  filterCorrelated,
  inflationLimit,
} from "./selection.ts";

/** Features by column, NaN where nothing is known, and who turned out bad (1). */
export interface Sample {
  readonly features: readonly FeatureName[];
  readonly columns: readonly Float64Array[];
  readonly bad: Uint8Array;
}

export interface FitOptions {
  /** The bad rate of the people to be scored, where the sample is richer in bads; the sample's own when undefined. */
  readonly targetBadRate: number | undefined;
  readonly points: number;
  readonly odds: number;
  readonly pdo: number;
  readonly minimumData: MinimumData;
  readonly floor: number;
  readonly ceiling: number;
  /** What the analyst decided, by feature. */
  readonly overrides: Overrides;
}

export const defaultFit: FitOptions = {
  targetBadRate: undefined,
  points: 600,
  odds: 19,
  pdo: 50,
  minimumData: { monthsReported: 3, newestMonths: 6 },
  floor: 350,
  ceiling: 950,
  overrides: {},
};

/** Below this information value a feature tells next to nothing. */
const leastInformation = 0.02;
const exactSteps = 12;

export interface FittedFeature {
  readonly feature: FeatureName;
  readonly binning: Binning;
  readonly informationValue: number;
  /** Standard deviation of its points over the sample: how much it makes out. Zero where it is not in the card. */
  readonly deviation: number;
  /** How much of its points the other characteristics tell: 1 nothing, 10 nine tenths. */
  readonly inflation: number | undefined;
  readonly left: "in the card" | "tells too little" | "goes with a stronger one" | "adds nothing" | "excluded by hand";
  /** The stronger feature that it goes with. */
  readonly beside?: FeatureName;
}

export interface FittedCard {
  readonly card: Omit<Card, "title" | "training">;
  readonly features: readonly FittedFeature[];
  readonly totals: Totals;
  readonly penalty: number;
}

/**
 * Filters, chooses, regresses and scales: what tells too little or goes with a stronger feature is left out; the
 * regression over bin edges is repeated with those that make out most, until at most twenty are left and none is told by
 * the others; the penalty is chosen by cross-validation within these rows. The same sample and options always give the
 * same card.
 */
export function fitCard(sample: Sample, options: FitOptions): FittedCard {
  const totals = totalsOf(sample.bad);
  const candidates = sample.features
    .map((feature, index) =>
      candidateOf(feature, sample.columns[index] ?? new Float64Array(0), sample.bad, totals, options),
    )
    .sort((left, right) => right.information - left.information || (left.feature < right.feature ? -1 : 1));
  const telling = candidates.filter(
    ({ information, feature }) =>
      options.overrides[feature]?.use !== "exclude" &&
      (information >= leastInformation || options.overrides[feature] !== undefined),
  );
  const { kept, beside } = filterCorrelated(telling);
  const candidatesWithEdges = kept
    .map((each) => withFineEdges(each, totals, options))
    .filter(({ edges }) => edges.length > 0);
  const factor = options.pdo / Math.LN2;
  const { chosen, told } = choose(candidatesWithEdges, sample.bad);
  const penalty = choosePenalty(chosen, sample.bad);
  const { characteristics, inflations } = pointsWithinLimits(chosen, sample, penalty, factor, options);
  const shift = logOdds(targetBadRate(options, totals)) - logOdds(totals.bads / (totals.bads + totals.goods));
  const offset = options.points - factor * Math.log(options.odds);
  const points = new Map(characteristics.map((each) => [each.feature, pointsOfRows(each, sample)]));
  const intercept = refitIntercept([...points.values()], factor, sample.bad);
  return {
    totals,
    penalty,
    features: candidates.map(({ feature, counted, binning, information }) => {
      const characteristic = characteristics.find((each) => each.feature === feature);
      const stronger = beside.get(feature) ?? told.get(feature);
      const place = [...points.keys()].indexOf(feature);
      return {
        feature,
        binning: characteristic === undefined ? binning : binFeature(counted, totals, binningOf(characteristic)),
        informationValue: information,
        deviation: deviationOf(points.get(feature) ?? new Float64Array(1)),
        inflation: inflations[place],
        left:
          characteristic !== undefined
            ? "in the card"
            : options.overrides[feature]?.use === "exclude"
              ? "excluded by hand"
              : stronger !== undefined
                ? "goes with a stronger one"
                : information < leastInformation
                  ? "tells too little"
                  : "adds nothing",
        ...(characteristic !== undefined || stronger === undefined ? {} : { beside: stronger }),
      };
    }),
    card: {
      basePoints: Math.round(offset + factor * (intercept + shift)),
      floor: options.floor,
      ceiling: options.ceiling,
      minimumData: options.minimumData,
      characteristics,
    },
  };
}

/**
 * The characteristics in whole points. The choice was made with rougher weights; should another characteristic's points
 * now tell one beyond the limit, the one that makes out least of those goes and the rest is fitted again.
 */
function pointsWithinLimits(
  chosen: readonly EdgedCandidate[],
  sample: Sample,
  penalty: number,
  factor: number,
  options: FitOptions,
): { characteristics: Characteristic[]; inflations: number[] } {
  const fit = fitEdges(columnsOf(chosen), sample.bad, penalty, exactSteps);
  const characteristics = chosen
    .map((each, index) => characteristicOf(each, fit.worth[index] ?? new Float64Array(0), factor, options))
    .filter(({ bins, missingPoints }) => bins.some(({ points }) => points !== 0) || missingPoints !== 0);
  const points = characteristics.map((each) => pointsOfRows(each, sample));
  const inflations = inflationFactors(points);
  const inflated = [...inflations.keys()].filter((index) => (inflations[index] ?? 1) > inflationLimit);
  const weakest = inflated.toSorted((left, right) => deviationAt(points, left) - deviationAt(points, right))[0];
  if (weakest === undefined) return { characteristics, inflations };
  const name = characteristics[weakest]?.feature;
  const rest = chosen.filter(({ feature }) => feature !== name);
  return pointsWithinLimits(rest, sample, penalty, factor, options);
}

function deviationAt(points: readonly Float64Array[], index: number): number {
  return deviationOf(points[index] ?? new Float64Array(1));
}

/** What the options say, or what the sample does. */
export function targetBadRate(options: Pick<FitOptions, "targetBadRate">, { goods, bads }: Totals): number {
  return options.targetBadRate ?? bads / (goods + bads);
}

function logOdds(badRate: number): number {
  return Math.log((1 - badRate) / badRate);
}

export function totalsOf(bad: Uint8Array): Totals {
  const bads = bad.reduce((sum, each) => sum + each, 0);
  return { bads, goods: bad.length - bads };
}

function candidateOf(
  feature: FeatureName,
  values: Float64Array,
  bad: Uint8Array,
  totals: Totals,
  options: FitOptions,
): Candidate {
  const { direction }: { direction: Direction } = featureNamed(feature);
  const counted = countValues(values, bad);
  const binning = binFeature(counted, totals, { direction, edges: options.overrides[feature]?.edges });
  const missing = ownWeightOfEvidence(binning.missing, totals);
  const weights = evidenceOfBins(binning.bins, totals);
  const edges = binning.bins.slice(1).map(({ from }) => from ?? 0);
  const evidence = values.map((value) => (Number.isNaN(value) ? missing : (weights[placeOf(edges, value)] ?? 0)));
  return { feature, values, counted, binning, information: informationValue(binning, totals), evidence };
}

function withFineEdges(candidate: Candidate, totals: Totals, options: FitOptions): EdgedCandidate {
  const { feature, values, counted, binning } = candidate;
  const { direction, family }: Feature = featureNamed(feature);
  const edges = options.overrides[feature]?.edges ?? fineEdges(counted, family === "recency" ? [never] : []);
  const places = Uint8Array.from(values, (value) => (Number.isNaN(value) ? edges.length + 1 : placeOf(edges, value)));
  const { goods, bads } = binning.missing;
  return {
    ...candidate,
    edges,
    column: {
      places,
      bins: edges.length + 1,
      sign: signOf(counted, totals, direction),
      missingCounts: goods + bads >= ownEvidenceRows,
    },
  };
}

function placeOf(edges: readonly number[], value: number): number {
  let place = 0;
  while (place < edges.length && value >= (edges[place] ?? 0)) place += 1;
  return place;
}

/**
 * Whole points for each bin, so that the average person known to us gets none: what is missing too seldom to tell
 * anything then is worth as much as the average. Bins of the same points are one, unless an analyst has set them apart.
 */
function characteristicOf(
  { feature, edges, column }: EdgedCandidate,
  worth: Float64Array,
  factor: number,
  { overrides }: FitOptions,
): Characteristic {
  let [sum, known] = [0, 0];
  for (const place of column.places) {
    if (place === column.bins) continue;
    sum += worth[place] ?? 0;
    known += 1;
  }
  const average = known === 0 ? 0 : sum / known;
  const points = (value: number): number => Math.round(factor * value) + 0; // Never -0.
  const bins = Array.from({ length: column.bins }, (_, bin) => ({
    below: edges[bin],
    points: points((worth[bin] ?? 0) - average),
  }));
  const merged = bins.filter(
    (bin, index) => overrides[feature]?.edges !== undefined || bin.points !== bins[index + 1]?.points,
  );
  return {
    feature,
    featureVersion: featureNamed(feature).version,
    missingPoints: column.missingCounts ? points((worth[column.bins] ?? 0) - average) : 0,
    bins: merged.map(({ below, points: own }) => (below === undefined ? { points: own } : { below, points: own })),
  };
}

/** The bins of a characteristic as binning takes them. */
function binningOf({ feature, bins }: Characteristic): { direction: Direction; edges: number[] } {
  return {
    direction: featureNamed(feature).direction,
    edges: bins.flatMap(({ below }) => (below === undefined ? [] : [below])),
  };
}

function pointsOfRows(characteristic: Characteristic, sample: Sample): Float64Array {
  const column = sample.columns[sample.features.indexOf(characteristic.feature)] ?? new Float64Array(0);
  return column.map((value) => pointsOf(characteristic, Number.isNaN(value) ? null : value));
}

const interceptSteps = 50;

/** The log-odds at no points with which the rounded points expect as many goods as there are. */
function refitIntercept(points: readonly Float64Array[], factor: number, bad: Uint8Array): number {
  const linear = new Float64Array(bad.length);
  for (const column of points) {
    for (let row = 0; row < linear.length; row += 1) linear[row] = (linear[row] ?? 0) + (column[row] ?? 0) / factor;
  }
  const { goods, bads } = totalsOf(bad);
  let intercept = Math.log(goods / bads);
  for (let step = 0; step < interceptSteps; step += 1) {
    let [slope, mass] = [0, 0];
    for (let row = 0; row < linear.length; row += 1) {
      const probability = 1 / (1 + Math.exp(-intercept - (linear[row] ?? 0)));
      slope += 1 - (bad[row] ?? 0) - probability;
      mass += probability * (1 - probability);
    }
    const move = slope / Math.max(mass, 1e-9);
    intercept += Math.min(Math.max(move, -1), 1);
    if (Math.abs(move) < 1e-9) break;
  }
  return intercept;
}

/** The score before the clip of every row. */
export function scoreSample(card: Pick<Card, "basePoints" | "characteristics">, sample: Sample): Float64Array {
  const scores = new Float64Array(sample.bad.length).fill(card.basePoints);
  for (const characteristic of card.characteristics) {
    const column = sample.columns[sample.features.indexOf(characteristic.feature)];
    if (column === undefined) throw new Error(`the sample has no ${characteristic.feature}`);
    for (let row = 0; row < scores.length; row += 1) {
      const value = column[row] ?? Number.NaN;
      scores[row] = (scores[row] ?? 0) + pointsOf(characteristic, Number.isNaN(value) ? null : value);
    }
  }
  return scores;
}

export function rowsOf(sample: Sample, rows: readonly number[]): Sample {
  return {
    features: sample.features,
    columns: sample.columns.map((column) => Float64Array.from(rows, (row) => column[row] ?? Number.NaN)),
    bad: Uint8Array.from(rows, (row) => sample.bad[row] ?? 0),
  };
}
