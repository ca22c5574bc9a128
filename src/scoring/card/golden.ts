import { type Card, type Characteristic, clip, type GoldenVector, rawScore, scoreWithCard } from "./card.ts";
import type { FeatureName } from "./features.ts";

/**
 * A card's golden vectors: each edge of each characteristic, one below and one above it, its special values and zero,
 * while nothing else is known; nothing known at all; the best and the worst that the card can give.
 */
export function goldenVectors(card: Card): GoldenVector[] {
  const single = card.characteristics.flatMap((characteristic) =>
    telling(characteristic).map((value) => ({ [characteristic.feature]: value })),
  );
  const extreme = (sign: number): GoldenVector["given"] =>
    Object.fromEntries(
      card.characteristics.flatMap((each) => {
        const value = extremeValue(each, sign);
        return value === null ? [] : [[each.feature, value]];
      }),
    );
  return [{}, ...single, extreme(1), extreme(-1)].map((given) => ({ given, ...computed(card, given) }));
}

/** The card with its golden vectors inside; one that has them keeps them, right or wrong. */
export function withGoldenVectors(card: Card): Card {
  return card.goldenVectors === undefined ? { ...card, goldenVectors: goldenVectors(card) } : card;
}

/** A vector's values in the card's order. */
export function valuesOf(card: Card, { given }: GoldenVector): (number | null)[] {
  const values: Partial<Record<FeatureName, number>> = given;
  return card.characteristics.map(({ feature }) => values[feature] ?? null);
}

/** The first vector that the card does not give, in words; undefined when it gives all of them. */
export function goldenFault(card: Card): string | undefined {
  for (const vector of card.goldenVectors ?? []) {
    const { scoreBeforeClip, score } = computed(card, vector.given);
    if (score !== vector.score || scoreBeforeClip !== vector.scoreBeforeClip)
      return vectorFault(vector, "the card gives", scoreBeforeClip, score);
  }
  return undefined;
}

/** What was computed where the vector says something else. */
export function vectorFault(
  { given, scoreBeforeClip, score }: GoldenVector,
  who: string,
  rawGiven: number | undefined,
  scoreGiven: number | undefined,
): string {
  return `a golden vector says ${scoreBeforeClip} points, score ${score}, for ${JSON.stringify(given)}, and ${who} ${rawGiven} points, score ${scoreGiven}`;
}

function computed(card: Card, given: GoldenVector["given"]): { scoreBeforeClip: number; score: number } {
  const scoreBeforeClip = rawScore(
    card,
    scoreWithCard(card, valuesOf(card, { given, scoreBeforeClip: 0, score: 0 })).points,
  );
  return { scoreBeforeClip, score: clip(card, scoreBeforeClip) };
}

function telling({ bins, special = [] }: Characteristic): number[] {
  const edges = bins.flatMap(({ below }) => (below === undefined ? [] : [below - 1, below, below + 1]));
  return [...new Set([...edges, ...special.map(({ value }) => value), 0])];
}

function extremeValue(characteristic: Characteristic, sign: number): number | null {
  const { bins, missingPoints } = characteristic;
  let best: { value: number | null; points: number } = { value: null, points: missingPoints };
  bins.forEach(({ below, points }, index) => {
    const value = below === undefined ? (bins[index - 1]?.below ?? 0) : below - 1;
    if (sign * points > sign * best.points) best = { value, points };
  });
  return best.value;
}
