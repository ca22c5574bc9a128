/**
 * A person's records as of a month, boiled down to integers that merge: the parts of two halves of a file, folded
 * together, are the parts of the whole. Months are bits (bit 0 is the as-of month), so that a month in which two
 * merchants report counts once. Each part is written once, as SQL and as the same arithmetic here; a test holds them
 * against each other on both engines.
 *
 * An age is a number of months before the as-of month. An application is no repayment month: its `monthAge` is null.
 *
 * One window holds for training and scoring alike. The as-of month itself is not over: what is late in it is late and
 * counts at once, but what is billed or paid in it so far is a part of what will be, so that amounts, payments and the
 * use of limits are read from the complete months before it.
 */
export interface RecordFacts {
  readonly orderKey: string;
  readonly merchantId: string;
  readonly bizType: string;
  readonly orderStatus: string;
  readonly settled: boolean;
  /** Null on an application. */
  readonly monthAge: number | null;
  /** Null on a repayment month, and on an application without a month. */
  readonly applicationAge: number | null;
  /** As reported; what is late below the materiality threshold is judged as on time. */
  readonly overdueCnt: number | null;
  readonly createAmtFen: number | null;
  readonly overdueAmtFen: number | null;
  readonly payAmtFen: number | null;
  readonly creditLimitFen: number | null;
}

/** Nothing is read that is older: what ended five years ago never counts (征信业管理条例, article 16). */
export const oldestAge = 60;
/** Repayments of this many months before the as-of month count, besides those of the month itself. */
export const windowMonths = 24;

/** 0.7 to the power of a record's age, in thousandths: a table, so that every engine and language has the same integers. */
const decay = [1000, 700, 490, 343, 240, 168, 118, 82, 58, 40, 28, 20, 14, 10, 7, 5, 3, 2, 2, 1, 1, 1, 0, 0, 0];

/** An amount beyond this many fen (ten billion yuan) counts as this much, so that no sum leaves 64 bits. */
export const amountLimitFen = 1_000_000_000_000;
/** The newest of an order's amounts: the age and the amount in one integer, of which the largest is the newest. */
export const newestUnit = 1_099_511_627_776; // 2^40

/**
 * Less than this many fen late is not late: forgotten cents must not look like a default. The amount has to be told; where
 * only periods are, or periods beside an amount of nothing, the periods count. (Banks' rules have such thresholds too: 100 euro in the EU's, regulation 2018/171.)
 */
export const materialFen = 10_000;

/** The same for an order's periods. */
export const periodsUnit = 65_536;

type Fold = "max" | "min" | "sum" | "or";

export interface Part {
  readonly fold: Fold;
  /** The ages, both ends included, whose records count. */
  readonly ages: readonly [from: number, to: number];
  readonly sql: string;
  readonly of: (record: RecordFacts, age: number) => number | null;
}

type Value = Pick<Part, "sql" | "of">;

/**
 * An amount as it is added up: whole fen in a double, as here. Sums stay exact below 2^53, nine thousand records at the
 * limit, and cost the database a third of exact decimals. Not `least`, which gives the limit for what is unknown.
 */
const capped = (column: string): string =>
  `(case when ${column} > ${amountLimitFen} then ${amountLimitFen} else ${column} end)::float8`;
const cap = (amount: number | null): number | null => (amount === null ? null : Math.min(amount, amountLimitFen));

/** What the parts are made of, as columns over a row of feedback_record named `record`; $3 is the as-of month. */
export const recordedSql = `record.stage, record.merchant_id, record.order_no, record.biz_type, record.order_status, record.settled,
         uuid_hash_extended(record.name_id, 0) as name_hash,
         case when record.stage = 'performance' then $3::int - record.month end as month_age,
         case when record.stage = 'application' then $3::int - record.month end as application_age,
         case when record.overdue_amt_fen between 1 and ${materialFen - 1} and record.overdue_cnt > 0 then 0 else record.overdue_cnt::int end as overdue_cnt,
         record.overdue_cnt > 0 as late, record.overdue_amt_fen, record.create_amt_fen,
         ${capped("record.create_amt_fen")} as created, ${capped("record.pay_amt_fen")} as paid, ${capped("record.credit_limit_fen")} as credit`;

