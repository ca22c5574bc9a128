import { afterAll, beforeAll, expect, it } from "vitest";
import { systemClock } from "#kaimen/clock.ts";
import { addAdjustment } from "#kaimen/ledger/ledger.ts";
import { sealLedger } from "#kaimen/ledger/seal.ts";
import { verifyLedger } from "#kaimen/ledger/verify.ts";
import { bucketOf } from "#kaimen/store/bucket.ts";
import type { Store } from "#kaimen/store/store.ts";
import { describeOnBothEngines, openMigrated } from "../support/engines.ts";

const merchantId = "2088000000000018";

describeOnBothEngines("a sealed line of the ledger", (engine) => {
  let store: Store;
  let close: () => Promise<void>;

  beforeAll(async () => {
    ({ store, close } = await openMigrated(engine));
    await store.query("insert into merchant (merchant_id, name, created_at) values ($1, 'own', '2026-01-01Z')", [
      merchantId,
    ]);
    for (let line = 1; line <= 3; line += 1) {
      await store.query(
        `insert into inquiry (bucket, merchant_id, transaction_id, product_code, biz_no, app_id, user_id, person_bucket, person_id, authorisation_id, purpose, state, score, na_reason,
                              card_version, as_of_month, admittance_score, billed_fen, unbilled_because, accepted_at, recorded_at)
         values ($1, $2, $3, 'w', $4, 'app', 'u', 7, gen_random_uuid(), gen_random_uuid(), 'p', 'answered', 700, 'N1', 'card', 24000, 650, 40, 'na', '2026-03-15Z', '2026-03-15Z')`,
        [bucketOf(merchantId, `T${line}`), merchantId, `T${line}`, `ZM${String(line).padStart(30, "0")}`],
      );
    }
    await addAdjustment(store, systemClock, {
      merchantId,
      bizNo: `ZM${"1".padStart(30, "0")}`,
      amountFen: -40,
      reason: "agreed",
      madeBy: "operator",
    });
    await store.query("update ledger_adjustment set recorded_at = '2026-03-15Z'");
    while ((await sealLedger(store, systemClock)) === "more");
  });
  afterAll(() => close());

  /** What the columns of a type may be changed to. */
  const other: Readonly<Record<string, (column: string) => string>> = {
    smallint: (column) => `${column} + 1`,
    integer: (column) => `${column} + 1`,
    // A line's number says in which seal it lies, and nothing else: within its seal any is as good.
    bigint: (column) => (column === "line_no" ? `${column} + 1000` : `${column} + 1`),
    text: (column) => (column === "state" ? "'closed'" : column === "unbilled_because" ? "'free'" : `${column} || 'x'`),
    uuid: () => "gen_random_uuid()",
    "timestamp with time zone": (column) => `${column} + interval '1 microsecond'`,
  };

  it("is found as it was sealed", async () => {
    expect(await verifyLedger(store)).toMatchObject({ lines: 4, faults: [] });
  });

  it.each(["inquiry", "ledger_adjustment"])(
    "is found out when any one column of it is changed or emptied: %s",
    async (table) => {
      const columns = await store.query<{ column_name: string; data_type: string; is_nullable: string }>(
        "select column_name, data_type, is_nullable from information_schema.columns where table_schema = 'public' and table_name = $1 order by ordinal_position",
        [table],
      );
      expect(columns.length).toBeGreaterThan(8);
      const key = table === "inquiry" ? "biz_no" : "adjustment_no";
      const [row] = await store.query<Record<string, string>>(`select ${key} from ${table} order by 1 limit 1`);
      for (const { column_name: column, data_type: type, is_nullable: nullable } of columns) {
        const changes = [other[type]?.(column) ?? `${column}`, ...(nullable === "YES" ? ["null"] : [])];
        for (const change of changes) {
          await store.query(`create table kept as select * from ${table}`);
          await store.query(`update ${table} set ${column} = ${change} where ${key} = $1`, [row?.[key] ?? ""]);
          const { faults } = await verifyLedger(store);
          await store.query(`delete from ${table}`);
          await store.query(`insert into ${table} select * from kept`);
          await store.query("drop table kept");
          expect(faults.length, `${table}.${column} = ${change}`).toBeGreaterThan(0);
        }
      }
      expect(await verifyLedger(store)).toMatchObject({ faults: [] });
    },
  );
});
