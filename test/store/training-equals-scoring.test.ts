import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { instantOfBeijingTime, instantToText, type MonthIndex, monthToText } from "#kaimen/clock.ts";
import type { Card } from "#kaimen/scoring/card/card.ts";
import { compileCard } from "#kaimen/scoring/card/compile.ts";
import { features } from "#kaimen/scoring/card/features.ts";
import { observedFeatures } from "#kaimen/scoring/training-rows.ts";
import { bucketOfUuid } from "#kaimen/store/bucket.ts";
import type { Store } from "#kaimen/store/store.ts";
import { describeOnBothEngines, openMigrated } from "../support/engines.ts";

const seed = Number(process.env["KAIMEN_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const first = (2026 * 12 + 2) as MonthIndex;
const monthsPlayed = 5;
const people = 60;

/** A card that looks at everything, so that what scoring stores is all that training reads. */
const allFeatures: Card = {
  title: { en: "All", zh: "全部" },
  basePoints: 600,
  floor: 350,
  ceiling: 950,
  minimumData: { monthsReported: 3, newestMonths: 6 },
  characteristics: features.map(({ name }) => ({ feature: name, missingPoints: 0, bins: [{ points: 0 }] })),
};

const amount = fc.option(fc.integer({ min: 0, max: 5_000_000 }), { freq: 5, nil: null });
/** `fedBack` is the month of the game in which the record comes; a record may be of that month, or of one long past. */
const record = fc.record({
  fedBack: fc.integer({ min: 0, max: monthsPlayed - 1 }),
  age: fc.oneof({ arbitrary: fc.constant(0), weight: 2 }, { arbitrary: fc.integer({ min: 0, max: 9 }), weight: 5 }),
  atTheEnd: fc.boolean(),
  order: fc.integer({ min: 1, max: 3 }),
  application: fc.integer({ min: 0, max: 9 }).map((each) => each === 0),
  settled: fc.boolean(),
  overdueCnt: fc.option(fc.integer({ min: 0, max: 4 }), { freq: 5, nil: null }),
  created: amount,
  paid: amount,
  limit: amount,
});
const files = fc
  .sample(fc.array(record, { minLength: 4, maxLength: 24 }), { numRuns: people, seed })
  .map((records) => ({ personId: randomUUID(), records }));
const keys = files.map(({ personId }) => ({ personId, bucket: bucketOfUuid(personId) }));

describeOnBothEngines(`training and scoring (seed ${seed})`, (engine) => {
  let store: Store;
  let close: () => Promise<void>;

  beforeAll(async () => {
    ({ store, close } = await openMigrated(engine));
    await store.query("insert into merchant (merchant_id, name, created_at) values ('M', 'a', '2026-01-01Z')");
    await store.query(
      `insert into person (bucket, person_id, credentials_type, credentials_no_sealed, created_at)
       select bucket, person_id, '0', ''::bytea, '2026-01-01Z' from unnest($1::smallint[], $2::uuid[]) as given(bucket, person_id)`,
      [keys.map(({ bucket }) => bucket), keys.map(({ personId }) => personId)],
    );
  });
  afterAll(() => close());

  /** The first or the last moment of a month, as Beijing's clocks show it. */
  function momentOf(month: MonthIndex, atTheEnd: boolean): string {
    const next = instantOfBeijingTime(`${monthToText((month + 1) as MonthIndex)}-01 00:00:00`);
    return atTheEnd
      ? instantToText((next - 1) as typeof next)
      : instantToText(instantOfBeijingTime(`${monthToText(month)}-01 00:00:00`));
  }

  async function feedBack(turn: number): Promise<void> {
    const month = (first + turn) as MonthIndex;
    for (const [index, { records }] of files.entries()) {
      for (const each of records.filter(({ fedBack }) => fedBack === turn)) {
        await store.query(
          `insert into feedback_record (bucket, person_id, merchant_id, record_id, name_id, template, stage, month, order_no, biz_type,
                                        order_status, settled, overdue_cnt, create_amt_fen, pay_amt_fen, credit_limit_fen, batch_id, fed_back_at)
           values ($1, $2, 'M', $3, $2, 't', $4, $5, $6, '1', '04', $7, $8, $9, $10, $11, 'b', $12)`,
          [
            keys[index]?.bucket ?? 0,
            keys[index]?.personId ?? "",
            randomUUID(),
            each.application ? "application" : "performance",
            month - each.age,
            `O${each.order}`,
            each.settled,
            each.overdueCnt,
            each.created,
            each.paid,
            each.limit,
            momentOf(month, each.atTheEnd),
          ],
        );
      }
    }
  }

  test("the features that training reads as of a month are those that scoring computed in it, to the bit", async () => {
    const stored: ((number | null)[] | null)[][] = [];
    for (let turn = 0; turn < monthsPlayed; turn += 1) {
      await feedBack(turn);
      await store.query("delete from score");
      const month = first + turn;
      await store.query(compileCard(allFeatures, "people"), [
        keys.map(({ bucket }) => bucket),
        keys.map(({ personId }) => personId),
        month,
        "v",
        momentOf(month as MonthIndex, true),
      ]);
      const rows = await store.query<{ person_id: string; na_reason: string | null; features: (number | null)[] }>(
        "select person_id, na_reason, features from score",
      );
      const byPerson = new Map(rows.map((row) => [row.person_id, row]));
      stored.push(
        keys.map(({ personId }) => {
          const row = byPerson.get(personId);
          return row === undefined || row.na_reason !== null ? null : row.features;
        }),
      );
    }
    const current = (first + monthsPlayed) as MonthIndex;
    let [scored, different] = [0, 0];
    for (const [turn, expected] of stored.entries()) {
      const asOf = (first + turn) as MonthIndex;
      expect(await observedFeatures(store, keys, { asOf, current, fedBackLater: false })).toEqual(expected);
      const later = await observedFeatures(store, keys, { asOf, current, fedBackLater: true });
      scored += expected.filter((row) => row !== null).length;
      different += later.filter((row, index) => JSON.stringify(row) !== JSON.stringify(expected[index])).length;
    }
    // Neither nobody scored, nor nothing that came too late: the comparison above has something to tell apart.
    expect(scored).toBeGreaterThan(people);
    expect(different).toBeGreaterThan(people);
  });

  test("of the as-of month what is late counts, and what is billed, paid or drawn does not", async () => {
    const [person] = [{ personId: randomUUID() }].map((each) => ({ ...each, bucket: bucketOfUuid(each.personId) }));
    if (person === undefined) throw new Error("somebody");
    const asOf = first;
    const insert = (month: number, overdueCnt: number, fen: number) =>
      store.query(
        `insert into feedback_record (bucket, person_id, merchant_id, record_id, name_id, template, stage, month, order_no, biz_type,
                                      order_status, settled, overdue_cnt, create_amt_fen, pay_amt_fen, credit_limit_fen, batch_id, fed_back_at)
         values ($1, $2, 'M', $3, $2, 't', 'performance', $4, 'O', '1', '04', false, $5, $6, $6, 1000000, 'b', '2026-01-01Z')`,
        [person.bucket, person.personId, randomUUID(), month, overdueCnt, fen],
      );
    for (let age = 1; age <= 6; age += 1) await insert(asOf - age, 0, 100_000);
    const read = async (): Promise<Record<string, number | null>> => {
      const [row] = await observedFeatures(store, [person], { asOf, current: asOf, fedBackLater: false });
      return Object.fromEntries(features.map(({ name }, index) => [name, row?.[index] ?? null]));
    };
    const before = await read();
    await insert(asOf, 2, 700_000);
    const after = await read();
    const moved = features
      .filter(({ name }) => before[name] !== after[name])
      .map(({ family, name }) => ({ family, name }));
    expect(moved.map(({ name }) => name)).toEqual(expect.arrayContaining(["worst_overdue_1", "months_since_overdue"]));
    expect(moved.filter(({ family }) => ["payment", "limit"].includes(family))).toEqual([]);
    // Of the bills only the one that is late, as such.
    expect(moved.filter(({ family }) => family === "amount")).toEqual([]);
  });
});
