import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "#kaimen/clock.ts";
import { type FeedbackDesk, receiveFeedback } from "#kaimen/feedback/receive.ts";
import { openFeedbackTurns } from "#kaimen/feedback/batches/turns.ts";
import { openFeedbackReaders } from "#kaimen/feedback/reading/readers.ts";
import { createVault } from "#kaimen/keys/vault.ts";
import type { App } from "#kaimen/merchants/app.ts";
import { migrate } from "#kaimen/store/migrate.ts";
import { openPostgres } from "#kaimen/store/postgres.ts";
import type { Store } from "#kaimen/store/store.ts";
import { testPerson } from "../support/feedback-data.ts";
import { type PostgresCluster, startPostgres } from "../support/postgres-cluster.ts";
import { propertyRuns, propertyTimeLimitMs } from "../support/property-runs.ts";

const usualRuns = 40;
const runs = propertyRuns(usualRuns);
const cluster: PostgresCluster | undefined = await startPostgres();
const people = [testPerson(1), testPerson(2), testPerson(3)];
const columns =
  "biz_date,user_credentials_type,user_credentials_no,user_name,order_no,scene_type,scene_status,create_amt,installment_due_date,overdue_amt,gmt_ovd_date,rectify_flag";

interface Row {
  readonly order: number;
  readonly instalment: number;
  readonly person: number;
  readonly day: number;
  readonly amount: number;
  /** 0 as usual, 2 delete, 3 modify. */
  readonly flag: 0 | 2 | 3;
}

interface Step {
  readonly rows: readonly Row[];
  /** The transaction is ended before it commits. */
  readonly killed: boolean;
  /** The rows go as so many files. */
  readonly files: number;
}

const row = fc.record({
  order: fc.integer({ min: 0, max: 3 }),
  instalment: fc.integer({ min: 1, max: 3 }),
  person: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 2 }) }),
  day: fc.integer({ min: 1, max: 2 }),
  amount: fc.integer({ min: 1, max: 3 }),
  flag: fc.oneof(
    { weight: 6, arbitrary: fc.constant(0 as const) },
    { weight: 1, arbitrary: fc.constantFrom(2 as const, 3 as const) },
  ),
});
const step: fc.Arbitrary<Step> = fc.record({
  rows: fc.array(row, { maxLength: 5 }),
  killed: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  files: fc.integer({ min: 1, max: 2 }),
});

/** What is stored, as a merchant would describe it: by order and instalment. */
type Stored = Map<string, { person: number; day: number; amount: number }>;
const keyOf = ({ order, instalment }: Row): string => `${order}/${instalment}`;

/** The rules, as simply as they can be said. Undefined: the file is refused. */
function modelMerge(before: Stored, rows: readonly Row[]): Stored | undefined {
  for (const one of rows) {
    for (const other of rows) {
      if (one.order === other.order && one.person !== other.person) return undefined;
      if (keyOf(one) === keyOf(other) && JSON.stringify(one) !== JSON.stringify(other)) return undefined;
    }
    const located = before.get(keyOf(one));
    if (one.flag !== 0 && (located === undefined || located.person !== one.person || located.day !== one.day))
      return undefined;
  }
  const after: Stored = new Map(before);
  for (const one of rows) {
    if (one.flag === 2) after.delete(keyOf(one));
    else after.set(keyOf(one), { person: one.person, day: one.day, amount: one.amount });
  }
  for (const [key, value] of after) {
    const claim = rows.find(({ order, flag }) => flag !== 2 && key.startsWith(`${order}/`));
    if (claim !== undefined) after.set(key, { ...value, person: claim.person });
  }
  return after;
}

function fileOf(rows: readonly Row[]): Buffer {
  const records = rows.map(({ order, instalment, person, day, amount, flag }) => ({
    biz_date: `2026-05-0${day}`,
    user_credentials_type: "0",
    user_credentials_no: people[person]?.credentialsNo,
    user_name: people[person]?.name,
    order_no: `ORDER-${order}`,
    scene_type: "1",
    scene_status: flag === 2 ? "" : "0",
    create_amt: String(amount),
    installment_due_date: `2026-06-0${instalment}`,
    overdue_amt: "",
    gmt_ovd_date: "",
    rectify_flag: String(flag),
  }));
  return Buffer.from(JSON.stringify({ records }));
}

