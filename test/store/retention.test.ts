import { afterAll, beforeAll, expect, test } from "vitest";
import { instantOfBeijingTime, monthIndexOf, systemClock } from "#kaimen/clock.ts";
import { openFeedbackTurns } from "#kaimen/feedback/batches/turns.ts";
import { openFeedbackReaders } from "#kaimen/feedback/reading/readers.ts";
import { type FeedbackDesk, receiveFeedback } from "#kaimen/feedback/receive.ts";
import { deleteExpired, startRetentionClocks, startRetentionJob } from "#kaimen/feedback/storing/retention.ts";
import { createVault } from "#kaimen/keys/vault.ts";
import type { App } from "#kaimen/merchants/app.ts";
import type { Store } from "#kaimen/store/store.ts";
import { openJobs } from "#kaimen/job.ts";
import { describeOnBothEngines, openMigrated } from "../support/engines.ts";
import { documentColumns, fileOf, type FeedbackRow, recordOf, testPerson } from "../support/feedback-data.ts";

const vault = createVault({ sealing: Buffer.alloc(32, 1), lookup: Buffer.alloc(32, 2) });
const person = testPerson(1);
const overdue = { overdue_cnt: "2", gmt_ovd_date: "2019-08-05" };

describeOnBothEngines("what tells against somebody", (engine) => {
  let store: Store;
  let desk: FeedbackDesk;
  let today = "2024-11-30 12:00:00";
  let close: () => Promise<void>;
  const clock = { now: () => instantOfBeijingTime(today) };
  const readers = openFeedbackReaders(vault);

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

  const send = async (merchantId: string, rows: readonly FeedbackRow[]): Promise<unknown> => {
    const app = { appId: "app", template: "loan", feedbackPolicy: "whole_file" } as unknown as App; // All that feedback looks at.
    const file = { filename: "a.json", content: Buffer.from(fileOf(rows)) };
    const upload = {
      fileCharset: "UTF-8",
      columns: documentColumns,
      primaryKeyColumns: "order_no,pay_month",
      records: String(rows.length),
      file,
      fileDescription: undefined,
    };
    const outcome = await receiveFeedback(desk, { app, merchantId }, upload);
    return "counts" in outcome ? outcome.counts : outcome;
  };
  const months = async (merchantId: string): Promise<unknown> =>
    store.query(
      "select month % 12 + 1 as month, adverse, ended_on from feedback_record where merchant_id = $1 order by month",
      [merchantId],
    );
  const marked = async (): Promise<number> => (await store.query("select person_id from rescore_mark")).length;
  const rows = [
    recordOf(person, "2019-09", overdue),
    recordOf(person, "2019-10", overdue),
    recordOf(person, "2019-11"),
    recordOf(person, "2019-12"),
  ];

  test("is kept open while the order is overdue, and its years run from the month in which it no longer was", async () => {
    await send("M1", rows.slice(0, 2));
    expect(await startRetentionClocks(store)).toBe(0);
    expect(await months("M1")).toEqual([
      { month: 9, adverse: true, ended_on: null },
      { month: 10, adverse: true, ended_on: null },
    ]);
    await send("M1", rows);
    expect(await startRetentionClocks(store)).toBe(2);
    expect(await startRetentionClocks(store)).toBe(0);
    const ended = { adverse: true, ended_on: "2019-11-01" };
    const sound = { adverse: false, ended_on: null };
    const all = [
      { month: 9, ...ended },
      { month: 10, ...ended },
      { month: 11, ...sound },
      { month: 12, ...sound },
    ];
    expect(await months("M1")).toEqual(all);
    // Fed back again, it keeps the day that its years run from.
    await send("M1", rows.slice(0, 3));
    expect(await months("M1")).toEqual(all);
  });

  test("is another's order's no end", async () => {
    await send("M2", [
      recordOf(person, "2019-09", { ...overdue, order_no: "A" }),
      recordOf(person, "2019-10", { order_no: "B" }),
    ]);
    expect(await startRetentionClocks(store)).toBe(0);
  });

  test("is deleted when its years are over and not a day before, its person marked for scoring, by numbers in the log", async () => {
    await store.query("delete from rescore_mark");
    today = "2024-10-31 23:59:59";
    expect(await deleteExpired(store, clock, 5)).toEqual({ records: 0, people: 0 });
    expect(await marked()).toBe(0);
    today = "2024-11-01 00:00:00";
    // An installation that stands in the month before keeps it, whatever its clock says.
    expect(await deleteExpired(store, clock, 5, monthIndexOf(2024, 10))).toEqual({ records: 0, people: 0 });
    expect(await deleteExpired(store, clock, 5)).toEqual({ records: 2, people: 1 });
    expect(await marked()).toBe(1);
    const sound = { adverse: false, ended_on: null };
    expect(await months("M1")).toEqual([
      { month: 11, ...sound },
      { month: 12, ...sound },
    ]);
    expect(await deleteExpired(store, clock, 5)).toEqual({ records: 0, people: 0 });
    expect(await store.query("select ended_on_before, records, people from retention_deletion")).toEqual([
      { ended_on_before: "2019-11-01", records: 2, people: 1 },
    ]);
    // What has not ended is kept, however old.
    expect(await months("M2")).toContainEqual({ month: 9, adverse: true, ended_on: null });
  });

  test("is deleted by the job, which tells how much, after it has started its clock", async () => {
    await send("M3", rows);
    let told = 0;
    const said: object[] = [];
    const log = {
      info: (details: object) => void said.push(details),
      error: (details: object) => void said.push(details),
    };
    const job = startRetentionJob({
      asOfMonth: undefined,
      jobs: openJobs({ store, clock: systemClock, log }),
      store,
      clock,
      adverseYears: 5,
      log,
      noteDeleted: (records) => void (told += records),
    });
    await job.stop();
    expect(told).toBe(2);
    expect(said).toEqual([{ records: 2, people: 1, years: 5 }]);
    expect(await months("M3")).toHaveLength(2);
  });

  test("and was refused is gone when its days are over, though its merchant sends nothing more", async () => {
    const refused = (): Promise<unknown[]> => store.query("select merchant_id from feedback_refused");
    const log = { info: () => undefined, error: () => undefined };
    const runJob = (): Promise<void> =>
      startRetentionJob({
        asOfMonth: undefined,
        jobs: openJobs({ store, clock: systemClock, log }),
        store,
        clock,
        adverseYears: 5,
        log,
        noteDeleted: () => undefined,
      }).stop();
    await send("M7", [recordOf(person, "2024-05", { overdue_cnt: "x" })]);
    await runJob();
    expect(await refused()).toEqual([{ merchant_id: "M7" }]);
    today = "2024-11-08 00:00:00";
    await runJob();
    expect(await refused()).toEqual([]);
  });

  test("and was deleted comes back with the very file that brought it, which is therefore read", async () => {
    const again = [
      recordOf(person, "2019-09", { ...overdue, order_no: "C" }),
      recordOf(person, "2019-10", { order_no: "C" }),
    ];
    expect(await send("M4", again)).toEqual({ newRecords: 2, changedRecords: 0, sameRecords: 0 });
    expect(await send("M4", again)).toEqual({ newRecords: 0, changedRecords: 0, sameRecords: 2 });
    await startRetentionClocks(store);
    expect(await deleteExpired(store, clock, 5)).toEqual({ records: 1, people: 1 });
    expect(await send("M4", again)).toEqual({ newRecords: 1, changedRecords: 0, sameRecords: 1 });
  });

  test("a file sent again is the same as long as no other came between, whatever was said of it", async () => {
    const one = [recordOf(person, "2024-05", { order_no: "D" })];
    const other = [recordOf(person, "2024-05", { order_no: "D", create_amt: "7" })];
    const same = { newRecords: 0, changedRecords: 0, sameRecords: 1 };
    const changed = { newRecords: 0, changedRecords: 1, sameRecords: 0 };
    expect(await send("M5", one)).toEqual({ newRecords: 1, changedRecords: 0, sameRecords: 0 });
    expect(await send("M5", one)).toEqual(same);
    expect(await send("M5", other)).toEqual(changed);
    expect(await send("M5", one)).toEqual(changed);
    expect(await send("M5", one)).toEqual(same);
    expect(await send("M6", one)).toEqual({ newRecords: 1, changedRecords: 0, sameRecords: 0 });
  });
});
