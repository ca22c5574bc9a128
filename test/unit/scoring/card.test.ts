import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Card, scoreWithCard } from "#kaimen/scoring/card/card.ts";
import { expertCard } from "#kaimen/scoring/card/expert-card.ts";

fc.configureGlobal(process.env["KAIMEN_SEED"] === undefined ? {} : { seed: Number(process.env["KAIMEN_SEED"]) });

const small: Card = {
  title: { en: "", zh: "" },
  basePoints: 600,
  floor: 350,
  ceiling: 950,
  minimumData: { monthsReported: 3, newestMonths: 6 },
  characteristics: [
    {
      feature: "months_reported",
      missingPoints: -1,
      bins: [{ below: 0, points: 1 }, { below: 10, points: 2 }, { points: 3 }],
    },
    {
      feature: "settled_orders",
      missingPoints: 400,
      bins: [{ below: 1, points: 0 }, { below: 2, points: -400 }, { points: 350 }],
    },
  ],
};

describe("a score is", () => {
  test.each<[string, (number | null)[], number[], number]>([
    ["of the first bin below its edge", [-1, 0], [1, 0], 601],
    ["of the next bin at the edge, for bins are closed on the left", [0, 0], [2, 0], 602],
    ["of the middle bin just below its end", [9, 0], [2, 0], 602],
    ["of the last bin at its edge", [10, 0], [3, 0], 603],
    ["of the last bin far beyond it", [1_000_000_000, 0], [3, 0], 603],
    ["of the missing points where nothing is known", [null, 0], [-1, 0], 599],
    ["of a zero as a zero, not as missing", [null, 1], [-1, -400], 350],
    ["of the missing points where a value was left out", [0], [2, 400], 950],
    ["at its floor, with the points unclipped", [-1, 1], [1, -400], 350],
    ["at its ceiling, with the points unclipped", [10, null], [3, 400], 950],
    ["just below its ceiling", [-1, 2], [1, 350], 950],
  ])("%s", (_name, values, points, score) => {
    expect(scoreWithCard(small, values)).toEqual({ score, points });
  });

  test("not given by a card without a last bin", () => {
    const open: Card = {
      ...small,
      characteristics: [{ feature: "months_reported", missingPoints: 0, bins: [{ below: 1, points: 0 }] }],
    };
    expect(scoreWithCard(open, [0]).score).toBe(600);
    expect(() => scoreWithCard(open, [1])).toThrow("months_reported");
  });
});

const edges = expertCard.characteristics.flatMap(({ feature, bins }, index) =>
  bins.flatMap(({ below, points }, bin) =>
    below === undefined ? [] : [[feature, below, points, bins[bin + 1]?.points ?? Number.NaN, index] as const],
  ),
);

describe("the expert card", () => {
  const pointsAt = (index: number, value: number | null): number | undefined =>
    scoreWithCard(
      expertCard,
      expertCard.characteristics.map((_, place) => (place === index ? value : null)),
    ).points[index];

  test.each(edges)("gives %s below %i %i points, and from there on %i", (_feature, edge, before, from, index) => {
    expect(pointsAt(index, edge - 1)).toBe(before);
    expect(pointsAt(index, edge)).toBe(from);
  });

  test.each(
    expertCard.characteristics.map(
      (characteristic, index) => [characteristic.feature, characteristic.missingPoints, index] as const,
    ),
  )("gives an unknown %s %i points", (_feature, points, index) => {
    expect(pointsAt(index, null)).toBe(points);
  });
});

const bins = fc
  .uniqueArray(fc.integer({ min: -1_000, max: 1_000 }), { maxLength: 6 })
  .chain((below) =>
    fc.tuple(
      fc.constant(below.toSorted((left, right) => left - right)),
      fc.array(fc.integer({ min: -300, max: 300 }), { minLength: below.length + 1, maxLength: below.length + 1 }),
    ),
  )
  .map(([below, points]) =>
    points.map((each, index) =>
      below[index] === undefined ? { points: each } : { below: below[index], points: each },
    ),
  );
const characteristic = fc.record({
  feature: fc.constantFrom("months_reported" as const, "settled_orders" as const),
  missingPoints: fc.integer({ min: -300, max: 300 }),
  bins,
});
const cards = fc
  .record({
    basePoints: fc.integer({ min: 0, max: 1_000 }),
    characteristics: fc.array(characteristic, { maxLength: 8 }),
  })
  .map((parts): Card => ({ ...small, ...parts }));
const value = fc.oneof(
  { arbitrary: fc.integer({ min: -1_100, max: 1_100 }), weight: 4 },
  { arbitrary: fc.constant(null), weight: 1 },
);

describe("on any card", () => {
  test("the initial points and the points of each characteristic add up to the score before it is clipped to 350..950", () => {
    const seen = { floor: 0, ceiling: 0, between: 0 };
    fc.assert(
      fc.property(cards, fc.array(value, { minLength: 8, maxLength: 8 }), (card, values) => {
        const { score, points } = scoreWithCard(card, values);
        expect(points.length).toBe(card.characteristics.length);
        const sum = points.reduce((total, each) => total + each, card.basePoints);
        expect(score).toBe(sum < 350 ? 350 : sum > 950 ? 950 : sum);
        seen[sum < 350 ? "floor" : sum > 950 ? "ceiling" : "between"] += 1;
      }),
      { numRuns: 500 },
    );
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(20);
  });

  test("a characteristic's points are those of the bin whose left edge is at or below the value, and the right one above it", () => {
    fc.assert(
      fc.property(characteristic, value, (each, given) => {
        const [points] = scoreWithCard({ ...small, characteristics: [each] }, [given]).points;
        const left = (index: number): number => each.bins[index - 1]?.below ?? Number.NEGATIVE_INFINITY;
        const within = each.bins.filter(
          ({ below = Number.POSITIVE_INFINITY }, index) => given !== null && given >= left(index) && given < below,
        );
        expect(within.length).toBe(given === null ? 0 : 1);
        expect(points).toBe(given === null ? each.missingPoints : within[0]?.points);
      }),
      { numRuns: 500 },
    );
  });
});