const periodsOf = ({ overdueCnt, overdueAmtFen }: RecordFacts): number | null =>
  overdueCnt !== null && overdueCnt > 0 && overdueAmtFen !== null && overdueAmtFen > 0 && overdueAmtFen < materialFen
    ? 0
    : overdueCnt;
const overdue: Value = { sql: "overdue_cnt", of: periodsOf };
const created: Value = { sql: "created", of: (record) => cap(record.createAmtFen) };
const paid: Value = { sql: "paid", of: (record) => cap(record.payAmtFen) };
const limit: Value = { sql: "credit", of: (record) => cap(record.creditLimitFen) };

function when(value: Value, sql: string, holds: (record: RecordFacts) => boolean): Value {
  return {
    sql: `case when ${sql} then ${value.sql} end`,
    of: (record, age) => (holds(record) ? value.of(record, age) : null),
  };
}

const bit: Value = { sql: "1 << month_age", of: (_record, age) => 1 << age };
const overdueKnown = when(bit, "overdue_cnt is not null", ({ overdueCnt }) => overdueCnt !== null);
const overdueFrom = (least: number): Value =>
  when(bit, `overdue_cnt >= ${least}`, (record) => (periodsOf(record) ?? 0) >= least);

/** What was billed where the merchant tells payments at all: one that tells none must not look like one that got none. */
const billed = when(created, "paid is not null", ({ payAmtFen }) => payAmtFen !== null);
const drawn = when(created, "credit is not null", ({ creditLimitFen }) => creditLimitFen !== null);
const limitDrawn = when(limit, "created is not null", ({ createAmtFen }) => createAmtFen !== null);
const lateAmount: Value = {
  sql: "case when late then coalesce(overdue_amt_fen, create_amt_fen, 0) else 0 end",
  of: ({ overdueCnt, overdueAmtFen, createAmtFen }) =>
    overdueCnt !== null && overdueCnt > 0 ? (overdueAmtFen ?? createAmtFen ?? 0) : 0,
};

function part(fold: Fold, value: Value, from: number, to: number): Part {
  return { fold, ages: [from, to], ...value };
}

function statusBit(...words: readonly string[]): Value {
  return when(bit, `upper(order_status) in (${words.map((word) => `'${word}'`).join(", ")})`, ({ orderStatus }) =>
    words.includes(orderStatus.toUpperCase()),
  );
}

