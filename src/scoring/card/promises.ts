import { type Card, type Characteristic, pointsOf } from "./card.ts";
import { type FeatureName, featureNamed } from "./features.ts";
import type { SummaryName } from "./summary.ts";

/**
 * What a further period overdue in some month moves. Every one of these goes one way with it, or stays.
 */
const readOverdue: ReadonlySet<SummaryName> = new Set<SummaryName>([
  "overdue_1",
  "overdue_2",
  "worst_1",
  "worst_2",
  "worst_3",
  "worst_6",
  "worst_12",
  "worst_24",
  "overdue_sum_3",
  "overdue_sum_6",
  "overdue_sum_4_6",
  "decayed",
  "amount_late_6",
  "late_orders",
  "late_amount",
  "settled_clean",
  "overdue_newest",
  "unresolved",
]);

/**
 * Features that the same late month moves up or down, depending on which month it is: a trend falls where an older
 * month is worse, and a bill that was late may be larger or smaller than another.
 */
const eitherWay: ReadonlySet<FeatureName> = new Set<FeatureName>(["overdue_trend", "amount_overdue_6"]);

/**
 * The characteristics by which a month that was paid later could raise this card's score; none of them: the card says
 * that a worse month never does. A card says so of all it looks at: each such feature has a direction, and its points go
 * with it from bin to bin.
 */
export function raisedByWorseMonth(card: Card): FeatureName[] {
  return card.characteristics
    .filter(
      (each) => featureNamed(each.feature).needs.some((name) => readOverdue.has(name)) && !goesWithItsFeature(each),
    )
    .map(({ feature }) => feature);
}

function goesWithItsFeature(characteristic: Characteristic): boolean {
  const { direction } = featureNamed(characteristic.feature);
  if (direction === "either" || eitherWay.has(characteristic.feature)) return false;
  const edges = characteristic.bins.flatMap(({ below }) => (below === undefined ? [] : [below - 1, below]));
  const special = (characteristic.special ?? []).flatMap(({ value }) => [value - 1, value, value + 1]);
  const points = [0, ...edges, ...special]
    .toSorted((left, right) => left - right)
    .map((value) => pointsOf(characteristic, value));
  return points.every((each, index) => {
    const before = points[index - 1] ?? each;
    return direction === "more_is_worse" ? each <= before : each >= before;
  });
}
