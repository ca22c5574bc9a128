import { type Expression, months, plain, ratio } from "./expressions.ts";
import type { Feature } from "./feature.ts";
import type { SummaryName } from "./summary.ts";

export const missingRules = {
  overdue: "no merchant reports overdue_cnt",
  amount: "no amount is reported in these months",
  payment: "no merchant reports pay_amt in these months, or nothing was billed before",
  limit: "no merchant reports credit_limit in these months",
  nothing: "never: without records there is no score",
} as const;

type Rest = Pick<Feature, "unit" | "family" | "dimension" | "direction" | "missing"> & { version?: number };

export function feature<Name extends string>(
  name: Name,
  en: string,
  zh: string,
  expression: Expression,
  rest: Rest,
): Feature & { readonly name: Name } {
  return { name, meaning: { en, zh }, version: 1, ...rest, ...expression };
}

export const overdue = {
  family: "overdue",
  dimension: "history",
  direction: "more_is_worse",
  missing: missingRules.overdue,
  // Since 2 what is late below the materiality threshold is on time.
  version: 2,
} as const;
export const recency = {
  family: "recency",
  dimension: "history",
  direction: "more_is_better",
  missing: missingRules.overdue,
  unit: "months",
  version: 2,
} as const;
export const length = {
  family: "length",
  dimension: "identity",
  direction: "more_is_better",
  missing: missingRules.nothing,
  unit: "months",
} as const;
export const amount = {
  family: "amount",
  dimension: "capacity",
  direction: "either",
  missing: missingRules.amount,
  version: 2,
} as const;
export const payment = {
  family: "payment",
  dimension: "behaviour",
  direction: "more_is_better",
  missing: missingRules.payment,
  version: 2,
} as const;
export const limit = { family: "limit", dimension: "capacity", missing: missingRules.limit } as const;
export const applications = {
  family: "applications",
  dimension: "behaviour",
  direction: "more_is_worse",
  missing: missingRules.nothing,
} as const;
export const orders = { family: "orders", dimension: "behaviour", missing: missingRules.nothing } as const;

export const worst = <Name extends string>(name: Name, part: SummaryName, n: number) =>
  feature(name, `Most periods overdue at once in the last ${n} months`, `近${n}个月最高逾期期数`, plain(part), {
    ...overdue,
    unit: "times",
  });
export const overdueMonths = <Name extends string>(name: Name, n: number) =>
  feature(
    name,
    `Months with a payment overdue in the last ${n}`,
    `近${n}个月逾期月数`,
    months("overdue_1", "overdue_known", n),
    { ...overdue, unit: "months" },
  );
export const seriousMonths = <Name extends string>(name: Name, n: number) =>
  feature(
    name,
    `Months with two or more periods overdue in the last ${n}`,
    `近${n}个月逾期两期以上的月数`,
    months("overdue_2", "overdue_known", n),
    { ...overdue, unit: "months" },
  );

/** The share of the bill before that was paid in each of the last five complete months. */
export const paidShares = (
  [
    ["paid_1", "billed_1"],
    ["paid_at_2", "billed_at_3"],
    ["paid_at_3", "billed_at_4"],
    ["paid_at_4", "billed_at_5"],
    ["paid_at_5", "billed_at_6"],
  ] as const
).map(([paid, billed]) => ratio(paid, billed, 100, 1_000));
/** The share of the limit in use in each of the last six complete months. */
export const usedShares = (
  [
    ["drawn_1", "limits_1"],
    ["drawn_at_2", "limits_at_2"],
    ["drawn_at_3", "limits_at_3"],
    ["drawn_at_4", "limits_at_4"],
    ["drawn_at_5", "limits_at_5"],
    ["drawn_at_6", "limits_at_6"],
  ] as const
).map(([drawn, limits]) => ratio(drawn, limits, 100, 1_000));
