import type { Bilingual } from "../../protocol/refusal.ts";
import { type Card, type Characteristic, clip, pointsOf, rawScore } from "./card.ts";
import { type Dimension, dimensions, families, type Family } from "./feature.ts";
import { featureNamed } from "./features.ts";

/** The five bands of a score, each from its first point on. */
export const bands = [
  { from: 350, name: { en: "poor", zh: "较差" } },
  { from: 550, name: { en: "fair", zh: "中等" } },
  { from: 600, name: { en: "good", zh: "良好" } },
  { from: 650, name: { en: "very good", zh: "优秀" } },
  { from: 700, name: { en: "excellent", zh: "极好" } },
] as const satisfies readonly { from: number; name: Bilingual }[];

export function bandOf(score: number): Bilingual {
  return (bands.findLast(({ from }) => score >= from) ?? bands[0]).name;
}

const reasonsLimit = 4;

/** Why somebody has no higher score: what cost the most points, against the best that the feature can give. */
export interface Reason {
  readonly code: string;
  readonly family: Family;
  readonly text: Bilingual;
  readonly value: number | null;
  readonly pointsLost: number;
  /** The nearest bin with more points: from which value on, or below which, and how many points more. */
  readonly nextBetter:
    | { readonly from: number | undefined; readonly below: number | undefined; readonly pointsGained: number }
    | undefined;
}

export interface DimensionScore {
  readonly dimension: Dimension;
  readonly name: Bilingual;
  /** 0 to 100; undefined where nothing is known of it: "数据不足". */
  readonly score: number | undefined;
  /** The dimension's share of all that points can make out on this card, in percent. */
  readonly weight: number;
}

export interface Explanation {
  readonly score: number;
  readonly scoreBeforeClip: number;
  readonly band: Bilingual;
  readonly initialPoints: number;
  readonly points: readonly {
    readonly feature: string;
    readonly meaning: Bilingual;
    readonly value: number | null;
    readonly points: number;
  }[];
  readonly reasons: readonly Reason[];
  readonly dimensions: readonly DimensionScore[];
}

/** The score and all that is said of it, from the same points. `values` are in the card's order. */
export function explainScore(card: Card, values: readonly (number | null)[]): Explanation {
  const told = card.characteristics.map((characteristic, index) => {
    const value = values[index] ?? null;
    return { characteristic, value, points: pointsOf(characteristic, value), range: rangeOf(characteristic) };
  });
  const raw = rawScore(
    card,
    told.map(({ points }) => points),
  );
  const score = clip(card, raw);
  return {
    score,
    scoreBeforeClip: raw,
    band: bandOf(score),
    initialPoints: card.basePoints,
    points: told.map(({ characteristic: { feature }, value, points }) => ({
      feature,
      meaning: featureNamed(feature).meaning,
      value,
      points,
    })),
    reasons: reasonsOf(told),
    dimensions: dimensionsOf(told),
  };
}

interface CharacteristicPoints {
  readonly characteristic: Characteristic;
  readonly value: number | null;
  readonly points: number;
  readonly range: { readonly least: number; readonly most: number };
}

function rangeOf({ bins, special = [] }: Characteristic): { least: number; most: number } {
  const points = [...bins, ...special].map((each) => each.points);
  return { least: Math.min(...points), most: Math.max(...points) };
}

function reasonsOf(told: readonly CharacteristicPoints[]): Reason[] {
  const lost = told
    .map((each) => ({ ...each, pointsLost: each.range.most - each.points }))
    .filter(({ pointsLost }) => pointsLost > 0)
    .sort((left, right) => right.pointsLost - left.pointsLost);
  const reasons: Reason[] = [];
  for (const { characteristic, value, points, pointsLost } of lost) {
    const { name, family, meaning } = featureNamed(characteristic.feature);
    if (reasons.length === reasonsLimit || reasons.some((each) => each.family === family)) continue;
    reasons.push({
      code: name.toUpperCase(),
      family,
      text: {
        en: `${families[family].en}: ${meaning.en.toLowerCase()}: ${value ?? "unknown"}`,
        zh: `${families[family].zh}：${meaning.zh}：${value ?? "数据不足"}`,
      },
      value,
      pointsLost,
      nextBetter: nextBetterOf(characteristic, value, points),
    });
  }
  return reasons;
}

/** The bin with more points that is fewest bins away; of two equally near the one with fewer points, the smaller step. */
function nextBetterOf({ bins }: Characteristic, value: number | null, points: number): Reason["nextBetter"] {
  const at = value === null ? -1 : bins.findIndex(({ below }) => below === undefined || value < below);
  const better = bins
    .map((bin, index) => ({ bin, index }))
    .filter(({ bin }) => bin.points > points)
    .sort(
      (left, right) =>
        (value === null ? 0 : Math.abs(left.index - at) - Math.abs(right.index - at)) ||
        left.bin.points - right.bin.points,
    )[0];
  if (better === undefined) return undefined;
  return { from: bins[better.index - 1]?.below, below: better.bin.below, pointsGained: better.bin.points - points };
}

function dimensionsOf(told: readonly CharacteristicPoints[]): DimensionScore[] {
  const widthOf = (some: readonly CharacteristicPoints[]): number =>
    some.reduce((sum, { range }) => sum + range.most - range.least, 0);
  const width = widthOf(told);
  return Object.entries(dimensions).map(([name, title]) => {
    const dimension = name as Dimension; // The table's own names.
    const within = told.filter(({ characteristic }) => featureNamed(characteristic.feature).dimension === dimension);
    const known = within.filter(({ value }) => value !== null);
    const gained = known.reduce((sum, { points, range }) => sum + points - range.least, 0);
    const own = widthOf(known);
    return {
      dimension,
      name: title,
      score: own === 0 ? undefined : Math.round((100 * gained) / own),
      weight: width === 0 ? 0 : Math.round((100 * widthOf(within)) / width),
    };
  });
}
