import {
  average,
  completeMonths,
  difference,
  type Expression,
  months,
  orZero,
  plain,
  ratio,
  scaled,
  since,
  streak,
} from "./expressions.ts";
import { type Feature, never } from "./feature.ts";
import type { SummaryName } from "./summary.ts";

const missingRules = {
  overdue: "no merchant reports overdue_cnt",
  amount: "no amount is reported in these months",
  payment: "no merchant reports pay_amt in these months, or nothing was billed before",
  limit: "no merchant reports credit_limit in these months",
  nothing: "never: without records there is no score",
} as const;

type Rest = Pick<Feature, "unit" | "family" | "dimension" | "direction" | "missing"> & { version?: number };

function feature<Name extends string>(
  name: Name,
  en: string,
  zh: string,
  expression: Expression,
  rest: Rest,
): Feature & { readonly name: Name } {
  return { name, meaning: { en, zh }, version: 1, ...rest, ...expression };
}

const overdue = {
  family: "overdue",
  dimension: "history",
  direction: "more_is_worse",
  missing: missingRules.overdue,
} as const;
const recency = {
  family: "recency",
  dimension: "history",
  direction: "more_is_better",
  missing: missingRules.overdue,
  unit: "months",
} as const;
const length = {
  family: "length",
  dimension: "identity",
  direction: "more_is_better",
  missing: missingRules.nothing,
  unit: "months",
} as const;
const amount = {
  family: "amount",
  dimension: "capacity",
  direction: "either",
  missing: missingRules.amount,
  version: 2,
} as const;
const payment = {
  family: "payment",
  dimension: "behaviour",
  direction: "more_is_better",
  missing: missingRules.payment,
  version: 2,
} as const;
const limit = { family: "limit", dimension: "capacity", missing: missingRules.limit } as const;
const orders = { family: "orders", dimension: "behaviour", missing: missingRules.nothing } as const;

const worst = <Name extends string>(name: Name, part: SummaryName, n: number) =>
  feature(name, `Most periods overdue at once in the last ${n} months`, `近${n}个月最高逾期期数`, plain(part), {
    ...overdue,
    unit: "times",
  });
const overdueMonths = <Name extends string>(name: Name, n: number) =>
  feature(
    name,
    `Months with a payment overdue in the last ${n}`,
    `近${n}个月逾期月数`,
    months("overdue_1", "overdue_known", n),
    { ...overdue, unit: "months" },
  );
const seriousMonths = <Name extends string>(name: Name, n: number) =>
  feature(
    name,
    `Months with two or more periods overdue in the last ${n}`,
    `近${n}个月逾期两期以上的月数`,
    months("overdue_2", "overdue_known", n),
    { ...overdue, unit: "months" },
  );

