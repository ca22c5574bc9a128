import type { Card, Characteristic } from "../card/card.ts";
import { CardFormatError } from "../card/card-json.ts";
import { isFeatureName } from "../card/features.ts";
import { defaultFit } from "../training/train.ts";

/** One row of somebody else's card. An edge may have decimals: our features are whole numbers, so the next one is as good. */
export type Interval =
  | {
      readonly kind: "range";
      readonly from: number | undefined;
      readonly below: number | undefined;
      readonly points: number;
    }
  | { readonly kind: "value"; readonly value: number; readonly points: number }
  | { readonly kind: "missing"; readonly points: number };

/** What such a card says; the rest of ours is by default. */
export interface ForeignCard {
  readonly basePoints: number;
  readonly characteristics: readonly Characteristic[];
}

/** Sorts the rows of one feature into bins and refuses gaps, overlaps and what the catalogue does not know. */
export function characteristicOf(feature: string, intervals: readonly Interval[]): Characteristic {
  if (!isFeatureName(feature)) {
    throw new CardFormatError(
      `there is no feature "${feature.slice(0, 60)}" in the catalogue; rename it, or take it out of the file`,
    );
  }
  const whole = (edge: number | undefined): number | undefined => (edge === undefined ? undefined : Math.ceil(edge));
  const ranges = intervals
    .flatMap((each) =>
      each.kind === "range"
        ? [{ from: whole(each.from), below: whole(each.below), points: Math.round(each.points) }]
        : [],
    )
    .sort((left, right) => (left.from ?? Number.NEGATIVE_INFINITY) - (right.from ?? Number.NEGATIVE_INFINITY));
  if (ranges.length === 0) throw new CardFormatError(`${feature} has no range`);
  ranges.forEach(({ from }, index) => {
    if (from !== ranges[index - 1]?.below)
      throw new CardFormatError(`the bins of ${feature} leave a gap or overlap at ${from ?? "the beginning"}`);
  });
  if (ranges.at(-1)?.below !== undefined) throw new CardFormatError(`the last bin of ${feature} must be open`);
  const special = intervals.flatMap((each) =>
    each.kind === "value" ? [{ value: each.value, points: Math.round(each.points) }] : [],
  );
  const missing = intervals.find(({ kind }) => kind === "missing");
  return {
    feature,
    bins: ranges.map(({ below, points }) => (below === undefined ? { points } : { below, points })),
    ...(special.length === 0 ? {} : { special }),
    missingPoints: Math.round(missing?.points ?? 0),
  };
}

export function cardOfForeign(foreign: ForeignCard, title: string): Card {
  const { floor, ceiling, minimumData } = defaultFit;
  return {
    title: { en: title, zh: title },
    ...foreign,
    basePoints: Math.round(foreign.basePoints),
    floor,
    ceiling,
    minimumData,
  };
}
