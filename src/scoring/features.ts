import type { Bilingual } from "../protocol/refusal.ts";

/**
 * What a card may look at: each feature is one SQL aggregate over a person's records as of a month, an integer or null
 * where nothing is known. Within the aggregates `month_age` is the record's age in months (0 is the as-of month
 * itself), and only performance records of ages 0 to 24 are there: an application is no repayment month.
 */
export interface Feature {
  readonly name: string;
  readonly meaning: Bilingual;
  readonly unit: "months" | "times" | "orders" | "yuan" | "percent" | "thousandths";
  readonly sql: string;
}

/** Records of this many months before the as-of month count, besides those of the month itself. */
export const windowMonths = 24;

/** 0.7 to the power of a record's age, in thousandths: a table, so that every engine and language has the same integers. */
const decay = [
  1000, 700, 490, 343, 240, 168, 118, 82, 58, 40, 28, 20, 14, 10, 7, 5, 3, 2, 2, 1, 1, 1, 0, 0, 0,
];

export const features = [
  {
    name: "months_since_overdue",
    meaning: { en: "Months since a payment was last overdue", zh: "距最近一次逾期的月数" },
    unit: "months",
    sql: "min(month_age) filter (where overdue_cnt > 0)",
  },
  {
    name: "worst_overdue_6",
    meaning: { en: "Most periods overdue at once in the last 6 months", zh: "近6个月最高逾期期数" },
    unit: "times",
    sql: "max(overdue_cnt) filter (where month_age <= 6)",
  },
  {
    name: "worst_overdue_24",
    meaning: { en: "Most periods overdue at once in the last 24 months", zh: "近24个月最高逾期期数" },
    unit: "times",
    sql: "max(overdue_cnt)",
  },
  {
    name: "overdue_months_12",
    meaning: { en: "Months with a payment overdue in the last 12", zh: "近12个月逾期月数" },
    unit: "months",
    sql: "case when count(overdue_cnt) filter (where month_age <= 12) > 0 then count(distinct month_age) filter (where month_age <= 12 and overdue_cnt > 0) end",
  },
  {
    name: "decayed_overdue",
    meaning: { en: "Periods overdue, each month counting 0.7 of the next", zh: "按月衰减的逾期期数之和" },
    unit: "thousandths",
    sql: `sum(overdue_cnt * (array[${decay.join(",")}])[month_age + 1])`,
  },
  {
    name: "months_reported",
    meaning: { en: "Months reported in the last 24", zh: "近24个月有记录的月数" },
    unit: "months",
    sql: "count(distinct month_age)",
  },
  {
    name: "settled_orders",
    meaning: { en: "Orders settled and never overdue", zh: "已结清且从未逾期的订单数" },
    unit: "orders",
    sql: "count(distinct (merchant_id, order_no)) filter (where settled) - count(distinct (merchant_id, order_no)) filter (where order_ever_overdue and order_settled)",
  },
  {
    name: "overdue_amount",
    meaning: { en: "Amount overdue at the newest reports", zh: "当前逾期金额" },
    unit: "yuan",
    sql: "least(coalesce(sum(coalesce(overdue_amt_fen, create_amt_fen, 0)) filter (where is_newest_of_order and overdue_cnt > 0), 0) / 100, 1000000000)",
  },
  {
    name: "payment_ratio_6",
    meaning: { en: "Paid in the last 6 months, as a share of what the months before had billed", zh: "近6个月还款额占前期账单的百分比" },
    unit: "percent",
    sql: "case when sum(create_amt_fen) filter (where month_age between 1 and 7 and next_pay_amt_fen is not null) > 0 then least(sum(next_pay_amt_fen) filter (where month_age between 1 and 7 and create_amt_fen is not null) * 100 / sum(create_amt_fen) filter (where month_age between 1 and 7 and next_pay_amt_fen is not null), 1000) end",
  },
] as const satisfies readonly Feature[];

export type FeatureName = (typeof features)[number]["name"];