export const parts = {
  reported: part("or", bit, 0, windowMonths),
  overdue_known: part("or", overdueKnown, 0, windowMonths),
  overdue_1: part("or", overdueFrom(1), 0, windowMonths),
  overdue_2: part("or", overdueFrom(2), 0, windowMonths),
  repaying: part("or", statusBit("04", "REPAYING"), 0, windowMonths),
  paid_in_full: part("or", statusBit("PAID", "PAID_IN_FULL"), 0, windowMonths),
  unpaid: part(
    "or",
    when(bit, "paid = 0", ({ payAmtFen }) => payAmtFen === 0),
    0,
    windowMonths,
  ),
  pay_known: part(
    "or",
    when(bit, "paid is not null", ({ payAmtFen }) => payAmtFen !== null),
    0,
    windowMonths,
  ),
  worst_1: part("max", overdue, 0, 1),
  worst_2: part("max", overdue, 0, 2),
  worst_3: part("max", overdue, 0, 3),
  worst_6: part("max", overdue, 0, 6),
  worst_12: part("max", overdue, 0, 12),
  worst_24: part("max", overdue, 0, windowMonths),
  overdue_sum_3: part("sum", overdue, 0, 3),
  overdue_sum_6: part("sum", overdue, 0, 6),
  overdue_sum_4_6: part("sum", overdue, 4, 6),
  decayed: part(
    "sum",
    {
      sql: `overdue_cnt * (array[${decay.join(",")}])[month_age + 1]`,
      of: (record, age) => {
        const periods = periodsOf(record);
        return periods === null ? null : periods * (decay[age] ?? 0);
      },
    },
    0,
    windowMonths,
  ),
  oldest: part("max", { sql: "month_age", of: (_record, age) => age }, 0, oldestAge),
  newest: part("min", { sql: "month_age", of: (_record, age) => age }, 0, oldestAge),
  amount_1: part("sum", created, 1, 1),
  amount_3: part("sum", created, 1, 3),
  amount_6: part("sum", created, 1, 6),
  amount_2_6: part("sum", created, 2, 6),
  amount_4_6: part("sum", created, 4, 6),
  amounts_3: part(
    "sum",
    when({ sql: "1", of: () => 1 }, "created is not null", ({ createAmtFen }) => createAmtFen !== null),
    1,
    3,
  ),
  amounts_6: part(
    "sum",
    when({ sql: "1", of: () => 1 }, "created is not null", ({ createAmtFen }) => createAmtFen !== null),
    1,
    6,
  ),
  amount_most_6: part("max", created, 1, 6),
  amount_late_6: part(
    "max",
    when(created, "overdue_cnt > 0", (record) => (periodsOf(record) ?? 0) > 0),
    0,
    6,
  ),
  // A payment of one month pays the statement of the month before, which is one month older.
  paid_1: part("sum", paid, 1, 1),
  billed_1: part("sum", billed, 2, 2),
  paid_3: part("sum", paid, 1, 3),
  billed_3: part("sum", billed, 2, 4),
  paid_6: part("sum", paid, 1, 6),
  paid_5: part("sum", paid, 1, 5),
  billed_5: part("sum", billed, 2, 6),
  billed_now: part("sum", billed, 1, 1),
  // One month each: what is paid_1, billed_1, drawn_1 and limits_1 of the last complete month.
  paid_at_2: part("sum", paid, 2, 2),
  paid_at_3: part("sum", paid, 3, 3),
  paid_at_4: part("sum", paid, 4, 4),
  paid_at_5: part("sum", paid, 5, 5),
  billed_at_3: part("sum", billed, 3, 3),
  billed_at_4: part("sum", billed, 4, 4),
  billed_at_5: part("sum", billed, 5, 5),
  billed_at_6: part("sum", billed, 6, 6),
  drawn_at_2: part("sum", drawn, 2, 2),
  limits_at_2: part("sum", limitDrawn, 2, 2),
  drawn_at_3: part("sum", drawn, 3, 3),
  limits_at_3: part("sum", limitDrawn, 3, 3),
  drawn_at_4: part("sum", drawn, 4, 4),
  limits_at_4: part("sum", limitDrawn, 4, 4),
  drawn_at_5: part("sum", drawn, 5, 5),
  limits_at_5: part("sum", limitDrawn, 5, 5),
  drawn_at_6: part("sum", drawn, 6, 6),
  limits_at_6: part("sum", limitDrawn, 6, 6),
  paid_least_3: part("min", paid, 1, 3),
  paid_least_6: part("min", paid, 1, 6),
  paid_most_6: part("max", paid, 1, 6),
  limit_most: part("max", limit, 0, windowMonths),
  drawn_1: part("sum", drawn, 1, 1),
  limits_1: part("sum", limitDrawn, 1, 1),
  drawn_3: part("sum", drawn, 1, 3),
  limits_3: part("sum", limitDrawn, 1, 3),
  drawn_6: part("sum", drawn, 1, 6),
  limits_6: part("sum", limitDrawn, 1, 6),
  late_amount_newest: part(
    "max",
    {
      sql: `(${windowMonths} - month_age)::bigint * ${newestUnit} + least(${lateAmount.sql}, ${newestUnit - 1})`,
      of: (record, age) =>
        (windowMonths - age) * newestUnit + Math.min(lateAmount.of(record, age) ?? 0, newestUnit - 1),
    },
    0,
    windowMonths,
  ),
  /** Of an order: the age and the periods of its newest report that tells them, however long ago that was. */
  overdue_newest: part(
    "max",
    when(
      {
        sql: `(${oldestAge} - month_age) * ${periodsUnit} + least(overdue_cnt, ${periodsUnit - 1})`,
        of: (record, age) => (oldestAge - age) * periodsUnit + Math.min(periodsOf(record) ?? 0, periodsUnit - 1),
      },
      "overdue_cnt is not null",
      ({ overdueCnt }) => overdueCnt !== null,
    ),
    0,
    oldestAge,
  ),
} as const satisfies Record<string, Part>;
export type PartName = keyof typeof parts;

