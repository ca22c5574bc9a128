/** The calls of a stretch of time. */
export interface Stretch {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly answered: number;
  readonly refused: number;
}

interface Counts {
  readonly from: string;
  readonly to: string;
  readonly stretchS: number;
  readonly counts: readonly { readonly at: string; readonly code: string; readonly calls: number }[];
}

/** More bars than these nobody tells apart. */
const stretchesLimit = 200;

/** Every stretch of the time that was counted, those without a call among them, so that a gap is seen as one. */
export function stretchesOf({ from, to, stretchS, counts }: Counts): readonly Stretch[] {
  const stretchMs = stretchS * 1_000;
  const slotOf = (at: string): number => Math.floor(Date.parse(at) / stretchMs);
  const first = slotOf(from);
  const length = Math.min(Math.max(slotOf(to) - first + 1, 1), stretchesLimit);
  const stretches = Array.from({ length }, (_, index) => ({
    at: (first + index) * stretchMs,
    answered: 0,
    refused: 0,
  }));
  for (const { at, code, calls } of counts) {
    const stretch = stretches[slotOf(at) - first];
    if (stretch === undefined) continue;
    if (code === "10000") stretch.answered += calls;
    else stretch.refused += calls;
  }
  return stretches;
}
