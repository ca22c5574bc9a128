import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { MonthIndex } from "#kaimen/clock.ts";
import { compileCard } from "#kaimen/scoring/card/compile.ts";
import { bandOf } from "#kaimen/scoring/card/explain.ts";
import { expertCard } from "#kaimen/scoring/card/expert-card.ts";
import { bucketOfUuid } from "#kaimen/store/bucket.ts";
import type { Store } from "#kaimen/store/store.ts";
import { describeOnBothEngines, openMigrated } from "../support/engines.ts";

const asOf = (2026 * 12 + 10) as MonthIndex;

interface Order {
  /** Ages of the first and the last month reported. */
  readonly from: number;
  readonly to: number;
  /** Periods overdue at the end of the month of this age. */
  readonly late?: (age: number) => number;
  readonly lateYuan?: number;
  readonly billedYuan?: number;
  /** The share of the bill before that is paid in a month without a late payment. */
  readonly paid?: number;
  readonly limitYuan?: number;
  readonly settled?: boolean;
  readonly merchant?: number;
}
interface History {
  readonly orders: readonly Order[];
  readonly applications?: number;
  readonly refused?: number;
}

const card: Order = { from: 24, to: 1 };
const only = (order: Order, rest: Omit<History, "orders"> = {}): History => ({ orders: [order], ...rest });
const lateAt =
  (...ages: number[]) =>
  (age: number): number =>
    ages.includes(age) ? 1 : 0;
/** Periods that grow from one month on until they are paid off the month after `to`: three at the least is a default. */
const defaulted =
  (from: number, to: number) =>
  (age: number): number =>
    age <= from && age >= to ? from - age + 1 : 0;
const loan = (from: number, to: number, merchant = 2): Order => ({ from, to, merchant, settled: true });
const lenders = (count: number, from: number): Order[] =>
  Array.from({ length: count }, (_, index) => ({ from, to: 1, merchant: index + 2 }));

