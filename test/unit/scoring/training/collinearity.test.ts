import { describe, expect, it } from "vitest";
import { correlation, inflationFactors, standardised } from "#kaimen/scoring/training/collinearity.ts";

const rows = 500;
/** Waves of different lengths: over whole periods none tells another. */
const wave = (periods: number): Float64Array =>
  Float64Array.from({ length: rows }, (_, row) => Math.sin((2 * Math.PI * periods * row) / rows));
const sum = (left: Float64Array, right: Float64Array, share: number): Float64Array =>
  left.map((value, row) => value + share * (right[row] ?? 0));

describe("inflation factors", () => {
  it("of columns of which none tells another are 1", () => {
    for (const factor of inflationFactors([wave(1), wave(2), wave(3)])) expect(factor).toBeCloseTo(1, 6);
  });

  it.each([0.5, 1, 3])("of a column and itself with another %s times are 1 / (1 - R²)", (share) => {
    const [own, mixed] = [wave(1), sum(wave(1), wave(2), share)];
    const likeness = correlation(standardised(own), standardised(mixed));
    const expected = 1 / (1 - likeness ** 2);
    for (const factor of inflationFactors([own, mixed])) expect(factor).toBeCloseTo(expected, 4);
  });

  it("of a column that two others make up between them are large, though neither tells it alone", () => {
    const both = sum(wave(1), wave(2), 1);
    const factors = inflationFactors([wave(1), wave(2), sum(both, wave(3), 0.1)]);
    expect(Math.min(...factors)).toBeGreaterThan(10);
  });

  it("of a constant column is 1", () => {
    expect(inflationFactors([wave(1), new Float64Array(rows).fill(7)])[1]).toBeCloseTo(1, 6);
  });
});
