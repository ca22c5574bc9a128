import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type MonthIndex, systemClock } from "#kaimen/clock.ts";
import { scoreWithCard, type Card } from "#kaimen/scoring/card/card.ts";
import { compileCard, featuresSql } from "#kaimen/scoring/card/compile.ts";
import { expertCard } from "#kaimen/scoring/card/expert-card.ts";
import { bandOf } from "#kaimen/scoring/card/explain.ts";
import type { Feature } from "#kaimen/scoring/card/feature.ts";
import { featureNamed, features } from "#kaimen/scoring/card/features.ts";
import { applicationCounts, orderCounts, type RecordFacts, summarise } from "#kaimen/scoring/card/summary.ts";
import { goldenVectors } from "#kaimen/scoring/card/golden.ts";
import { addCard, cardsInForce, cardVersionOf, ensureChampion, moveCard } from "#kaimen/scoring/cards.ts";
import { compareCards } from "#kaimen/scoring/compare.ts";
import { checkGoldenVectors } from "#kaimen/scoring/golden-vectors.ts";
import { bucketOfUuid } from "#kaimen/store/bucket.ts";
import { migrate } from "#kaimen/store/migrate.ts";
import { openStore } from "#kaimen/store/open.ts";
import type { Store } from "#kaimen/store/store.ts";
import { freshDataDirectory } from "../support/embedded-data.ts";
import { startPostgres } from "../support/postgres-cluster.ts";

const seed = Number(process.env["KAIMEN_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const asOf = (2026 * 12 + 10) as MonthIndex;
const people = 150;
const catalogue: readonly Feature[] = features;

const cluster = await startPostgres();
afterAll(() => cluster?.stop());

const nullable = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.option(arbitrary, { freq: 4, nil: null });
const amount = fc.oneof(
  fc.integer({ min: 0, max: 5_000_000 }),
  fc.constant(0),
  fc.constantFrom(1, 99, 100, 101, 9_999, 10_000, 2_000_000_000_000),
);
const record: fc.Arbitrary<RecordFacts> = fc
  .record({
    merchantId: fc.constantFrom("2088000000000018", "2088000000000026"),
    order: fc.integer({ min: 1, max: 3 }),
    bizType: fc.constantFrom("1", "credit_card", "rent"),
    orderStatus: fc.constantFrom("04", "REPAYING", "paid", "OVERDUE", "NO_BALANCE", "SETTLED", "refused", "4"),
    settled: fc.boolean(),
    age: fc.integer({ min: -2, max: 66 }).map((each) => (each > 30 && each < 55 ? each - 30 : each)),
    application: fc.integer({ min: 0, max: 5 }).map((each) => each === 0),
    overdueCnt: nullable(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 9 }))),
    createAmtFen: nullable(amount),
    overdueAmtFen: nullable(amount),
    payAmtFen: nullable(amount),
    creditLimitFen: nullable(amount),
  })
  .map(({ order, age, application, ...rest }) => ({
    ...rest,
    orderKey: `${rest.merchantId} O${order}`,
    monthAge: application ? null : age,
    applicationAge: application ? age : null,
  }));

const files = fc
  .sample(fc.array(record, { minLength: 0, maxLength: 14 }), { numRuns: people, seed })
  .map((records) => ({ personId: randomUUID(), records }));

/** What SQL leaves out before it looks: months to come, and what is older than five years. */
function within({ monthAge, applicationAge }: RecordFacts): boolean {
  const age = monthAge ?? applicationAge ?? 0;
  return age >= 0 && age <= 60;
}

