import type { FeatureName } from "../card/features.ts";
import type { Binning, ValueCounts } from "./binning.ts";
import { correlation, inflationFactors, standardised } from "./collinearity.ts";
import { type EdgeColumn, type EdgeFit, fitEdges } from "./edge-regression.ts";

/** Of two features that go together this closely the weaker is left out. */
const correlationLimit = 0.95;
/** A characteristic that the others tell this well is left out: its points could be anybody's. */
export const inflationLimit = 10;
const characteristicsLimit = 20;
/** With so many steps the weights are good enough to tell which characteristics matter. */
const roughSteps = 3;
const roughPenalty = 160;
/** So many are enough from a fit that is nearly right. */
const nextSteps = 2;
/** Among these the one is taken that parts of the rows, each judged by the others, like best. */
const penalties = [640, 160, 40, 10] as const;
const penaltyFolds = 3;
/** Of those that are left this share goes to the next round, until few enough are. */
const keptShare = 0.7;

export interface Candidate {
  readonly feature: FeatureName;
  readonly values: Float64Array;
  readonly counted: ValueCounts;
  readonly binning: Binning;
  readonly information: number;
  readonly evidence: Float64Array;
}

/** A candidate as the regression sees it. */
export interface EdgedCandidate extends Candidate {
  readonly edges: readonly number[];
  readonly column: EdgeColumn;
}

/** The strongest first; one that goes along with a stronger one is left out. */
export function filterCorrelated(candidates: readonly Candidate[]): {
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

export function columnsOf(candidates: readonly EdgedCandidate[]): EdgeColumn[] {
  return candidates.map(({ column }) => column);
}

/** Those that make out most, none of which the others tell, and who tells those that went for that. */
export function choose(
  candidates: readonly EdgedCandidate[],
  bad: Uint8Array,
): { chosen: EdgedCandidate[]; told: ReadonlyMap<FeatureName, FeatureName> } {
  let chosen = [...candidates];
  const told = new Map<FeatureName, FeatureName>();
  let before: { of: readonly EdgedCandidate[]; fit: EdgeFit } | undefined;
  for (;;) {
    if (chosen.length === 0) return { chosen, told };
    const start = before && { ...before.fit, worth: chosen.map((each) => worthIn(before, each)) };
    const fit = fitEdges(columnsOf(chosen), bad, roughPenalty, start === undefined ? roughSteps : nextSteps, start);
    before = { of: chosen, fit };
    const worth = chosen.map((each, index) => worthOfRows(each, fit, index));
    const deviations = worth.map(deviationOf);
    const useful = chosen.filter((_each, index) => (deviations[index] ?? 0) > leastDeviation);
    const most = Math.max(characteristicsLimit, Math.ceil(chosen.length * keptShare));
    if (useful.length < chosen.length || chosen.length > characteristicsLimit) {
      const ranked = [...useful].sort(
        (left, right) =>
          (deviations[chosen.indexOf(right)] ?? 0) - (deviations[chosen.indexOf(left)] ?? 0) ||
          (left.feature < right.feature ? -1 : 1),
      );
      chosen = ranked.slice(0, most);
      continue;
    }
    const inflations = inflationFactors(worth);
    const inflated = [...chosen.keys()].filter((index) => (inflations[index] ?? 1) > inflationLimit);
    const weakest = inflated.toSorted((left, right) => (deviations[left] ?? 0) - (deviations[right] ?? 0))[0];
    if (weakest === undefined) return { chosen, told };
    const stronger = closest(worth, weakest);
    const [out, by] = [chosen[weakest], chosen[stronger]];
    if (out !== undefined && by !== undefined) told.set(out.feature, by.feature);
    chosen = chosen.filter((_each, index) => index !== weakest);
  }
}

function worthIn(
  before: { of: readonly EdgedCandidate[]; fit: EdgeFit } | undefined,
  one: EdgedCandidate,
): Float64Array {
  return before?.fit.worth[before.of.indexOf(one)] ?? new Float64Array(one.column.bins + 1);
}

/** A hundredth of a doubling of the odds, and less, is nothing that points could show. */
const leastDeviation = 0.005;

/** Which other column goes along with this one most closely. */
function closest(worth: readonly Float64Array[], of: number): number {
  const standard = worth.map(standardised);
  const own = standard[of] ?? new Float64Array(0);
  const likeness = (index: number): number => Math.abs(correlation(own, standard[index] ?? own));
  const others = [...worth.keys()].filter((index) => index !== of);
  return others.toSorted((left, right) => likeness(right) - likeness(left))[0] ?? of;
}

function worthOfRows({ column }: EdgedCandidate, fit: EdgeFit, index: number): Float64Array {
  const worth = fit.worth[index] ?? new Float64Array(0);
  const of = new Float64Array(column.places.length);
  for (let row = 0; row < of.length; row += 1) of[row] = worth[column.places[row] ?? 0] ?? 0;
  return of;
}

/** The penalty with which a third of the rows, judged by the other two, are least of a surprise. */
export function choosePenalty(candidates: readonly EdgedCandidate[], bad: Uint8Array): number {
  if (candidates.length === 0) return roughPenalty;
  const rows = [...bad.keys()];
  const partOf = (row: number): number => (Math.imul(row + 1, 2_654_435_761) >>> 8) % penaltyFolds;
  const parts = Array.from({ length: penaltyFolds }, (_, part) => {
    const taught = rows.filter((row) => partOf(row) !== part);
    return {
      columns: candidates.map(({ column }) => ({
        ...column,
        places: Uint8Array.from(taught, (row) => column.places[row] ?? 0),
      })),
      bad: Uint8Array.from(taught, (row) => bad[row] ?? 0),
      judged: rows.filter((row) => partOf(row) === part),
    };
  });
  const fits: EdgeFit[] = [];
  const surprise = (penalty: number): number =>
    parts.reduce((sum, part, index) => {
      const start = fits[index];
      const steps = start === undefined ? roughSteps : nextSteps;
      const fit = fitEdges(part.columns, part.bad, penalty, steps, start);
      fits[index] = fit;
      return sum + logLoss(candidates, fit, part.judged, bad);
    }, 0);
  const surprises = penalties.map(surprise);
  return penalties[surprises.indexOf(Math.min(...surprises))] ?? roughPenalty;
}

function logLoss(
  candidates: readonly EdgedCandidate[],
  { intercept, worth }: EdgeFit,
  rows: readonly number[],
  bad: Uint8Array,
): number {
  let loss = 0;
  for (const row of rows) {
    let linear = intercept;
    candidates.forEach(({ column }, index) => (linear += worth[index]?.[column.places[row] ?? 0] ?? 0));
    loss += Math.log1p(Math.exp(bad[row] === 1 ? linear : -linear));
  }
  return loss;
}

export function deviationOf(values: Float64Array): number {
  let [sum, squares] = [0, 0];
  for (const value of values) sum += value;
  const average = sum / values.length;
  for (const value of values) squares += (value - average) ** 2;
  return Math.sqrt(squares / values.length);
}
