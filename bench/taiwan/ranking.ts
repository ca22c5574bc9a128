export interface Labelled {
  readonly score: number;
  readonly bad: boolean;
}

/** The chance that a good one scores above a bad one; equal scores count half (Mann-Whitney). */
export function areaUnderCurve(cases: readonly Labelled[]): number {
  const { bad, good, steps } = cumulate(cases);
  let area = 0;
  let goodAbove = good;
  for (const step of steps) {
    goodAbove -= step.good;
    area += step.bad * (goodAbove + step.good / 2);
  }
  return area / (bad * good);
}

/** The largest distance between the two distributions of scores. */
export function kolmogorovSmirnov(cases: readonly Labelled[]): number {
  const { bad, good, steps } = cumulate(cases);
  let seenBad = 0;
  let seenGood = 0;
  let largest = 0;
  for (const step of steps) {
    seenBad += step.bad;
    seenGood += step.good;
    largest = Math.max(largest, Math.abs(seenBad / bad - seenGood / good));
  }
  return largest;
}

function cumulate(cases: readonly Labelled[]): { bad: number; good: number; steps: { bad: number; good: number }[] } {
  const byScore = new Map<number, { bad: number; good: number }>();
  for (const { score, bad } of cases) {
    const step = byScore.get(score) ?? { bad: 0, good: 0 };
    step[bad ? "bad" : "good"] += 1;
    byScore.set(score, step);
  }
  const steps = [...byScore].toSorted(([left], [right]) => left - right).map(([, step]) => step);
  const total = (kind: "bad" | "good"): number => steps.reduce((sum, step) => sum + step[kind], 0);
  return { bad: total("bad"), good: total("good"), steps };
}
