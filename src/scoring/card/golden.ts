import { type Card, type Characteristic, scoreWithCard } from "./card.ts";

/** Values of a card's features, in its order, with the points and the score they must give, whoever adds them up. */
export interface GoldenVector {
  readonly values: readonly (number | null)[];
  readonly points: readonly number[];
  readonly score: number;
}

/**
 * Each edge of each characteristic, one below and one above it, its special values and the unknown, while the others
 * are unknown; then the best and the worst that the card can give.
 */
export function goldenVectors(card: Card): GoldenVector[] {
  const unknown: (number | null)[] = card.characteristics.map(() => null);
  const single = card.characteristics.flatMap((characteristic, index) =>
    telling(characteristic).map((value) => unknown.map((each, place) => (place === index ? value : each))),
  );
  const extreme = (sign: number): (number | null)[] => card.characteristics.map((characteristic) => extremeValue(characteristic, sign));
  return [unknown, ...single, extreme(1), extreme(-1)].map((values) => ({ values, ...scoreWithCard(card, values) }));
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
