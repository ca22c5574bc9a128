import type { Bilingual } from "../protocol/refusal.ts";
import type { FeatureName } from "./features.ts";

/**
 * A scorecard: for each feature the points of each bin. Points are integers and they are the model: whoever adds the
 * same integers gets the same score.
 */
export interface Card {
  readonly title: Bilingual;
  /** What a person starts from. */
  readonly basePoints: number;
  readonly characteristics: readonly Characteristic[];
  readonly floor: number;
  readonly ceiling: number;
  readonly minimumData: MinimumData;
}

export interface Characteristic {
  readonly feature: FeatureName;
  /** Ascending. A value falls into the first bin whose `below` is greater; the last bin has none. */
  readonly bins: readonly Bin[];
  /** Points where nothing is known of the feature: what was never reported is no fault of the person. */
  readonly missingPoints: number;
}

export interface Bin {
  readonly below?: number;
  readonly points: number;
}

/** When there is too little to score: the answer is "N/A", with the reason kept inside. */
export interface MinimumData {
  /** Distinct months reported within the last 12. */
  readonly monthsReported: number;
  /** The newest record may be this many months old. */
  readonly newestMonths: number;
}

/** Why a person has no score: too few months, too old, no obligation but applications, one number under several names. */
export const naReasons = {
  N1: { en: "fewer than 3 months reported in the last 12", zh: "近12个月内有记录的月数不足3个月" },
  N2: { en: "nothing reported in the last 6 months", zh: "近6个月无记录" },
  N3: { en: "no obligation, only applications", zh: "仅有申请记录，无履约记录" },
  N4: { en: "one identity number under several names", zh: "同一证件号码对应多个姓名" },
} as const satisfies Record<string, Bilingual>;
export type NaReason = keyof typeof naReasons;

export interface Scored {
  readonly score: number;
  /** One for each characteristic, in the card's order. */
  readonly points: readonly number[];
}

/** The card's arithmetic; the SQL that compileCard writes does the same. `values` are in the card's order. */
export function scoreWithCard(card: Card, values: readonly (number | null)[]): Scored {
  const points = card.characteristics.map((characteristic, index) => pointsOf(characteristic, values[index] ?? null));
  const sum = points.reduce((total, each) => total + each, card.basePoints);
  return { score: Math.min(Math.max(sum, card.floor), card.ceiling), points };
}

function pointsOf(characteristic: Characteristic, value: number | null): number {
  if (value === null) return characteristic.missingPoints;
  const bin = characteristic.bins.find(({ below }) => below === undefined || value < below);
  if (bin === undefined) throw new Error(`the card has no last bin for ${characteristic.feature}`);
  return bin.points;
}