describe.skipIf(cluster === undefined)("any sequence of feedback files", () => {
  let store: Store;
  let desk: FeedbackDesk;
  // A portion a record: each is copied or merged by itself, so that every order of the two occurs.
  const readers = openFeedbackReaders(createVault({ sealing: Buffer.alloc(32, 1), lookup: Buffer.alloc(32, 2) }), {
    portion: { bytes: 1, records: 1 },
  });

  beforeAll(async () => {
    store = await openPostgres({ url: (await cluster?.createDatabase()) ?? "", connections: 4 });
    await migrate(store);
    const vault = createVault({ sealing: Buffer.alloc(32, 1), lookup: Buffer.alloc(32, 2) });
    desk = {
      store,
      vault,
      clock: systemClock,
      config: { mode: "sandbox", refusedDays: 7 },
      feedbackReaders: readers,
      feedbackTurns: openFeedbackTurns(10),
    };
  });
  afterAll(async () => {
    await readers.close();
    await store.close();
    await cluster?.stop();
  });

  const send = async (merchantId: string, rows: readonly Row[], killed: boolean): Promise<string> => {
    const dying: Store = {
      ...store,
      engine: store.engine,
      query: (sql, parameters) => store.query(sql, parameters),
      transaction: (work) =>
        store.transaction(async (transaction) => {
          await work(transaction);
          throw new Error("killed");
        }),
    };
    const app = { appId: "app", template: "scene", feedbackPolicy: "whole_file" } as unknown as App; // All that feedback looks at.
    const upload = {
      fileCharset: "UTF-8",
      columns,
      primaryKeyColumns: "order_no,installment_due_date",
      records: String(rows.length),
      file: { filename: "a.json", content: fileOf(rows) },
      fileDescription: undefined,
    };
    const outcome = await receiveFeedback(
      { ...desk, store: killed ? dying : store },
      { app, merchantId },
      upload,
    ).catch((error: unknown) => error as Error);
    return outcome instanceof Error ? outcome.message : "refusal" in outcome ? outcome.refusal : "stored";
  };

  test(
    `leaves the records that the rules say, and each order with one person (KAIMEN_SEED=${runs.seed})`,
    { timeout: 2 * propertyTimeLimitMs(runs.numRuns) },
    async () => {
      let merchants = 0;
      let refused = 0;
      let stored = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
          const merchantId = `M${(merchants += 1)}`;
          let model: Stored = new Map();
          for (const { rows, killed, files } of steps) {
            const half = Math.ceil(rows.length / files);
            for (const part of files === 1 ? [rows] : [rows.slice(0, half), rows.slice(half)]) {
              const expected = modelMerge(model, part);
              const outcome = await send(merchantId, part, killed);
              expect(outcome).toBe(
                killed && outcome === "killed" ? "killed" : expected === undefined ? "INVALID_PARAMETER" : "stored",
              );
              if (outcome === "stored" && expected !== undefined) model = expected;
              if (outcome === "stored") stored += 1;
              else refused += 1;
            }
          }
          const records = await store.query<{
            order_no: string;
            due: string;
            person_id: string;
            amount: number;
            day: string;
          }>(
            `select order_no, extra ->> 'installment_due_date' as due, person_id, create_amt_fen as amount, reported_on as day
           from feedback_record where merchant_id = $1`,
            [merchantId],
          );
          const ids = new Map(
            people.map(({ credentialsNo }, index) => [desk.vault.lookupId("person", `0\0${credentialsNo}`), index]),
          );
          const found = records.map(({ order_no, due, person_id, amount, day }) => [
            `${order_no.slice(6)}/${Number(due.slice(-2))}`,
            { person: ids.get(person_id), day: Number(day.slice(-2)), amount: amount / 100 },
          ]);
          expect(Object.fromEntries(found)).toEqual(Object.fromEntries(model));
          expect(records.length).toBe(model.size);
        }),
        runs,
      );
      // A replay, or a few runs, need not have seen enough of both.
      if (runs.path !== undefined || runs.numRuns < usualRuns) return;
      expect(stored).toBeGreaterThan(20);
      expect(refused).toBeGreaterThan(5);
    },
  );
});
