import type { Bilingual } from "../../protocol/refusal.ts";
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
  /** What the card must give, whoever computes it: covered by its version, and run before it may be activated. */
  readonly goldenVectors?: readonly GoldenVector[];
  /** Where the card comes from. An expert's card has none. */
  readonly training?: Training;
}

export interface Characteristic {
  readonly feature: FeatureName;
  /** The version of the feature's meaning that the points were made for; 1 when left out. */
  readonly featureVersion?: number;
  /** The bins in ascending order. A value falls into the first bin whose `below` is greater; the last bin has none. */
  readonly bins: readonly Bin[];
  /** Values with points of their own, whatever bin they lie in. */
  readonly special?: readonly { readonly value: number; readonly points: number }[];
  /** Points where nothing is known of the feature: what was never reported is no fault of the person. */
  readonly missingPoints: number;
}

export interface Bin {
  readonly below?: number;
  readonly points: number;
}

/** One person made up, of whom nothing else is known, and the points that the card gives before and after the clip. */
export interface GoldenVector {
  readonly given: Readonly<Partial<Record<FeatureName, number>>>;
  readonly scoreBeforeClip: number;
  readonly score: number;
}

/** When there is too little to score: the answer is "N/A", with the reason kept inside. */
export interface MinimumData {
  /** Distinct months reported within the last 12. */
  readonly monthsReported: number;
  /** The newest record may be this many months old. */
  readonly newestMonths: number;
}

/** How a trained card came about: what an audit asks for. */
export interface Training {
  readonly author: string;
  readonly asOfMonths: readonly string[];
  /** What a "bad" is, in words, and when its months begin. */
  readonly label: string;
  readonly outcomeFrom: string;
  /** Whether records counted that were fed back after the as-of month was over: scoring at the time did not know them. */
  readonly fedBackLater: boolean;
  readonly dataSha256: string;
  readonly labelsSha256: string;
  readonly rows: number;
  readonly bads: number;
  readonly scaling: {
    readonly points: number;
    readonly odds: number;
    readonly pdo: number;
    readonly targetBadRate: number;
  };
  /** What an analyst decided against the data, who and why. Cards of before these were kept have none. */
  readonly overrides?: readonly {
    readonly feature: string;
    readonly edges?: readonly number[];
    readonly use?: "include" | "exclude";
    readonly author: string;
    readonly reason: string;
  }[];
  readonly metrics: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
}

/** Why a person has no score: too few months, too old, no obligation but applications, several names, a hold. */
export const naReasons = {
  N1: { en: "fewer than 3 months reported in the last 12", zh: "近12个月内有记录的月数不足3个月" },
  N2: { en: "nothing reported in the last 6 months", zh: "近6个月无记录" },
  N3: { en: "no obligation, only applications", zh: "仅有申请记录，无履约记录" },
  N4: { en: "one identity number under several names", zh: "同一证件号码对应多个姓名" },
  N5: { en: "stopped by the operator, as while a dispute is open", zh: "评分已被冻结，如异议处理中" },
} as const satisfies Record<string, Bilingual>;
export type NaReason = keyof typeof naReasons;

export interface CardResult {
  readonly score: number;
  /** The points of each characteristic, in the card's order. */
  readonly points: readonly number[];
}

/** The card's arithmetic; the SQL that compileCard writes does the same. `values` are in the card's order. */
export function scoreWithCard(card: Card, values: readonly (number | null)[]): CardResult {
  const points = card.characteristics.map((characteristic, index) => pointsOf(characteristic, values[index] ?? null));
  return { score: clip(card, rawScore(card, points)), points };
}

/** The score before it is clipped: what one starts from and the points of each characteristic. */
export function rawScore(card: Card, points: readonly number[]): number {
  return points.reduce((total, each) => total + each, card.basePoints);
}

export function clip({ floor, ceiling }: Card, raw: number): number {
  return Math.min(Math.max(raw, floor), ceiling);
}

export function pointsOf({ feature, bins, special = [], missingPoints }: Characteristic, value: number | null): number {
  if (value === null) return missingPoints;
  const own = special.find((each) => each.value === value);
  if (own !== undefined) return own.points;
  const bin = bins.find(({ below }) => below === undefined || value < below);
  if (bin === undefined) throw new Error(`the card has no last bin for ${feature}`);
  return bin.points;
}