/** What a prudent person says of whom, best first: nobody stands above somebody better, and the bands are theirs. */
const histories: readonly (readonly [name: string, history: History, band: string])[] = [
  [
    "two years clean, four loans settled, a large limit hardly used",
    { orders: [{ ...card, limitYuan: 150_000 }, loan(23, 14), loan(18, 8, 3), loan(12, 3, 3)] },
    "excellent",
  ],
  ["two years clean, three loans settled", { orders: [card, loan(23, 14), loan(18, 8), loan(12, 3)] }, "excellent"],
  ["two years clean, one loan settled", { orders: [card, loan(18, 8)] }, "excellent"],
  [
    "a default three years ago that was settled, clean cards since",
    { orders: [card, { from: 44, to: 30, merchant: 5, settled: true, late: defaulted(39, 36) }] },
    "excellent",
  ],
  ["two years clean, a large limit hardly used", only({ ...card, limitYuan: 150_000 }), "excellent"],
  ["two years clean, one application", only(card, { applications: 1 }), "excellent"],
  ["two years clean", only(card), "excellent"],
  ["two years clean, ten yuan late a year ago", only({ ...card, late: lateAt(12), lateYuan: 10 }), "excellent"],
  [
    "two years clean, two new loans, of which one last month",
    { orders: [card, { from: 4, to: 1, merchant: 2 }, { from: 1, to: 1, merchant: 3 }] },
    "excellent",
  ],
  ["two years clean, half of each bill paid", only({ ...card, paid: 0.5 }), "excellent"],
  ["two years clean, sixteen months reported", only({ ...card, from: 16 }), "excellent"],
  ["two years clean, four applications", only(card, { applications: 4 }), "excellent"],
  ["two years clean, five lenders", { orders: [card, ...lenders(4, 20)] }, "excellent"],
  ["two years clean, one application refused", only(card, { applications: 1, refused: 1 }), "excellent"],
  ["two years clean, a twentieth of each bill paid", only({ ...card, paid: 0.05 }), "excellent"],
  ["two years clean, ten yuan late last month", only({ ...card, late: lateAt(1), lateYuan: 10 }), "excellent"],
  ["ten yuan late for three months", only({ ...card, late: defaulted(3, 1), lateYuan: 10 }), "excellent"],
  ["two years clean, eight lenders", { orders: [card, ...lenders(7, 20)] }, "excellent"],
  ["two years clean, a small limit hardly used", only({ ...card, limitYuan: 30_000 }), "excellent"],
  ["two years clean, three applications refused", only(card, { applications: 3, refused: 3 }), "very good"],
  ["one month late twenty months ago", only({ ...card, late: lateAt(20) }), "very good"],
  ["two years clean, three new loans last month", { orders: [card, ...lenders(3, 1)] }, "very good"],
  ["most of the limit in use", only({ ...card, limitYuan: 1_200 }), "very good"],
  ["one month late ten months ago", only({ ...card, late: lateAt(10) }), "very good"],
  ["nothing paid for six months, never called late", only({ ...card, paid: 0 }), "very good"],
  [
    "one month late ten months ago, fifteen months reported",
    only({ ...card, from: 15, late: lateAt(10) }),
    "very good",
  ],
  [
    "a file of eleven months, clean, two loans settled",
    { orders: [{ ...card, from: 11 }, loan(10, 5), loan(9, 3)] },
    "very good",
  ],
  [
    "a file of eleven months, clean, a large limit hardly used",
    only({ ...card, from: 11, limitYuan: 150_000 }),
    "very good",
  ],
  ["a file of eleven months, clean", only({ ...card, from: 11 }), "very good"],
  ["over the limit, each bill paid in full", only({ ...card, limitYuan: 900 }), "very good"],
  ["a file of four months, clean", only({ ...card, from: 4 }), "good"],
  [
    "one month late at the last report, a year ago; clean elsewhere",
    { orders: [card, { from: 20, to: 12, merchant: 5, late: lateAt(12) }] },
    "good",
  ],
  ["one month late five months ago", only({ ...card, late: lateAt(5) }), "good"],
  ["one month late three months ago", only({ ...card, late: lateAt(3) }), "good"],
  [
    "a default cured twenty months ago, two loans settled since",
    { orders: [{ ...card, late: defaulted(23, 21) }, loan(18, 8), loan(12, 3)] },
    "good",
  ],
  ["a default cured twenty months ago", only({ ...card, late: defaulted(23, 21) }), "fair"],
  ["a default cured twelve months ago", only({ ...card, late: defaulted(15, 13) }), "fair"],
  [
    "over the limit, nothing paid for six months, never called late",
    only({ ...card, paid: 0, limitYuan: 900 }),
    "fair",
  ],
  ["late in two months of the last six", only({ ...card, late: lateAt(2, 5) }), "fair"],
  ["one month late now, by nothing as its amount says", only({ ...card, late: lateAt(1), lateYuan: 0 }), "fair"],
  ["late in six single months of the last year", only({ ...card, late: lateAt(2, 4, 6, 8, 10, 12) }), "fair"],
  ["one month late now", only({ ...card, late: lateAt(1) }), "fair"],
  ["five thousand yuan late now", only({ ...card, billedYuan: 5_000, late: lateAt(1) }), "fair"],
  [
    "an unresolved default three years ago, clean cards since",
    { orders: [card, { from: 44, to: 36, merchant: 5, late: defaulted(39, 36) }] },
    "poor",
  ],
  [
    "a default cured twelve months ago, and one month late since",
    only({ ...card, late: (age) => defaulted(15, 13)(age) + lateAt(4)(age) }),
    "poor",
  ],
  ["one month late now, a file of eight months", only({ ...card, from: 8, late: lateAt(1) }), "poor"],
  ["two months late now", only({ ...card, late: defaulted(2, 1) }), "poor"],
  ["a default cured five months ago", only({ ...card, late: defaulted(8, 6) }), "poor"],
  [
    "late again and again, and two months late now",
    only({ ...card, late: (age) => (age <= 2 ? 3 - age : age % 2) }),
    "poor",
  ],
  ["a default cured two months ago", only({ ...card, late: defaulted(5, 3) }), "poor"],
  [
    "an unresolved default no longer reported for a year, a clean card and loans settled",
    { orders: [card, { from: 20, to: 12, merchant: 5, late: defaulted(15, 12) }, loan(12, 3)] },
    "poor",
  ],
  ["three months late now", only({ ...card, late: defaulted(3, 1) }), "poor"],
  [
    "three months late now, loans settled",
    { orders: [{ ...card, late: defaulted(3, 1) }, loan(18, 8), loan(12, 3)] },
    "poor",
  ],
  ["stopped paying eight months ago", only({ ...card, late: defaulted(8, 1) }), "poor"],
];

