import { afterAll, beforeAll, expect, it } from "vitest";
import { instantOfBeijingTime } from "#kaimen/clock.ts";
import { openFeedbackTurns } from "#kaimen/feedback/batches/turns.ts";
import { openFeedbackReaders } from "#kaimen/feedback/reading/readers.ts";
import { type FeedbackDesk, receiveFeedback } from "#kaimen/feedback/receive.ts";
import { deleteExpired } from "#kaimen/feedback/storing/retention.ts";
import { createVault } from "#kaimen/keys/vault.ts";
import type { App, FeedbackPolicy } from "#kaimen/merchants/app.ts";
import type { Store } from "#kaimen/store/store.ts";
import { describeOnBothEngines, openMigrated } from "../support/engines.ts";
import { documentColumns, fileOf, type FeedbackRow, recordOf, testPerson } from "../support/feedback-data.ts";

const vault = createVault({ sealing: Buffer.alloc(32, 1), lookup: Buffer.alloc(32, 2) });
const person = testPerson(1);
const settledFirst = "订单已结清，不能再变为履约中或逾期";
const abandonedFirst = "订单已被用户放弃";
const notThere = "没有找到要更正的记录";

describeOnBothEngines("what was fed back", (engine) => {
  let store: Store;
  let desk: FeedbackDesk;
  let close: () => Promise<void>;
  const clock = { now: () => instantOfBeijingTime("2026-11-22 12:00:00") };
  const readers = openFeedbackReaders(vault);
  let merchants = 0;

  beforeAll(async () => {
    ({ store, close } = await openMigrated(engine));
    desk = {
      store,
      vault,
      clock,
      config: { mode: "sandbox", refusedDays: 7 },
      feedbackReaders: readers,
      feedbackTurns: openFeedbackTurns(10),
    };
  });
  afterAll(async () => {
    await readers.close();
    await close();
  });

  const newMerchant = (): string => `M${(merchants += 1)}`;
  interface Sent {
    readonly merchantId: string;
    readonly template: "loan" | "scene" | "rental";
    readonly rows: readonly FeedbackRow[];
    readonly key?: string;
    readonly policy?: FeedbackPolicy;
    readonly mode?: "sandbox" | "production";
    /** How many records the sender says there are; as many as there are when left out. */
    readonly records?: string;
  }
  /** What became of a file: its counts as new/changed/same, or why it was refused. */
  async function send({
    merchantId,
    template,
    rows,
    key,
    policy = "whole_file",
    mode = "sandbox",
    records = String(rows.length),
  }: Sent): Promise<string> {
    const app = { appId: "app", template, feedbackPolicy: policy } as unknown as App; // All that feedback looks at.
    const keys = { loan: "order_no,pay_month", scene: "order_no,installment_due_date", rental: "order_no,bill_no" };
    const upload = {
      fileCharset: "UTF-8",
      columns: template === "loan" ? documentColumns : Object.keys(rows[0] ?? {}).join(","),
      primaryKeyColumns: key ?? keys[template],
      records,
      file: { filename: "a.json", content: Buffer.from(fileOf(rows)) },
      fileDescription: undefined,
    };
    const outcome = await receiveFeedback({ ...desk, config: { ...desk.config, mode } }, { app, merchantId }, upload);
    if ("refusal" in outcome) return outcome.detail;
    const { newRecords, changedRecords, sameRecords } = outcome.counts;
    return `${newRecords}/${changedRecords}/${sameRecords}`;
  }

  const scene = (changes: FeedbackRow = {}): FeedbackRow => ({
    biz_date: "2026-05-10",
    user_credentials_type: "0",
    user_credentials_no: person.credentialsNo,
    user_name: person.name,
    order_no: "O",
    scene_type: "1",
    scene_status: "0",
    create_amt: "100",
    installment_due_date: "2026-05-20",
    overdue_amt: "",
    gmt_ovd_date: "",
    rectify_flag: "0",
    ...changes,
  });
  const loan = (month: string, changes: FeedbackRow = {}): FeedbackRow =>
    recordOf(person, month, { order_no: "O", ...changes });
  const late = { overdue_cnt: "1", gmt_ovd_date: "2026-01-01" };
  const other = { installment_due_date: "2026-06-20" };
  const inDefault = { scene_status: "1", overdue_amt: "5", gmt_ovd_date: "2026-05-01" };

  /** First one file, then another: of one merchant, and of one order where nothing else is said. */
  const following: readonly [
    what: string,
    template: "loan" | "scene",
    first: FeedbackRow,
    second: FeedbackRow,
    expected: string,
  ][] = [
    [
      "settled, then performing the day after",
      "scene",
      scene({ scene_status: "2" }),
      scene({ biz_date: "2026-05-11", ...other }),
      settledFirst,
    ],
    [
      "settled, then performing on the same day",
      "scene",
      scene({ scene_status: "2" }),
      scene({ ...other }),
      settledFirst,
    ],
    [
      "settled, then performing the day before, which came late",
      "scene",
      scene({ scene_status: "2" }),
      scene({ biz_date: "2026-05-09", ...other }),
      "1/0/0",
    ],
    [
      "settled, then the very record performing",
      "scene",
      scene({ scene_status: "2" }),
      scene({ biz_date: "2026-05-09" }),
      settledFirst,
    ],
    [
      "settled, then in default",
      "scene",
      scene({ scene_status: "2" }),
      scene({ biz_date: "2026-06-10", ...other, ...inDefault }),
      settledFirst,
    ],
    [
      "settled, then settled again",
      "scene",
      scene({ scene_status: "2" }),
      scene({ biz_date: "2026-05-11", scene_status: "2", ...other }),
      "1/0/0",
    ],
    [
      "settled, then another order performing",
      "scene",
      scene({ scene_status: "2" }),
      scene({ biz_date: "2026-05-11", order_no: "P" }),
      "1/0/0",
    ],
    [
      "settled, then another kind of business under that number",
      "scene",
      scene({ scene_status: "2" }),
      scene({ biz_date: "2026-05-11", scene_type: "2", ...other }),
      "1/0/0",
    ],
    [
      "settled, then an application",
      "scene",
      scene({ scene_status: "2" }),
      scene({ biz_date: "2026-05-11", scene_status: "5", ...other }),
      "1/0/0",
    ],
    [
      "performing, then settled",
      "scene",
      scene(),
      scene({ biz_date: "2026-05-11", scene_status: "2", ...other }),
      "1/0/0",
    ],
    [
      "abandoned, then performing",
      "scene",
      scene({ scene_status: "3" }),
      scene({ biz_date: "2026-05-11", ...other }),
      abandonedFirst,
    ],
    [
      "abandoned, then in default",
      "scene",
      scene({ scene_status: "3" }),
      scene({ biz_date: "2026-06-11", ...other, ...inDefault }),
      abandonedFirst,
    ],
    [
      "abandoned, then settled",
      "scene",
      scene({ scene_status: "3" }),
      scene({ biz_date: "2026-05-11", scene_status: "2", ...other }),
      abandonedFirst,
    ],
    [
      "abandoned, then abandoned again",
      "scene",
      scene({ scene_status: "3" }),
      scene({ biz_date: "2026-05-11", scene_status: "3", ...other }),
      "1/0/0",
    ],
    [
      "refused, then performing",
      "scene",
      scene({ scene_status: "4" }),
      scene({ biz_date: "2026-05-11", ...other }),
      "1/0/0",
    ],
    [
      "settled, then late the month after",
      "loan",
      loan("2026-05", { order_status: "SETTLED" }),
      loan("2026-06", late),
      settledFirst,
    ],
    [
      "settled, then late in the same month",
      "loan",
      loan("2026-05", { order_status: "SETTLED" }),
      loan("2026-05", late),
      settledFirst,
    ],
    [
      "settled, then late the month before, which came late",
      "loan",
      loan("2026-05", { order_status: "SETTLED" }),
      loan("2026-04", late),
      "1/0/0",
    ],
    [
      "settled, then paid the month after",
      "loan",
      loan("2026-05", { order_status: "SETTLED" }),
      loan("2026-06"),
      "1/0/0",
    ],
    [
      "settled late, then late and settled again",
      "loan",
      loan("2026-05", { order_status: "SETTLED", ...late }),
      loan("2026-06", { order_status: "SETTLED", ...late }),
      "1/0/0",
    ],
    ["late, then settled", "loan", loan("2026-05", late), loan("2026-06", { order_status: "SETTLED" }), "1/0/0"],
  ];

  it.each(following)("%s", async (_, template, first, second, expected) => {
    const merchantId = newMerchant();
    expect(await send({ merchantId, template, rows: [first] })).toBe("1/0/0");
    expect(await send({ merchantId, template, rows: [second] })).toContain(expected);
    // Another merchant's order of that number is another order.
    expect(await send({ merchantId: newMerchant(), template, rows: [second] })).toBe("1/0/0");
  });

  it.each(
    following.filter(
      ([, , first, second, expected]) =>
        expected !== "1/0/0" &&
        JSON.stringify([first["order_no"], first["installment_due_date"], first["pay_month"]]) !==
          JSON.stringify([second["order_no"], second["installment_due_date"], second["pay_month"]]),
    ),
  )("in one file: %s, in either order of its records", async (_, template, first, second, expected) => {
    expect(await send({ merchantId: newMerchant(), template, rows: [first, second] })).toContain(
      `第2条记录${template === "scene" ? "scene_status" : "order_status"}${expected}`,
    );
    expect(await send({ merchantId: newMerchant(), template, rows: [second, first] })).toContain(
      `第1条记录${template === "scene" ? "scene_status" : "order_status"}${expected}`,
    );
  });

  it.each(
    following.filter(
      ([, template, first, second, expected]) =>
        expected !== "1/0/0" &&
        template === "scene" &&
        first["installment_due_date"] !== second["installment_due_date"],
    ),
  )(
    "in one file of an order that was known before: %s, in either order of its records",
    async (_, template, first, second, expected) => {
      for (const rows of [
        [first, second],
        [second, first],
      ]) {
        const merchantId = newMerchant();
        await send({
          merchantId,
          template,
          rows: [scene({ biz_date: "2026-01-01", scene_status: "6", installment_due_date: "2026-01-20" })],
        });
        expect(await send({ merchantId, template, rows })).toContain(
          `第${rows.indexOf(second) + 1}条记录scene_status${expected}`,
        );
      }
    },
  );

  it("settled, then late in another record of the same month", async () => {
    const merchantId = newMerchant();
    const key = "order_no,pay_month,overdue_cnt";
    expect(
      await send({ merchantId, template: "loan", rows: [loan("2026-05", { order_status: "SETTLED" })], key }),
    ).toBe("1/0/0");
    expect(await send({ merchantId, template: "loan", rows: [loan("2026-05", late)], key })).toContain(settledFirst);
  });

  const correct = (flag: "1" | "2" | "3", changes: FeedbackRow = {}): FeedbackRow =>
    scene({ rectify_flag: flag, ...(flag === "3" ? { create_amt: "7" } : { scene_status: "" }), ...changes });
  it.each<[what: string, correction: FeedbackRow, expected: string]>([
    ["deletes its record", correct("2"), "0/1/0"],
    ["modifies its record", correct("3"), "0/1/0"],
    ["deletes the history up to its day", correct("1"), "0/1/0"],
    ["deletes the history up to a later day", correct("1", { biz_date: "2026-05-11" }), "0/1/0"],
    ["up to an earlier day finds nothing", correct("1", { biz_date: "2026-05-09" }), notThere],
    ["of another day finds nothing", correct("2", { biz_date: "2026-05-11" }), notThere],
    ["of another instalment finds nothing", correct("2", { installment_due_date: "2026-06-20" }), notThere],
    ["of another kind of business finds nothing", correct("2", { scene_type: "2" }), notThere],
    ["of another order finds nothing", correct("2", { order_no: "P" }), notThere],
    ["of another person finds nothing", correct("2", { user_credentials_no: testPerson(2).credentialsNo }), notThere],
    ["that modifies another day finds nothing", correct("3", { biz_date: "2026-05-11" }), notThere],
    ["that modifies another instalment finds nothing", correct("3", { installment_due_date: "2026-06-20" }), notThere],
  ])("a correction %s", async (_, correction, expected) => {
    const merchantId = newMerchant();
    const stored = async (): Promise<number> =>
      (await store.query("select from feedback_record where merchant_id = $1", [merchantId])).length;
    expect(await send({ merchantId, template: "scene", rows: [correction] })).toContain(notThere);
    const bystander = newMerchant();
    await send({ merchantId: bystander, template: "scene", rows: [scene()] });
    expect(await send({ merchantId, template: "scene", rows: [correction] })).toContain(notThere);
    await send({ merchantId, template: "scene", rows: [scene()] });
    expect(await send({ merchantId, template: "scene", rows: [correction] })).toContain(expected);
    const isDeleted = expected !== notThere && correction["rectify_flag"] !== "3";
    expect(await stored()).toBe(isDeleted ? 0 : 1);
    expect(await store.query("select create_amt_fen from feedback_record where merchant_id = $1", [bystander])).toEqual(
      [{ create_amt_fen: 10_000 }],
    );
  });

  const rental = (changes: FeedbackRow = {}): FeedbackRow => ({
    biz_date: "2026-05-10",
    user_credentials_type: "0",
    user_credentials_no: person.credentialsNo,
    user_name: person.name,
    order_no: "R",
    bill_no: "B1",
    bill_type: "100",
    bill_amt: "10",
    bill_status: "1",
    bill_payoff_date: "",
    bill_type_ovd_amt: "10",
    bill_type_ovd_date: "2026-04-10",
    ...changes,
  });
  const ends = (merchantId: string) =>
    store.query("select adverse, ended_on from feedback_record where merchant_id = $1", [merchantId]);

  it("a changed end of what tells against somebody is noticed, though nothing else has changed", async () => {
    const merchantId = newMerchant();
    const give = (end: string) => send({ merchantId, template: "rental", rows: [rental({ bill_payoff_date: end })] });
    expect(await give("2026-05-01")).toBe("1/0/0");
    expect(await give("2026-05-02")).toBe("0/1/0");
    expect(await ends(merchantId)).toEqual([{ adverse: true, ended_on: "2026-05-02" }]);
    expect(await give("2026-05-02 12:00:00")).toBe("0/0/1");
    expect(await give("2026-04-30")).toBe("0/1/0");
    expect(await ends(merchantId)).toEqual([{ adverse: true, ended_on: "2026-04-30" }]);
    // Beside a record that is new, it is judged by another statement.
    expect(
      await send({
        merchantId,
        template: "rental",
        rows: [rental({ bill_payoff_date: "2026-05-05" }), rental({ bill_no: "B2" })],
      }),
    ).toBe("1/1/0");
    // Left out, the day stays that the law counts from.
    expect(await give("")).toBe("0/0/1");
    expect((await ends(merchantId)).map((each) => each["ended_on"])).toContain("2026-05-05");
    // And when something else has changed.
    expect(
      await send({ merchantId, template: "rental", rows: [rental({ bill_payoff_date: "", bill_amt: "11" })] }),
    ).toBe("0/1/0");
    expect((await ends(merchantId)).map((each) => each["ended_on"])).toContain("2026-05-05");
    // What tells against nobody any more has no such day.
    expect(
      await send({
        merchantId,
        template: "rental",
        rows: [rental({ bill_status: "2", bill_type_ovd_amt: "", bill_type_ovd_date: "" })],
      }),
    ).toBe("0/1/0");
    expect(await ends(merchantId)).toContainEqual({ adverse: false, ended_on: null });
  });

  it("what does not tell against anybody is kept, though it has ended", async () => {
    const merchantId = newMerchant();
    await send({
      merchantId,
      template: "rental",
      rows: [
        rental({ bill_status: "2", bill_type_ovd_amt: "", bill_type_ovd_date: "", bill_payoff_date: "2015-05-01" }),
      ],
    });
    await send({ merchantId, template: "rental", rows: [rental({ order_no: "Q", bill_payoff_date: "2015-05-01" })] });
    expect(await deleteExpired(store, clock, 5)).toEqual({ records: 1, people: 1 });
    expect(await ends(merchantId)).toEqual([{ adverse: false, ended_on: "2015-05-01" }]);
  });

  const scored = async (): Promise<unknown[]> =>
    (await store.query("delete from rescore_mark returning person_id")).map((row) => row["person_id"]);
  const idOf = (each: { credentialsNo: string }): string => vault.lookupId("person", `0\0${each.credentialsNo}`);

  it("an order that comes back under another person moves whole, and both are scored anew", async () => {
    const merchantId = newMerchant();
    const right = testPerson(3);
    await send({ merchantId, template: "loan", rows: [loan("2026-04"), loan("2026-05")] });
    await scored();
    expect(
      await send({
        merchantId,
        template: "loan",
        rows: [{ ...loan("2026-06"), user_name: right.name, user_credentials_no: right.credentialsNo }],
      }),
    ).toBe("1/0/0");
    expect((await scored()).toSorted()).toEqual([idOf(person), idOf(right)].toSorted());
    const owners = await store.query(
      "select person_id, count(*) as records from feedback_record where merchant_id = $1 group by 1",
      [merchantId],
    );
    expect(owners).toEqual([{ person_id: idOf(right), records: 3 }]);
  });

  it("a name that is corrected in one record of an order is so in all of them, and the person is scored anew", async () => {
    const merchantId = newMerchant();
    await send({ merchantId, template: "loan", rows: [loan("2026-04"), loan("2026-05")] });
    await scored();
    expect(await send({ merchantId, template: "loan", rows: [{ ...loan("2026-05"), user_name: "改名" }] })).toMatch(
      /^0\/[01]\/[01]$/,
    );
    expect(await scored()).toEqual([idOf(person)]);
    expect(
      await store.query("select distinct name_id from feedback_record where merchant_id = $1", [merchantId]),
    ).toEqual([{ name_id: vault.lookupId("name", "改名") }]);
  });

  it("is the same file only under the same primary key", async () => {
    const merchantId = newMerchant();
    const rows = [loan("2026-04")];
    expect(await send({ merchantId, template: "loan", rows })).toBe("1/0/0");
    expect(await send({ merchantId, template: "loan", rows })).toBe("0/0/1");
    expect(await send({ merchantId, template: "loan", rows, key: "order_no" })).toBe("1/0/0");
  });

  it.each<[FeedbackPolicy, string, number]>([
    ["whole_file", "第2条记录create_amt(x)", 0],
    ["accept_valid", "2/0/0", 2],
  ])("of a file with one bad record, by the policy %s: %s", async (policy, expected, kept) => {
    const merchantId = newMerchant();
    const rows = [loan("2026-04"), loan("2026-05", { create_amt: "x" }), loan("2026-06")];
    expect(await send({ merchantId, template: "loan", rows, policy })).toContain(expected);
    expect(await store.query("select month from feedback_record where merchant_id = $1", [merchantId])).toHaveLength(
      kept,
    );
    expect(
      await store.query("select records, records_bad from feedback_batch where merchant_id = $1", [merchantId]),
    ).toEqual([{ records: 3, records_bad: 1 }]);
  });

  it("by the policy accept_valid a record that may not follow is left out, and a file of nothing but bad ones refused", async () => {
    const merchantId = newMerchant();
    await send({ merchantId, template: "loan", rows: [loan("2026-05", { order_status: "SETTLED" })] });
    expect(
      await send({
        merchantId,
        template: "loan",
        rows: [loan("2026-06", late), loan("2026-06", { order_no: "P" })],
        policy: "accept_valid",
      }),
    ).toBe("1/0/0");
    expect(
      await send({ merchantId, template: "loan", rows: [loan("2026-07", late)], policy: "accept_valid" }),
    ).toContain(settledFirst);
    expect(await store.query("select from feedback_record where merchant_id = $1", [merchantId])).toHaveLength(2);
  });

  it.each(["0", "1", "3", "20"])("of two records is refused when %s are announced", async (records) => {
    const merchantId = newMerchant();
    expect(await send({ merchantId, template: "loan", rows: [loan("2026-04"), loan("2026-05")], records })).toBe(
      `records为${records}，文件中有2条记录`,
    );
    expect(await store.query("select from feedback_record where merchant_id = $1", [merchantId])).toEqual([]);
  });

  it("in production nobody of region 99 is taken", async () => {
    expect(
      await send({ merchantId: newMerchant(), template: "loan", rows: [loan("2026-04")], mode: "production" }),
    ).toContain("地区代码99只用于测试数据");
  });

  it.each([
    "religion",
    "religious_belief",
    "faith",
    "gene",
    "genetic_data",
    "dna",
    "fingerprint",
    "blood_type",
    "illness",
    "disease_history",
    "medical_record",
    "宗教",
    "信仰",
    "基因",
    "指纹",
    "血型",
    "疾病",
    "病史",
  ])("what the law forbids to collect is not: %s", async (column) => {
    expect(await send({ merchantId: newMerchant(), template: "scene", rows: [scene({ [column]: "x" })] })).toContain(
      `columns中的${column}属于法律禁止采集的信息`,
    );
  });
});
