import { describe, expect, it } from "vitest";
import { type EdgeColumn, fitEdges } from "#kaimen/scoring/training/edge-regression.ts";

/** Rows of three bins, so many of each, of which this share is bad. */
function sampleOf(badShares: readonly number[], each = 1_000): { places: Uint8Array; bad: Uint8Array } {
  const places = badShares.flatMap((_, bin) => Array.from({ length: each }, () => bin));
  const bad = badShares.flatMap((share) => Array.from({ length: each }, (_, row) => (row < share * each ? 1 : 0)));
  return { places: Uint8Array.from(places), bad: Uint8Array.from(bad) };
}

const column = (places: Uint8Array, changes: Partial<EdgeColumn> = {}): EdgeColumn => ({
  places,
  bins: 3,
  sign: 1,
  missingCounts: false,
  ...changes,
});
const logOdds = (badShare: number): number => Math.log((1 - badShare) / badShare);

describe("the regression over edges", () => {
  it("finds the log-odds of each bin where hardly a penalty holds it back", () => {
    const { places, bad } = sampleOf([0.4, 0.2, 0.1]);
    const { intercept, worth } = fitEdges([column(places)], bad, 1e-6, 50);
    expect(intercept).toBeCloseTo(logOdds(0.4), 3);
    expect([...(worth[0] ?? [])].slice(0, 3)).toEqual([
      0,
      expect.closeTo(logOdds(0.2) - logOdds(0.4), 2),
      expect.closeTo(logOdds(0.1) - logOdds(0.4), 2),
    ]);
  });

  it.each([
    { sign: 1, shares: [0.4, 0.1, 0.3] },
    { sign: 1, shares: [0.1, 0.2, 0.4] },
    { sign: -1, shares: [0.1, 0.3, 0.2] },
    { sign: -1, shares: [0.4, 0.2, 0.1] },
  ] as const)("lets bins go one way only: $shares with sign $sign", ({ sign, shares }) => {
    const { places, bad } = sampleOf(shares);
    const worth = [...(fitEdges([column(places, { sign })], bad, 1, 50).worth[0] ?? [])].slice(0, 3);
    for (const [bin, value] of worth.entries()) {
      if (bin > 0) expect(sign * (value - (worth[bin - 1] ?? 0))).toBeGreaterThanOrEqual(0);
    }
  });

  it("gives less where the penalty is greater", () => {
    const { places, bad } = sampleOf([0.4, 0.2, 0.1]);
    const most = (penalty: number): number => fitEdges([column(places)], bad, penalty, 50).worth[0]?.[2] ?? 0;
    expect(most(1)).toBeGreaterThan(most(100));
    expect(most(100)).toBeGreaterThan(most(10_000));
    expect(most(10_000)).toBeGreaterThan(0);
  });

  it("gives what is missing a weight of its own where enough is, and none otherwise", () => {
    const { places, bad } = sampleOf([0.4, 0.2, 0.1, 0.6]);
    const missing = (missingCounts: boolean): number =>
      fitEdges([column(places, { missingCounts })], bad, 1e-6, 50).worth[0]?.[3] ?? Number.NaN;
    expect(missing(true)).toBeCloseTo(logOdds(0.6) - logOdds(0.4), 2);
    expect(missing(false)).toBe(0);
  });
});