describeOnBothEngines("the expert card, through the SQL that scores", (engine) => {
  let store: Store;
  let close: () => Promise<void>;
  const scores = new Map<string, number | null>();

  beforeAll(async () => {
    ({ store, close } = await openMigrated(engine));
    const people = histories.map(([name, history]) => ({ name, history, personId: randomUUID() }));
    await store.query(
      "insert into merchant (merchant_id, name, created_at) select number::text, 'm', '2026-01-01Z' from generate_series(1, 9) number",
    );
    await store.query(
      `insert into person (bucket, person_id, credentials_type, credentials_no_sealed, created_at)
       select bucket, person_id, '0', ''::bytea, '2026-01-01Z' from unnest($1::smallint[], $2::uuid[]) as given(bucket, person_id)`,
      [people.map(({ personId }) => bucketOfUuid(personId)), people.map(({ personId }) => personId)],
    );
    const records = people.flatMap(({ history, personId }) =>
      recordsOf(history).map((each) => ({ bucket: bucketOfUuid(personId), person_id: personId, ...each })),
    );
    await store.query(
      `insert into feedback_record (bucket, person_id, merchant_id, record_id, name_id, template, stage, month, order_no, biz_type, order_status,
                                    settled, overdue_cnt, overdue_amt_fen, create_amt_fen, pay_amt_fen, credit_limit_fen, batch_id, fed_back_at)
       select bucket, person_id, merchant_id, gen_random_uuid(), person_id, 't', stage, month, order_no, '1', order_status,
              settled, overdue_cnt, overdue_amt_fen, create_amt_fen, pay_amt_fen, credit_limit_fen, 'b', '2026-01-01Z'
       from jsonb_to_recordset($1::jsonb) as given(bucket smallint, person_id uuid, merchant_id text, stage text, month smallint, order_no text,
              order_status text, settled boolean, overdue_cnt smallint, overdue_amt_fen bigint, create_amt_fen bigint, pay_amt_fen bigint, credit_limit_fen bigint)`,
      [JSON.stringify(records)],
    );
    await store.query(compileCard(expertCard, "people"), [
      people.map(({ personId }) => bucketOfUuid(personId)),
      people.map(({ personId }) => personId),
      asOf,
      "v",
      "2026-11-22T00:00:00Z",
    ]);
    const rows = await store.query<{ person_id: string; score: number | null }>("select person_id, score from score");
    const byPerson = new Map(rows.map(({ person_id: personId, score }) => [personId, score]));
    for (const { name, personId } of people) scores.set(name, byPerson.get(personId) ?? null);
  });
  afterAll(() => close());

  test("nobody stands above somebody whose history is better, and each is in the band of theirs", () => {
    const told = histories.map(([name]) => ({ name, score: scores.get(name) ?? 0 }));
    expect(told.map(({ score, name }) => [name, bandOf(score).en])).toEqual(
      histories.map(([name, , band]) => [name, band]),
    );
    expect(told.filter(({ score }, index) => score > (told[index - 1]?.score ?? 950))).toEqual([]);
    expect(new Set(told.map(({ name }) => name)).size).toBeGreaterThanOrEqual(50);
  });

  const clean = "two years clean";
  test.each<[better: string, worse: string, least: number, most: number]>([
    [clean, "two years clean, ten yuan late a year ago", 0, 20],
    [clean, "two years clean, ten yuan late last month", 1, 20],
    [clean, "ten yuan late for three months", 1, 20],
    ["one month late now, by nothing as its amount says", "one month late now", 0, 30],
    [clean, "two years clean, one application refused", 10, 40],
    ["two years clean, one application refused", "two years clean, three applications refused", 10, 60],
    ["two years clean, five lenders", "two years clean, eight lenders", 10, 60],
    [clean, "two years clean, three new loans last month", 40, 100],
    ["one month late three months ago", "a default cured twenty months ago", 1, 100],
    ["one month late ten months ago", "a default cured twelve months ago", 50, 200],
    ["a default cured twelve months ago", "an unresolved default three years ago, clean cards since", 50, 300],
    [clean, "an unresolved default three years ago, clean cards since", 200, 400],
    [
      "a default three years ago that was settled, clean cards since",
      "an unresolved default no longer reported for a year, a clean card and loans settled",
      250,
      600,
    ],
    [
      "nothing paid for six months, never called late",
      "over the limit, nothing paid for six months, never called late",
      50,
      200,
    ],
  ])("%s: above %s, by %i to %i points", (better, worse, least, most) => {
    const step = (scores.get(better) ?? Number.NaN) - (scores.get(worse) ?? Number.NaN);
    expect(step).toBeGreaterThanOrEqual(least);
    expect(step).toBeLessThanOrEqual(most);
  });
});

function recordsOf({ orders, applications = 0, refused = 0 }: History): object[] {
  const applied = Array.from({ length: applications }, (_, index) => ({
    merchant_id: "9",
    stage: "application",
    month: asOf - 1 - (index % 6),
    order_no: `A${index}`,
    order_status: index < refused ? "02" : "01",
    settled: false,
  }));
  return [...orders.flatMap(recordsOfOrder), ...applied];
}

function recordsOfOrder(order: Order, number: number): object[] {
  const { from, to, late = () => 0, lateYuan, billedYuan = 1_000, paid = 1, limitYuan, settled = false } = order;
  return Array.from({ length: from - to + 1 }, (_, index) => {
    const age = from - index;
    const periods = late(age);
    return {
      merchant_id: String(order.merchant ?? 1),
      stage: "performance",
      month: asOf - age,
      order_no: `O${number}`,
      order_status: "04",
      settled: settled && age === to,
      overdue_cnt: periods,
      overdue_amt_fen: periods === 0 || lateYuan === undefined ? null : lateYuan * 100,
      create_amt_fen: billedYuan * 100,
      pay_amt_fen: periods > 0 ? 0 : Math.round(billedYuan * paid * 100),
      credit_limit_fen: limitYuan === undefined ? null : limitYuan * 100,
    };
  });
}