export const features = [
  worst("worst_overdue_1", "worst_1", 1),
  worst("worst_overdue_2", "worst_2", 2),
  worst("worst_overdue_3", "worst_3", 3),
  worst("worst_overdue_6", "worst_6", 6),
  worst("worst_overdue_12", "worst_12", 12),
  worst("worst_overdue_24", "worst_24", 24),
  feature(
    "months_since_overdue",
    "Months since a payment was last overdue",
    "距最近一次逾期的月数",
    since("overdue_1", "overdue_known", never),
    { ...recency, version: 2 },
  ),
  feature(
    "months_since_overdue_2",
    "Months since two periods were last overdue",
    "距最近一次逾期两期以上的月数",
    since("overdue_2", "overdue_known", never),
    recency,
  ),
  feature(
    "clean_streak",
    "Months in a row reported without a late payment",
    "连续按时还款的月数",
    streak("overdue_1", "overdue_known"),
    recency,
  ),
  overdueMonths("overdue_months_3", 3),
  overdueMonths("overdue_months_6", 6),
  overdueMonths("overdue_months_12", 12),
  overdueMonths("overdue_months_24", 24),
  seriousMonths("serious_months_6", 6),
  seriousMonths("serious_months_12", 12),
  seriousMonths("serious_months_24", 24),
  feature(
    "decayed_overdue",
    "Periods overdue, each month counting 0.7 of the next",
    "按月衰减的逾期期数之和",
    scaled("decayed", 1),
    { ...overdue, unit: "thousandths" },
  ),
  feature(
    "overdue_periods_6",
    "Periods overdue in the last 6 months, added up",
    "近6个月逾期期数之和",
    plain("overdue_sum_6"),
    { ...overdue, unit: "times" },
  ),
  feature(
    "overdue_trend",
    "Periods overdue in the last 3 months more than in the 3 before",
    "近3个月较前3个月逾期期数的变化",
    difference(orZero("overdue_sum_3"), plain("overdue_sum_4_6")),
    { ...overdue, unit: "times" },
  ),
  feature("overdue_amount", "Amount overdue at the newest reports", "当前逾期金额", scaled("late_amount", 100), {
    ...overdue,
    unit: "yuan",
  }),
  feature("overdue_orders", "Orders overdue at the newest reports", "当前逾期订单数", plain("late_orders"), {
    ...overdue,
    unit: "orders",
  }),
  feature(
    "amount_overdue_6",
    "Largest bill that was overdue in the last 6 months; 0 when none was",
    "近6个月逾期账单的最大金额",
    scaled("amount_late_6", 100, "overdue_known"),
    { ...overdue, direction: "either", unit: "yuan" },
  ),
  feature(
    "months_reported",
    "Months reported in the last 24",
    "近24个月有记录的月数",
    months("reported", "reported", 24),
    length,
  ),
  feature(
    "months_reported_12",
    "Months reported in the last 12",
    "近12个月有记录的月数",
    months("reported", "reported", 12),
    length,
  ),
  feature("file_age", "Months since the oldest record, 60 at most", "最早记录距今月数", plain("oldest"), length),
  feature("open_orders", "Orders under way", "未结清订单数", plain("open_orders"), {
    ...orders,
    unit: "orders",
    direction: "either",
  }),
  feature("settled_orders", "Orders settled and never overdue", "已结清且从未逾期的订单数", plain("settled_clean"), {
    ...orders,
    unit: "orders",
    direction: "more_is_better",
  }),
  feature("merchants", "Merchants that report the person", "报送商户数", plain("merchants"), {
    ...orders,
    unit: "merchants",
    direction: "either",
  }),
  feature("industries", "Industries that report the person", "报送行业数", plain("industries"), {
    ...orders,
    unit: "merchants",
    direction: "either",
  }),
  feature(
    "applications_6",
    "Applications for credit in the last 6 months, as merchants report them",
    "近6个月信贷申请次数",
    plain("applications_6"),
    {
      family: "applications",
      dimension: "behaviour",
      direction: "more_is_worse",
      missing: missingRules.nothing,
      unit: "times",
    },
  ),
  feature(
    "amount_average_3",
    "Average bill of the last 3 months",
    "近3个月平均账单金额",
    average("amount_3", "amounts_3"),
    { ...amount, unit: "yuan" },
  ),
  feature(
    "amount_average_6",
    "Average bill of the last 6 months",
    "近6个月平均账单金额",
    average("amount_6", "amounts_6"),
    { ...amount, unit: "yuan" },
  ),
  feature("amount_most_6", "Largest bill of the last 6 months", "近6个月最大账单金额", scaled("amount_most_6", 100), {
    ...amount,
    unit: "yuan",
  }),
  feature("amount_now", "Billed in the last month", "最近一个月账单金额", scaled("amount_1", 100), {
    ...amount,
    unit: "yuan",
  }),
  feature(
    "amount_growth_1",
    "Billed in the last month, as a share of the 5 months before",
    "最近一月账单额占前5个月的百分比",
    ratio("amount_1", "amount_2_6", 100, 1_000),
    { ...amount, dimension: "behaviour", unit: "percent" },
  ),
  feature(
    "amount_growth_3",
    "Billed in the last 3 months, as a share of the 3 before",
    "近3个月账单额占前3个月的百分比",
    ratio("amount_3", "amount_4_6", 100, 1_000),
    { ...amount, dimension: "behaviour", unit: "percent" },
  ),
  feature(
    "payment_ratio_1",
    "Paid in the last month, as a share of the bill before",
    "最近一月还款额占前一期账单的百分比",
    ratio("paid_1", "billed_1", 100, 1_000),
    { ...payment, unit: "percent" },
  ),
  feature(
    "payment_ratio_3",
    "Paid in the last 3 months, as a share of what the months before had billed",
    "近3个月还款额占前期账单的百分比",
    ratio("paid_3", "billed_3", 100, 1_000),
    { ...payment, unit: "percent" },
  ),
  feature(
    "payment_ratio_6",
    "Paid in the last 6 months, as a share of what the months before had billed",
    "近6个月还款额占前期账单的百分比",
    ratio("paid_5", "billed_5", 100, 1_000),
    { ...payment, unit: "percent", version: 3 },
  ),
  feature(
    "payment_least_3",
    "Smallest payment of the last 3 months",
    "近3个月最小还款额",
    scaled("paid_least_3", 100),
    { ...payment, unit: "yuan" },
  ),
  feature(
    "payment_least_6",
    "Smallest payment of the last 6 months",
    "近6个月最小还款额",
    scaled("paid_least_6", 100),
    { ...payment, unit: "yuan" },
  ),
  feature("payment_most_6", "Largest payment of the last 6 months", "近6个月最大还款额", scaled("paid_most_6", 100), {
    ...payment,
    dimension: "capacity",
    unit: "yuan",
  }),
  feature("payment_sum_3", "Paid in the last 3 months", "近3个月还款总额", scaled("paid_3", 100), {
    ...payment,
    dimension: "capacity",
    unit: "yuan",
  }),
  feature("payment_sum_6", "Paid in the last 6 months", "近6个月还款总额", scaled("paid_6", 100), {
    ...payment,
    dimension: "capacity",
    unit: "yuan",
  }),
  feature(
    "unpaid_months_6",
    "Months of the last 6 in which nothing was paid",
    "近6个月未还款月数",
    completeMonths("unpaid", "pay_known", 6),
    { ...payment, direction: "either", unit: "months" },
  ),
  feature(
    "repaying_months_1",
    "Whether the last month's bill was carried over in part",
    "最近一月是否分期或循环还款",
    completeMonths("repaying", "reported", 1),
    { ...payment, direction: "either", missing: missingRules.nothing, unit: "months" },
  ),
  feature(
    "repaying_months_6",
    "Months of the last 6 whose bill was carried over in part",
    "近6个月分期或循环还款的月数",
    completeMonths("repaying", "reported", 6),
    { ...payment, direction: "either", missing: missingRules.nothing, unit: "months" },
  ),
  feature(
    "full_months_6",
    "Months of the last 6 that were paid in full",
    "近6个月全额还款的月数",
    completeMonths("paid_in_full", "reported", 6),
    { ...payment, direction: "either", missing: missingRules.nothing, unit: "months" },
  ),
  feature("credit_limit", "Highest credit limit", "最高授信额度", scaled("limit_most", 100), {
    ...limit,
    direction: "more_is_better",
    unit: "yuan",
  }),
  feature(
    "utilisation_1",
    "Share of the limit in use in the last month",
    "最近一月额度使用率",
    ratio("drawn_1", "limits_1", 100, 1_000),
    { ...limit, direction: "either", unit: "percent", version: 2 },
  ),
  feature(
    "utilisation_3",
    "Share of the limit in use over the last 3 months",
    "近3个月额度使用率",
    ratio("drawn_3", "limits_3", 100, 1_000),
    { ...limit, direction: "either", unit: "percent", version: 2 },
  ),
  feature(
    "utilisation_6",
    "Share of the limit in use over the last 6 months",
    "近6个月额度使用率",
    ratio("drawn_6", "limits_6", 100, 1_000),
    { ...limit, direction: "either", unit: "percent", version: 2 },
  ),
  feature(
    "utilisation_change",
    "Change of the share of the limit in use, last month against 6 months",
    "额度使用率变化",
    difference(ratio("drawn_1", "limits_1", 100, 1_000), ratio("drawn_6", "limits_6", 100, 1_000)),
    { ...limit, direction: "either", unit: "percent", version: 2 },
  ),
] as const satisfies readonly Feature[];

export type FeatureName = (typeof features)[number]["name"];

const byName: ReadonlyMap<string, Feature> = new Map(features.map((each) => [each.name, each]));

export function featureNamed(name: string): Feature {
  const found = byName.get(name);
  if (found === undefined) throw new Error(`there is no feature ${name} in the catalogue`);
  return found;
}

export function isFeatureName(name: string): name is FeatureName {
  return byName.has(name);
}