/** What is counted over a person's orders, once their own parts are known. */
export const orderCounts = {
  open_orders: { sql: "count(*) filter (where reported is not null and not settled)", needs: ["reported"] },
  settled_clean: { sql: "count(*) filter (where settled and coalesce(worst_24, 0) = 0)", needs: ["worst_24"] },
  late_orders: { sql: `count(*) filter (where late_amount_newest % ${newestUnit} > 0)`, needs: ["late_amount_newest"] },
  late_amount: { sql: `sum((late_amount_newest % ${newestUnit})::float8)::bigint`, needs: ["late_amount_newest"] },
  merchants: { sql: "count(distinct merchant_id) filter (where reported is not null)", needs: ["reported"] },
  industries: { sql: "count(distinct biz_type) filter (where reported is not null)", needs: ["reported"] },
  unresolved: {
    sql: `max(case when not settled then overdue_newest % ${periodsUnit} end)::bigint`,
    needs: ["overdue_newest"],
  },
  new_orders_1: { sql: "count(*) filter (where oldest <= 1)", needs: ["oldest"] },
  applications_6: { sql: "sum(applications_6)::bigint", needs: [] },
  refused_6: { sql: "sum(refused_6)::bigint", needs: [] },
} as const satisfies Record<string, { sql: string; needs: readonly PartName[] }>;
export type OrderCountName = keyof typeof orderCounts;

export type SummaryName = PartName | OrderCountName;
export type Summary = Readonly<Record<SummaryName, number | null>>;

/** An order's parts, and what only an order has. */
export interface OrderSummary {
  readonly parts: Readonly<Record<PartName, number | null>>;
  readonly merchantId: string;
  readonly bizType: string;
  readonly settled: boolean;
  readonly applications6: number;
  readonly refused6: number;
}

/** A part of a person, from the records or from the same part of the orders; eight bytes, or four of month bits. */
export function foldSql(fold: Fold, value: string, filter = ""): string {
  if (fold === "or") return `bit_or(${value})${filter}`;
  return `(${fold}(${value})${filter})::bigint`;
}

/** The part of an order: a sum may be a double still, which `foldSql` makes whole. */
export function orderPartSql({ fold, ages, sql }: Part): string {
  return `${fold === "or" ? "bit_or" : fold}(${sql})${filterSql(ages)}`;
}

/** The part of a person whose orders need not be told apart. */
export function personPartSql({ fold, ages, sql }: Part): string {
  return foldSql(fold, sql, filterSql(ages));
}

export function mergedPartSql({ fold }: Part, name: PartName): string {
  return foldSql(fold, fold === "sum" ? `${name}::float8` : name);
}

/** What is read has an age of 0 to `oldestAge`, or none: a comparison that says no more is left out. */
function filterSql([from, to]: Part["ages"]): string {
  if (from === to) return ` filter (where month_age = ${to})`;
  if (from === 0) return to === oldestAge ? "" : ` filter (where month_age <= ${to})`;
  return ` filter (where month_age between ${from} and ${to})`;
}

const refusedWords = ["02", "4", "REFUSED", "REJECTED"];
const recentSql = "application_age between 0 and 6";

/** What is counted over applications, at once or order by order: those of this month or of the last six. */
export const applicationCounts = {
  applications_6: `count(*) filter (where ${recentSql})`,
  refused_6: `count(*) filter (where ${recentSql} and upper(order_status) in (${refusedWords.map((word) => `'${word}'`).join(", ")}))`,
} as const satisfies Partial<Record<OrderCountName, string>>;

