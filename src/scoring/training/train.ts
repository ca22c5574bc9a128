import { type Card, type Characteristic, type MinimumData, pointsOf } from "../card/card.ts";
import type { Direction } from "../card/feature.ts";
import { type FeatureName, featureNamed } from "../card/features.ts";
import {
  binFeature,
  type Binning,
  informationValue,
  ownWeightOfEvidence,
  type Totals,
  weightOfEvidence,
} from "./binning.ts";
import { fitLogistic } from "./regression.ts";

/** Features by column, NaN where nothing is known, and who turned out bad (1). */
export interface Sample {
  readonly features: readonly FeatureName[];
  readonly columns: readonly Float64Array[];
  readonly bad: Uint8Array;
}

export interface FitOptions {
  /** The bad rate of the people to be scored: a sample is often richer in bads. */
  readonly targetBadRate: number;
  readonly points: number;
  readonly odds: number;
  readonly pdo: number;
  readonly minimumData: MinimumData;
  readonly floor: number;
  readonly ceiling: number;
  /** The analyst's left edges, by feature. */
  readonly overrides: Readonly<Partial<Record<FeatureName, readonly number[]>>>;
}

export const defaultFit: FitOptions = {
  targetBadRate: 0.05,
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
/** Of two features that go together this closely the weaker is left out. */
const correlationLimit = 0.95;
const penalty = 1;

export interface FittedFeature {
  readonly feature: FeatureName;
  readonly binning: Binning;
  readonly informationValue: number;
  /** Zero where the regression had no use for it. */
  readonly coefficient: number;
  readonly left: "in the card" | "tells too little" | "goes with a stronger one" | "adds nothing";
  /** The stronger feature that it goes with. */
  readonly beside?: FeatureName;
}

export interface FittedCard {
  readonly card: Omit<Card, "title" | "training">;
  readonly features: readonly FittedFeature[];
  readonly totals: Totals;
}

interface Candidate {
  readonly feature: FeatureName;
  readonly binning: Binning;
  readonly information: number;
  readonly evidence: Float64Array;
}

/** Bins, filters, regresses and scales. The same sample and options always give the same card. */
export function fitCard(sample: Sample, options: FitOptions): FittedCard {
  const totals = totalsOf(sample.bad);
  const candidates = sample.features
    .map((feature, index) =>
      candidateOf(feature, sample.columns[index] ?? new Float64Array(0), sample.bad, totals, options),
    )
    .sort((left, right) => right.information - left.information || (left.feature < right.feature ? -1 : 1));
  const { kept, beside } = filterCorrelated(candidates.filter(({ information }) => information >= leastInformation));
  const regression = fitLogistic(
    kept.map(({ evidence }) => evidence),
    sample.bad,
    penalty,
  );
  const coefficientOf = new Map(kept.map(({ feature }, index) => [feature, regression.coefficients[index] ?? 0]));
  const used = kept.filter(({ feature }) => (coefficientOf.get(feature) ?? 0) > leastCoefficient);
  const factor = options.pdo / Math.LN2;
  const shift = logOdds(options.targetBadRate) - logOdds(totals.bads / (totals.bads + totals.goods));
  const offset = options.points - factor * Math.log(options.odds);
  return {
    totals,
    features: candidates.map(({ feature, binning, information }) => {
      const coefficient = coefficientOf.get(feature) ?? 0;
      const stronger = beside.get(feature);
      return {
        feature,
        binning,
        informationValue: information,
        coefficient,
        left:
          information < leastInformation
            ? "tells too little"
            : stronger !== undefined
              ? "goes with a stronger one"
              : coefficient > leastCoefficient
                ? "in the card"
                : "adds nothing",
        ...(stronger === undefined ? {} : { beside: stronger }),
      };
    }),
    card: {
      basePoints: Math.round(offset + factor * (regression.intercept + shift)),
      floor: options.floor,
      ceiling: options.ceiling,
      minimumData: options.minimumData,
      characteristics: used.map(({ feature, binning }) =>
        characteristicOf(feature, binning, totals, factor * (coefficientOf.get(feature) ?? 0)),
      ),
    },
  };
}

const leastCoefficient = 1e-6;

function logOdds(badRate: number): number {
  return Math.log((1 - badRate) / badRate);
}

export function totalsOf(bad: Uint8Array): Totals {
  const bads = bad.reduce((sum, each) => sum + each, 0);
  return { bads, goods: bad.length - bads };
}

/** Values that say "not within the window" rather than how much: they get points of their own only if the bins do not do. */
function candidateOf(
  feature: FeatureName,
  values: Float64Array,
  bad: Uint8Array,
  totals: Totals,
  options: FitOptions,
): Candidate {
  const { direction }: { direction: Direction } = featureNamed(feature);
  const binning = binFeature(values, bad, totals, { direction, edges: options.overrides[feature] });
  const missing = ownWeightOfEvidence(binning.missing, totals);
  const weights = binning.bins.map((bin) => weightOfEvidence(bin, totals));
  const edges = binning.bins.slice(1).map(({ from }) => from ?? 0);
  const evidence = values.map((value) => (Number.isNaN(value) ? missing : (weights[placeOf(edges, value)] ?? 0)));
  return { feature, binning, information: informationValue(binning, totals), evidence };
}

function placeOf(edges: readonly number[], value: number): number {
  let place = 0;
  while (place < edges.length && value >= (edges[place] ?? 0)) place += 1;
  return place;
}

/** The strongest first; one that goes along with a stronger one is left out. */
function filterCorrelated(candidates: readonly Candidate[]): {
  kept: Candidate[];
  beside: ReadonlyMap<FeatureName, FeatureName>;
} {
  const kept: { candidate: Candidate; standard: Float64Array }[] = [];
  const beside = new Map<FeatureName, FeatureName>();
  for (const candidate of candidates) {
    const standard = standardised(candidate.evidence);
    const stronger = kept.find((each) => Math.abs(correlation(each.standard, standard)) > correlationLimit);
    if (stronger === undefined) kept.push({ candidate, standard });
    else beside.set(candidate.feature, stronger.candidate.feature);
  }
  return { kept: kept.map(({ candidate }) => candidate), beside };
}

export function standardised(values: Float64Array): Float64Array {
  const average = values.reduce((sum, value) => sum + value, 0) / values.length;
  const length = Math.sqrt(values.reduce((sum, value) => sum + (value - average) ** 2, 0));
  return values.map((value) => (length === 0 ? 0 : (value - average) / length));
}

export function correlation(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let row = 0; row < left.length; row += 1) sum += (left[row] ?? 0) * (right[row] ?? 0);
  return sum;
}

function characteristicOf(feature: FeatureName, binning: Binning, totals: Totals, factor: number): Characteristic {
  const points = (evidence: number): number => Math.round(factor * evidence) + 0; // Never -0.
  return {
    feature,
    featureVersion: featureNamed(feature).version,
    missingPoints: points(ownWeightOfEvidence(binning.missing, totals)),
    bins: binning.bins.map((bin, index) => {
      const below = binning.bins[index + 1]?.from;
      const own = points(weightOfEvidence(bin, totals));
      return below === undefined ? { points: own } : { below, points: own };
    }),
  };
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
