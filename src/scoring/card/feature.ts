import type { Bilingual } from "../../protocol/refusal.ts";
import type { Summary, SummaryName } from "./summary.ts";

/** The five sides of a credit file that the score is told by. */
export const dimensions = {
  history: { en: "credit history", zh: "信用历史" },
  behaviour: { en: "behaviour", zh: "行为偏好" },
  capacity: { en: "capacity to pay", zh: "履约能力" },
  identity: { en: "identity", zh: "身份特质" },
  relations: { en: "relations", zh: "人脉关系" },
} as const satisfies Record<string, Bilingual>;
export type Dimension = keyof typeof dimensions;

/** What more of a feature may do: add points, take points, or whatever the data say. */
export type Direction = "more_is_better" | "more_is_worse" | "either";

export const families = {
  overdue: { en: "late payments", zh: "逾期情况" },
  recency: { en: "time since the last late payment", zh: "距最近逾期时间" },
  length: { en: "length of the record", zh: "信用记录时长" },
  orders: { en: "orders held and settled", zh: "在贷与结清情况" },
  amount: { en: "amounts owed", zh: "账单金额" },
  payment: { en: "amounts paid", zh: "还款金额" },
  limit: { en: "credit limit and its use", zh: "授信额度与使用" },
  applications: { en: "recent applications", zh: "近期申请" },
} as const satisfies Record<string, Bilingual>;
export type Family = keyof typeof families;

/**
 * What a card may look at: an integer about a person as of a month, or null where nothing is known, which falls into a
 * bin of its own. "The last n months" are the as-of month and the n before it; of bills, payments and the use of limits
 * they are the n complete months before it. A changed meaning is a new version.
 */
export interface Feature {
  readonly name: string;
  readonly version: number;
  readonly meaning: Bilingual;
  readonly unit: "months" | "times" | "orders" | "merchants" | "yuan" | "percent" | "thousandths";
  readonly family: Family;
  readonly dimension: Dimension;
  readonly direction: Direction;
  /** When it is unknown. */
  readonly missing: string;
  readonly needs: readonly SummaryName[];
  readonly sql: string;
  readonly of: (summary: Summary) => number | null;
}

/** "Never within the window": a month beyond it. */
export const never = 25;
