import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type MonthIndex, systemClock } from "#kaimen/clock.ts";
import { createLog } from "#kaimen/log.ts";
import type { Card } from "#kaimen/scoring/card/card.ts";
import { cardVersionOf, ensureChampion } from "#kaimen/scoring/cards.ts";
import { driftReport, keepDriftReport, listDriftReports } from "#kaimen/scoring/drift.ts";
import { openRescorer } from "#kaimen/scoring/rescore.ts";
import { migrate } from "#kaimen/store/migrate.ts";
import { openStore } from "#kaimen/store/open.ts";
import type { Store } from "#kaimen/store/store.ts";
import { freshDataDirectory } from "../support/embedded-data.ts";
import { startPostgres } from "../support/postgres-cluster.ts";

const june = (2026 * 12 + 5) as MonthIndex;
const card: Card = {
  title: { en: "Drift", zh: "漂移" },
  basePoints: 600,
  floor: 350,
  ceiling: 950,
  minimumData: { monthsReported: 3, newestMonths: 6 },
  characteristics: [
    {
      feature: "worst_overdue_1",
      missingPoints: -7,
      bins: [{ below: 1, points: 20 }, { below: 2, points: 0 }, { points: -30 }],
    },
    { feature: "file_age", missingPoints: 0, bins: [{ below: 1, points: 0 }, { points: 10 }] },
  ],
};
const version = cardVersionOf(card);
const cluster = await startPostgres();
afterAll(() => cluster?.stop());

/** People of whom so many had no, one and two periods overdue in the month before this one, and so many too few records. */
interface Crowd {
  readonly clean: number;
  readonly late: number;
  readonly serious: number;
  readonly short: number;
}

for (const engine of ["embedded", "postgresql"] as const) {
  describe.skipIf(engine === "postgresql" && cluster === undefined)(`drift on the ${engine} store`, () => {
    let store: Store;
    let close: () => Promise<void>;

    beforeAll(async () => {
      const directory = engine === "embedded" ? await freshDataDirectory() : undefined;
      store = await openStore(
        directory === undefined
          ? { databaseUrl: await cluster?.createDatabase(), dataDirectory: "" }
          : { dataDirectory: directory.path },
      );
      close = async () => {
        await store.close();
        await directory?.remove();
      };
      await migrate(store);
      await ensureChampion(store, systemClock, card);
      await store.query(
        "insert into merchant (merchant_id, name, created_at) values ('2088000000000018', 'a', '2026-01-01Z')",
      );
      await store.query(
        `insert into person (bucket, person_id, credentials_type, credentials_no_sealed, created_at)
         select get_byte(decode(substr(md5(number::text), 1, 2), 'hex'), 0), md5(number::text)::uuid, '0', ''::bytea, '2026-01-01Z' from generate_series(1, 400) number`,
      );
    });
    afterAll(() => close());

    const rescorerAt = (asOfMonth: MonthIndex) =>
      openRescorer(store, systemClock, card, { asOfMonth, log: createLog("warn") });

    async function scoreMonth(month: MonthIndex, { clean, late, serious, short }: Crowd): Promise<void> {
      await store.query("delete from feedback_record");
      await store.query(
        `insert into feedback_record (bucket, person_id, merchant_id, record_id, name_id, template, stage, month, order_no, biz_type, order_status,
                                      settled, overdue_cnt, batch_id, fed_back_at)
         select bucket, person_id, '2088000000000018', md5(person_id::text || age)::uuid, person_id, 't', 'performance', $1 - age, 'O', '1', '04', false,
                case when place <= $2 then 0 when place <= $3 then 1 else 2 end, 'b', '2026-01-01Z'
         from (select *, row_number() over (order by person_id) as place from person) person cross join generate_series(1, 4) age
         where place <= $4 or age = 1 and place <= $5`,
        [month, clean, clean + late, clean + late + serious, clean + late + serious + short],
      );
      const rescorer = rescorerAt(month);
      await rescorer.markAllIfStale();
      await rescorer.run();
    }

    /** The index by its definition, over whole crowds. */
    function stability(before: readonly number[], now: readonly number[]): number {
      const shares = (counts: readonly number[]): number[] =>
        counts.map((each) => each / counts.reduce((sum, count) => sum + count, 0));
      const [first, second] = [shares(before), shares(now)];
      return first.reduce(
        (sum, share, index) => sum + ((second[index] ?? 0) - share) * Math.log((second[index] ?? 0) / share),
        0,
      );
    }

    it("is kept once a month is scored whole, once, with the index that the shares give", async () => {
      await scoreMonth(june, { clean: 300, late: 60, serious: 30, short: 10 });
      const first = await keepDriftReport(store, systemClock);
      expect(first).toMatchObject({ month: "2026-06", against: "2026-05", cardVersion: version, drift: undefined });
      expect(await keepDriftReport(store, systemClock)).toBe(undefined);

      const july = (june + 1) as MonthIndex;
      await scoreMonth(july, { clean: 200, late: 60, serious: 120, short: 20 });
      const kept = await keepDriftReport(store, systemClock);
      expect(kept?.drift).toMatchObject({ people: [400, 400], notScored: [10, 20], verdict: "act" });
      const [worst, age] = kept?.drift?.features ?? [];
      expect(worst).toMatchObject({ feature: "worst_overdue_1", verdict: "act" });
      expect(worst?.index).toBeCloseTo(stability([300, 60, 30], [200, 60, 120]), 6);
      expect(age).toMatchObject({ feature: "file_age", index: 0, verdict: "calm" });
      expect(await keepDriftReport(store, systemClock)).toBe(undefined);
      expect((await listDriftReports(store)).map(({ month }) => month)).toEqual(["2026-07", "2026-06"]);
    });

    it("is not kept while a month is still being scored", async () => {
      await store.query("delete from drift_report where month = $1", [june + 1]);
      await store.query("update rescore_progress set done = false where bucket = 7");
      expect(await keepDriftReport(store, systemClock)).toBe(undefined);
      await store.query("update rescore_progress set done = true where bucket = 7");
      expect((await keepDriftReport(store, systemClock))?.month).toBe("2026-07");
    });

    it("is refused of a month that not everybody was scored for", async () => {
      const may = june - 1;
      await expect(driftReport(store, { before: may, now: june }, version)).rejects.toThrow(
        "not everybody has been scored",
      );
      await expect(driftReport(store, { before: june, now: june + 2 }, version)).rejects.toThrow("2026-08");
    });

    it("of a month against itself is none", async () => {
      const same = await driftReport(store, { before: june, now: june }, version);
      expect([same.score, ...same.features.map(({ index }) => index)]).toEqual([0, 0, 0]);
    });
  });
}