for (const engine of ["embedded", "postgresql"] as const) {
  describe.skipIf(engine === "postgresql" && cluster === undefined)(
    `on the ${engine} store, for random people (seed ${seed})`,
    () => {
      let store: Store;
      let closeDirectory: () => Promise<void> = async () => {};

      beforeAll(async () => {
        if (engine === "embedded") {
          const directory = await freshDataDirectory();
          closeDirectory = () => directory.remove();
          store = await openStore({ dataDirectory: directory.path });
        } else store = await openStore({ databaseUrl: await cluster?.createDatabase(), dataDirectory: "" });
        await migrate(store);
        await store.query(
          "insert into merchant (merchant_id, name, created_at) values ('2088000000000018', 'a', '2026-01-01Z'), ('2088000000000026', 'b', '2026-01-01Z')",
        );
        const rows = files.flatMap(({ personId, records }) => records.map((each) => ({ personId, each })));
        await store.query(
          `insert into person (bucket, person_id, credentials_type, credentials_no_sealed, created_at)
         select bucket, person_id, '0', ''::bytea, '2026-01-01Z' from unnest($1::smallint[], $2::uuid[]) as given(bucket, person_id)`,
          [files.map(({ personId }) => bucketOfUuid(personId)), files.map(({ personId }) => personId)],
        );
        for (const { personId, each } of rows) {
          await store.query(
            `insert into feedback_record (bucket, person_id, merchant_id, record_id, name_id, template, stage, month, order_no, biz_type,
                                        order_status, settled, create_amt_fen, overdue_cnt, overdue_amt_fen, pay_amt_fen, credit_limit_fen, batch_id, fed_back_at)
           values ($1, $2, $3, $4, $5, 't', $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 'b', '2026-01-01Z')`,
            [
              bucketOfUuid(personId),
              personId,
              each.merchantId,
              randomUUID(),
              personId,
              each.monthAge === null ? "application" : "performance",
              asOf - (each.monthAge ?? each.applicationAge ?? 0),
              each.orderKey,
              each.bizType,
              each.orderStatus,
              each.settled,
              each.createAmtFen,
              each.overdueCnt,
              each.overdueAmtFen,
              each.payAmtFen,
              each.creditLimitFen,
            ],
          );
        }
      });
      afterAll(async () => {
        await store.close();
        await closeDirectory();
      });

      it("every feature is the same number in SQL as in TypeScript", async () => {
        const rows = await store.query<Record<string, number | null> & { person_id: string }>(
          `${featuresSql(catalogue, "people")} select * from featured`,
          [files.map(({ personId }) => bucketOfUuid(personId)), files.map(({ personId }) => personId), asOf],
        );
        const byPerson = new Map(rows.map((row) => [row.person_id, row]));
        let compared = 0;
        for (const { personId, records } of files) {
          const row = byPerson.get(personId);
          const recent = records.filter(within);
          expect(row === undefined).toBe(recent.length === 0);
          if (row === undefined) continue;
          const summary = summarise(recent);
          const expected = Object.fromEntries(catalogue.map((feature) => [feature.name, feature.of(summary)]));
          expect(Object.fromEntries(catalogue.map(({ name }) => [name, row[`f_${name}`]]))).toEqual(expected);
          compared += Object.values(expected).filter((value) => value !== null).length;
        }
        expect(compared).toBeGreaterThan(1_000);
      });

      it("features that need no order told apart are the same when the records are summarised at once", async () => {
        const used = catalogue.filter(
          ({ needs }) =>
            !needs.some((name) => Object.hasOwn(orderCounts, name) && !Object.hasOwn(applicationCounts, name)),
        );
        const sql = featuresSql(used, "people");
        expect([used.length > 40, sql.includes("ordered")]).toEqual([true, false]);
        const rows = await store.query<Record<string, number | null> & { person_id: string }>(
          `${sql} select * from featured`,
          [files.map(({ personId }) => bucketOfUuid(personId)), files.map(({ personId }) => personId), asOf],
        );
        expect(rows.length).toBeGreaterThan(50);
        for (const row of rows) {
          const summary = summarise(
            (files.find(({ personId }) => personId === row.person_id)?.records ?? []).filter(within),
          );
          expect(Object.fromEntries(used.map(({ name }) => [name, row[`f_${name}`]]))).toEqual(
            Object.fromEntries(used.map((feature) => [feature.name, feature.of(summary)])),
          );
        }
      });

      it.each([
        ["people named one by one", "people"],
        ["a bucket's range", "range"],
      ] as const)("scores the same for %s as the card's arithmetic", async (_name, asked) => {
        await store.query("delete from score");
        const card: Card = { ...expertCard, minimumData: { monthsReported: 1, newestMonths: 24 } };
        const scoredAt = "2026-11-01T00:00:00.000000Z";
        const tell = (first: readonly unknown[], rest: readonly unknown[]) =>
          store.query(compileCard(card, asked), [...first, asOf, ...rest, "v", scoredAt] as string[]);
        const [first, last] = ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"];
        if (asked === "people")
          await tell([files.map(({ personId }) => bucketOfUuid(personId)), files.map(({ personId }) => personId)], []);
        else
          for (const [from, to] of [
            [0, 31],
            [32, 32],
            [33, 255],
          ] as const)
            await tell([from, first], [to, last]);
        const rows = await store.query<{
          person_id: string;
          score: number | null;
          na_reason: string | null;
          features: (number | null)[];
        }>("select * from score");
        expect(rows).toHaveLength(people);
        let scored = 0;
        for (const { person_id: personId, score, na_reason: naReason, features: values } of rows) {
          const summary = summarise((files.find((file) => file.personId === personId)?.records ?? []).filter(within));
          expect(score === null).toBe(naReason !== null);
          if (score === null) continue;
          scored += 1;
          const expected = card.characteristics.map(
            ({ feature }) => catalogue.find(({ name }) => name === feature)?.of(summary) ?? null,
          );
          expect(values).toEqual(expected);
          expect(score).toBe(scoreWithCard(card, expected).score);
        }
        expect(scored).toBeGreaterThan(50);
      });

      it("compares any two cards on everybody, as their arithmetic does", async () => {
        await ensureChampion(store, systemClock, expertCard);
        const { goldenVectors: _carried, ...bare } = expertCard;
        const lenient: Card = {
          ...bare,
          basePoints: 640,
          minimumData: { monthsReported: 1, newestMonths: 24 },
          characteristics: bare.characteristics.slice(0, 5),
        };
        const other = await addCard(store, systemClock, { card: lenient, author: "a", report: undefined });
        const told = await compareCards(store, asOf, [cardVersionOf(expertCard).slice(0, 8), other.cardVersion]);
        const bandWith = (card: Card, records: readonly RecordFacts[]): string => {
          const summary = summarise(records.filter(within));
          const recent = [...Array(13).keys()].filter((age) => ((summary.reported ?? 0) >> age) % 2 === 1).length;
          if (
            summary.newest === null ||
            summary.newest > card.minimumData.newestMonths ||
            recent < card.minimumData.monthsReported
          )
            return "N/A";
          return bandOf(
            scoreWithCard(
              card,
              card.characteristics.map(({ feature }) => featureNamed(feature).of(summary)),
            ).score,
          ).zh;
        };
        const expected = files.map(
          ({ records }) => [bandWith(expertCard, records), bandWith(lenient, records)] as const,
        );
        expect(told).toMatchObject({
          asOf: "2026-11",
          people,
          cards: [{ cardVersion: cardVersionOf(expertCard) }, { cardVersion: other.cardVersion }],
        });
        expect(told.moved).toBe(expected.filter(([from, to]) => from !== to).length);
        for (const { from, to, people: count } of told.pairs)
          expect(count).toBe(expected.filter((pair) => pair[0] === from && pair[1] === to).length);
        for (const {
          band,
          people: [first, second],
        } of told.bands) {
          expect([band, first, second]).toEqual([
            band,
            expected.filter(([from]) => from === band).length,
            expected.filter(([, to]) => to === band).length,
          ]);
        }
        expect(told.moved).toBeGreaterThan(20);
        await expect(compareCards(store, asOf, ["ffff", other.cardVersion])).rejects.toThrow("no card has the version");
      });

      it("gives the golden vectors of a card, and says so when it would not", async () => {
        expect(await checkGoldenVectors(store, expertCard)).toEqual({
          vectors: expect.toSatisfy((count: number) => count > 100),
        });
        const { goldenVectors: _carried, ...bare } = expertCard;
        // What the database cannot read as the whole number that it is here: 0.4 points more round to none.
        const wrong = {
          ...bare,
          characteristics: bare.characteristics.map((each) => ({
            ...each,
            bins: each.bins.map((bin) => ({ ...bin, points: bin.points + 0.4 })),
          })),
        };
        expect(await checkGoldenVectors(store, wrong)).toEqual({
          fault: expect.stringContaining("the database gives"),
        });
      });

      it("does not let a card whose vectors were tampered with be validated, shadowed or activated, and keeps one that was changed in place out of force", async () => {
        await ensureChampion(store, systemClock, expertCard);
        const vectors = (expertCard.goldenVectors ?? []).map((each, index) =>
          index === 3 ? { ...each, scoreBeforeClip: each.scoreBeforeClip + 1 } : each,
        );
        const tampered = await addCard(store, systemClock, {
          card: { ...expertCard, goldenVectors: vectors },
          author: "a",
          report: undefined,
        });
        await expect(moveCard(store, systemClock, tampered.cardVersion, "validated", "b")).rejects.toThrow(
          "a golden vector says",
        );
        for (const to of ["shadow", "champion"] as const) {
          await store.query("update card set state = 'validated' where card_version = $1", [tampered.cardVersion]);
          await expect(moveCard(store, systemClock, tampered.cardVersion, to, "b")).rejects.toThrow(
            "a golden vector says",
          );
        }
        const honest = await addCard(store, systemClock, {
          card: { ...expertCard, basePoints: 590, goldenVectors: goldenVectors({ ...expertCard, basePoints: 590 }) },
          author: "a",
          report: undefined,
        });
        await moveCard(store, systemClock, honest.cardVersion, "validated", "b");
        await store.query(`update card set body = jsonb_set(body, '{ceiling}', '900') where card_version = $1`, [
          honest.cardVersion,
        ]);
        await expect(moveCard(store, systemClock, honest.cardVersion, "champion", "b")).rejects.toThrow(
          "it was changed in the database",
        );
        expect((await cardsInForce(store)).champion.card).toEqual(expertCard);
      });
    },
  );
}
