import { describe, expect, test } from "vitest";
import { type Characteristic, pointsOf, scoreWithCard } from "#kaimen/scoring/card/card.ts";
import { expertCard } from "#kaimen/scoring/card/expert-card.ts";
import { never } from "#kaimen/scoring/card/feature.ts";
import { type FeatureName, features } from "#kaimen/scoring/card/features.ts";

const { characteristics } = expertCard;
const named = characteristics.map((characteristic) => [characteristic.feature, characteristic] as const);

/** Which way a feature goes as a person pays worse. */
const worse: Partial<Record<FeatureName, "more" | "less">> = {
  months_since_overdue: "less",
  worst_overdue_6: "more",
  worst_overdue_24: "more",
  overdue_months_12: "more",
  decayed_overdue: "more",
  months_reported: "less",
  settled_orders: "less",
  overdue_amount: "more",
  payment_ratio_6: "less",
  unresolved_overdue: "more",
  utilisation_3: "more",
  credit_limit: "less",
  merchants: "more",
  new_orders_1: "more",
  applications_6: "more",
  refused_6: "more",
};

test("the scale is 350..950 from 600, with three months in the last twelve and the newest at most six months old", () => {
  expect(expertCard).toMatchObject({
    basePoints: 600,
    floor: 350,
    ceiling: 950,
    minimumData: { monthsReported: 3, newestMonths: 6 },
  });
});

test("it looks at each feature at most once, and at none that does not exist", () => {
  const used = characteristics.map(({ feature }) => feature);
  expect(new Set(used).size).toBe(used.length);
  expect(used.filter((name) => !features.some((feature) => feature.name === name))).toEqual([]);
});

describe.each(named)("%s", (_feature, { bins, missingPoints, feature }: Characteristic) => {
  test("has bins in ascending order, of which the last alone is open", () => {
    const edges = bins.map(({ below }) => below);
    expect(edges.pop()).toBe(undefined);
    expect(edges.length).toBeGreaterThan(0);
    expect(
      edges.every(
        (edge, index) =>
          edge !== undefined && Number.isInteger(edge) && edge > (edges[index - 1] ?? Number.NEGATIVE_INFINITY),
      ),
    ).toBe(true);
  });

  test("has whole points", () => {
    expect([missingPoints, ...bins.map(({ points }) => points)].every((points) => Number.isInteger(points))).toBe(true);
  });

  test("never adds points for a worse record", () => {
    const points = bins.map((bin) => bin.points);
    const fromBestToWorst = worse[feature] === "more" ? points : points.toReversed();
    expect(fromBestToWorst).toEqual(points.toSorted((left, right) => right - left));
    expect(new Set(points).size).toBe(points.length);
  });
});

test("a person who was never overdue has more points than one whose last time is longest ago", () => {
  const since = characteristics.find(({ feature }) => feature === "months_since_overdue");
  if (since === undefined) throw new Error("the card does not look at it");
  expect(pointsOf(since, never)).toBeGreaterThan(pointsOf(since, never - 1));
});

describe("a file", () => {
  const clean: Partial<Record<FeatureName, number | null>> = {
    months_since_overdue: 25,
    worst_overdue_6: 0,
    worst_overdue_24: 0,
    overdue_months_12: 0,
    decayed_overdue: 0,
    months_reported: 24,
    settled_orders: 0,
    overdue_amount: 0,
    payment_ratio_6: 100,
  };
  const scoreOf = (changes: Partial<Record<FeatureName, number | null>>): number =>
    scoreWithCard(
      expertCard,
      characteristics.map(({ feature }) => ({ ...clean, ...changes })[feature] ?? null),
    ).score;

  test.each<[string, Partial<Record<FeatureName, number | null>>, number, number]>([
    ["that is clean for two years lies near 750", {}, 735, 765],
    [
      "with one late month ten months ago lies near 660",
      { months_since_overdue: 10, worst_overdue_24: 1, overdue_months_12: 1, decayed_overdue: 28 },
      645,
      675,
    ],
    [
      "with one late month now lies near 560",
      {
        months_since_overdue: 0,
        worst_overdue_6: 1,
        worst_overdue_24: 1,
        overdue_months_12: 1,
        decayed_overdue: 1_000,
        overdue_amount: 500,
      },
      545,
      575,
    ],
    [
      "three periods overdue now lies below 450",
      {
        months_since_overdue: 0,
        worst_overdue_6: 3,
        worst_overdue_24: 3,
        overdue_months_12: 3,
        decayed_overdue: 4_890,
        overdue_amount: 5_000,
        payment_ratio_6: 0,
      },
      350,
      449,
    ],
  ])("%s", (_name, changes, least, most) => {
    expect(scoreOf(changes)).toBeGreaterThanOrEqual(least);
    expect(scoreOf(changes)).toBeLessThanOrEqual(most);
  });
});