export function summariseOrder(records: readonly RecordFacts[]): OrderSummary {
  const [first] = records;
  if (first === undefined) throw new Error("an order has a record");
  const recent = records.filter(
    ({ applicationAge }) => applicationAge !== null && applicationAge >= 0 && applicationAge <= 6,
  );
  return {
    parts: mapParts((_name, each) =>
      records.reduce<number | null>((folded, record) => foldValues(each.fold, folded, valueOf(each, record)), null),
    ),
    merchantId: first.merchantId,
    bizType: records.reduce((least, { bizType }) => (bizType < least ? bizType : least), first.bizType),
    settled: records.some(({ settled }) => settled),
    applications6: recent.length,
    refused6: recent.filter(({ orderStatus }) => refusedWords.includes(orderStatus.toUpperCase())).length,
  };
}

/** Two summaries of different records of one order: the summary of both together. */
export function mergeOrders(left: OrderSummary, right: OrderSummary): OrderSummary {
  return {
    parts: mapParts((name, { fold }) => foldValues(fold, left.parts[name], right.parts[name])),
    merchantId: left.merchantId,
    bizType: left.bizType < right.bizType ? left.bizType : right.bizType,
    settled: left.settled || right.settled,
    applications6: left.applications6 + right.applications6,
    refused6: left.refused6 + right.refused6,
  };
}

export function summarisePerson(orders: readonly OrderSummary[]): Summary {
  const reported = orders.filter((order) => order.parts.reported !== null);
  const late = orders.flatMap(({ parts: { late_amount_newest: newest } }) =>
    newest === null ? [] : [newest % newestUnit],
  );
  const unresolved = orders.flatMap(({ settled, parts: { overdue_newest: newest } }) =>
    settled || newest === null ? [] : [newest % periodsUnit],
  );
  return {
    ...mapParts((name, { fold }) =>
      orders.reduce<number | null>((folded, order) => foldValues(fold, folded, order.parts[name]), null),
    ),
    open_orders: reported.filter(({ settled }) => !settled).length,
    settled_clean: orders.filter((order) => order.settled && (order.parts.worst_24 ?? 0) === 0).length,
    late_orders: late.filter((amount) => amount > 0).length,
    late_amount: late.length === 0 ? null : late.reduce((sum, amount) => sum + amount, 0),
    merchants: new Set(reported.map(({ merchantId }) => merchantId)).size,
    industries: new Set(reported.map(({ bizType }) => bizType)).size,
    unresolved: unresolved.length === 0 ? null : Math.max(...unresolved),
    new_orders_1: orders.filter(({ parts: { oldest } }) => oldest !== null && oldest <= 1).length,
    applications_6: orders.reduce((sum, { applications6 }) => sum + applications6, 0),
    refused_6: orders.reduce((sum, { refused6 }) => sum + refused6, 0),
  };
}

export function summarise(records: readonly RecordFacts[]): Summary {
  const orders = new Map<string, RecordFacts[]>();
  for (const record of records) orders.set(record.orderKey, [...(orders.get(record.orderKey) ?? []), record]);
  return summarisePerson([...orders.values()].map(summariseOrder));
}

function mapParts(make: (name: PartName, each: Part) => number | null): Record<PartName, number | null> {
  const made = Object.entries(parts).map(([name, each]) => [name, make(name as PartName, each)]); // The table's own names.
  return Object.fromEntries(made) as Record<PartName, number | null>; // One for each of them.
}

function valueOf({ ages: [from, to], of }: Part, record: RecordFacts): number | null {
  const { monthAge } = record;
  return monthAge === null || monthAge < from || monthAge > to ? null : of(record, monthAge);
}

function foldValues(fold: Fold, left: number | null, right: number | null): number | null {
  if (left === null) return right;
  if (right === null) return left;
  if (fold === "or") return left | right;
  if (fold === "sum") return left + right;
  return fold === "max" ? Math.max(left, right) : Math.min(left, right);
}
