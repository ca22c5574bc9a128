import { afterAll, beforeAll, expect, it } from "vitest";
import { type Instant, instantOfBeijingTime, instantToText } from "#kaimen/clock.ts";
import { addAdjustment, ledgerTotals } from "#kaimen/ledger/ledger.ts";
import { findStatement, issueStatement, type Statement, statementCsv, yuan } from "#kaimen/ledger/statement.ts";
import { bucketOf } from "#kaimen/store/bucket.ts";
import type { Store } from "#kaimen/store/store.ts";
import { describeOnBothEngines, openMigrated } from "../support/engines.ts";

const day = "2026-03-15";
const own = "2088000000000018";
const other = "2088000000000026";

describeOnBothEngines("a day's statement", (engine) => {
  let store: Store;
  let close: () => Promise<void>;
  let time = `${day} 12:00:00`;
  const clock = { now: (): Instant => instantOfBeijingTime(time) };
  let lines = 0;

  beforeAll(async () => {
    ({ store, close } = await openMigrated(engine));
    await store.query(
      "insert into merchant (merchant_id, name, created_at) values ($1, 'own', '2026-01-01Z'), ($2, 'other', '2026-01-01Z')",
      [own, other],
    );
    for (const [at] of times) await addInquiry(own, at);
    await addInquiry(other, `${day} 10:00:00`, { fen: 700 });
  });
  afterAll(() => close());

  async function addInquiry(
    merchantId: string,
    at: string,
    { fen = 40, because = null }: { fen?: number; because?: string | null } = {},
  ): Promise<string> {
    lines += 1;
    const bizNo = `ZM${at.slice(0, 10).replaceAll("-", "")}${at.slice(11, 19).replaceAll(":", "")}${String(lines).padStart(16, "0")}`;
    await store.query(
      `insert into inquiry (bucket, merchant_id, transaction_id, product_code, biz_no, app_id, user_id, person_bucket, person_id, authorisation_id, purpose, state, billed_fen, unbilled_because, accepted_at)
       values ($1, $2, $3, 'w', $4, 'app', 'u', 0, gen_random_uuid(), gen_random_uuid(), 'p', 'answered', $5, $6, $7)`,
      [
        bucketOf(merchantId, `T${lines}`),
        merchantId,
        `T${lines}`,
        bizNo,
        fen,
        because,
        instantToText((instantOfBeijingTime(at.slice(0, 19)) + Number(at.slice(20).padEnd(6, "0"))) as Instant),
      ],
    );
    return bizNo;
  }

  /** Beijing's time of each inquiry, and whether it is of the day. */
  const times: readonly [at: string, isOfDay: boolean][] = [
    ["2026-03-14 07:59:59", false],
    ["2026-03-14 08:00:00", false],
    ["2026-03-14 23:30:00", false],
    ["2026-03-14 23:59:59.999999", false],
    ["2026-03-15 00:00:00", true],
    ["2026-03-15 00:30:00", true],
    ["2026-03-15 01:00:00", true],
    ["2026-03-15 07:59:59.999999", true],
    ["2026-03-15 08:00:00", true],
    ["2026-03-15 12:00:00", true],
    ["2026-03-15 23:30:00", true],
    ["2026-03-15 23:59:59.999999", true],
    ["2026-03-16 00:00:00", false],
    ["2026-03-16 00:30:00", false],
    ["2026-03-16 07:59:59", false],
    ["2026-03-16 08:00:00", false],
  ];

  const textOf = async (statement: Statement): Promise<string> => {
    let text = "";
    for await (const piece of statementCsv(store, statement)) text += piece;
    return text;
  };
  const timesIn = (text: string): string[] =>
    text
      .split("\n")
      .filter((line) => line.startsWith("ZM"))
      .map((line) => line.split(",")[5] ?? "");

  it.each([`${day} 23:59:59`, "2026-03-16 00:00:00", "2026-03-16 00:09:59"])("is not to be had at %s", async (at) => {
    time = at;
    await expect(issueStatement(store, clock, own, day)).rejects.toThrow("2026-03-16 00:10:00");
    expect(await findStatement(store, own, day)).toBe(undefined);
  });

  it("has the inquiries of Beijing's day, each once, in order, and no other merchant's", async () => {
    time = "2026-03-16 00:10:00";
    const statement = await issueStatement(store, clock, own, day);
    const expected = times.filter(([, isOfDay]) => isOfDay).map(([at]) => at.slice(0, 19));
    expect(timesIn(await textOf(statement))).toEqual(expected);
    expect(statement).toMatchObject({
      inquiries: expected.length,
      billedInquiries: expected.length,
      adjustments: 0,
      amountFen: 40 * expected.length,
    });
    const others = await issueStatement(store, clock, other, day);
    expect([others.inquiries, others.amountFen]).toEqual([1, 700]);
  });

  it("counts apart what was billed and what was not, and tells why it was not", async () => {
    await addInquiry(own, "2026-03-17 10:00:00", { fen: 5 });
    for (const because of ["na", "free", "closed"]) await addInquiry(own, "2026-03-17 11:00:00", { fen: 0, because });
    time = "2026-03-18 12:00:00";
    const statement = await issueStatement(store, clock, own, "2026-03-17");
    expect(statement).toMatchObject({ inquiries: 4, billedInquiries: 1, amountFen: 5 });
    const text = await textOf(statement);
    expect(text).toContain("# inquiries,4\n# billed_inquiries,1\n# adjustments,0\n# amount_yuan,0.05\n");
    expect(
      text
        .split("\n")
        .filter((line) => line.startsWith("ZM"))
        .map((line) => line.split(",").slice(6, 8).join(" "))
        .toSorted(),
    ).toEqual(["0.00 closed", "0.00 free", "0.00 na", "0.05 "]);
  });

  it("has a correction of the day it was made, of the merchant's own inquiry alone, its reason as it was written", async () => {
    const bizNo = await addInquiry(own, "2026-03-19 10:00:00");
    time = "2026-03-20 23:30:00";
    const corrected = { merchantId: own, bizNo, amountFen: -40, reason: 'agreed by "phone", once', madeBy: "operator" };
    expect(await addAdjustment(store, clock, { ...corrected, merchantId: other })).toBe(undefined);
    expect(await addAdjustment(store, clock, corrected)).toMatch(/^AD20260320/);
    time = "2026-03-21 12:00:00";
    expect(await issueStatement(store, clock, other, "2026-03-20")).toMatchObject({ adjustments: 0, amountFen: 0 });
    const statement = await issueStatement(store, clock, own, "2026-03-20");
    expect(statement).toMatchObject({ inquiries: 0, adjustments: 1, amountFen: -40 });
    expect(await textOf(statement)).toMatch(/,"AD20260320\d{22} agreed by ""phone"", once"\n/);
  });

  it("and the ledger's totals agree, merchant by merchant", async () => {
    const until = instantOfBeijingTime("2026-12-31 00:00:00");
    expect(await ledgerTotals(store, own, until)).toMatchObject({
      adjustments: 1,
      amountFen: 40 * times.length + 5 + 40 - 40,
    });
    expect(await ledgerTotals(store, other, until)).toEqual({
      inquiries: 1,
      billedInquiries: 1,
      adjustments: 0,
      amountFen: 700,
    });
  });
});

it.each([
  [0, "0.00"],
  [1, "0.01"],
  [5, "0.05"],
  [10, "0.10"],
  [99, "0.99"],
  [100, "1.00"],
  [-5, "-0.05"],
  [-140, "-1.40"],
  [123_456_789, "1234567.89"],
])("%i fen are %s yuan", (fen, expected) => {
  expect(yuan(fen)).toBe(expected);
});
