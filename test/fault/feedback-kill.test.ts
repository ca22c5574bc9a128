import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { afterAll, describe, expect, test } from "vitest";
import { type FeedbackRow, recentMonths, recordOf, testPerson } from "../support/feedback-data.ts";
import { feedBack } from "../support/integrator.ts";
import { officialSdk, startKaimen } from "../support/kaimen.ts";
import { type PostgresCluster, startOwnPostgres } from "../support/own-postgres.ts";

/** Three in every run; twenty with KAIMEN_KILLS=20, as docs/trials.md has it. */
const kills = Number(process.env["KAIMEN_KILLS"] ?? 3);
const orders = 500;
const cluster: PostgresCluster | undefined = await startOwnPostgres();
afterAll(() => cluster?.stop());

const months = recentMonths(12);
const rowsOf = (round: number, amount: string): FeedbackRow[] =>
  Array.from({ length: orders }, (_, order) =>
    months.map((month) =>
      recordOf(testPerson(order), month, { order_no: `KILL-${round}-${order}`, create_amt: amount }),
    ),
  ).flat();

describe.skipIf(cluster === undefined)("killed at any moment while a file is read and merged,", () => {
  test("a server has stored all of it with its report, or nothing", { timeout: 60_000 + kills * 30_000 }, async () => {
    const url = (await cluster?.createDatabase()) ?? "";
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const seen: Record<"all" | "nothing", number> = { all: 0, nothing: 0 };
    for (let round = 0; round < kills; round += 1) {
      const kaimen = await startKaimen({
        env: { DATABASE_URL: url, KAIMEN_MASTER_KEY: "11".repeat(32), KAIMEN_SCORE_WAIT_MS: "0" },
      });
      try {
        const sdk = officialSdk(kaimen.sandbox);
        const startedAt = performance.now();
        await feedBack(sdk, { rows: rowsOf(kills + round, "1") });
        const wholeMs = performance.now() - startedAt;
        const { rows: before } = await client.query<{ batches: number }>(
          "select count(*)::int as batches from feedback_batch",
        );
        const sent = feedBack(sdk, { rows: rowsOf(round, "1") }).catch(() => undefined);
        // From before the first row is staged to after the answer has left, by what the same took just before.
        await delay((round / kills) * 1.4 * wholeMs);
        await kaimen.end("SIGKILL");
        await sent;
        await untilAlone(client);
        const { rows: stored } = await client.query<{ records: number }>(
          "select count(*)::int as records from feedback_record where order_no like $1",
          [`KILL-${round}-%`],
        );
        const { rows: after } = await client.query<{ batches: number }>(
          "select count(*)::int as batches from feedback_batch",
        );
        const whole = stored[0]?.records === orders * 12;
        expect(stored[0]?.records).toBe(whole ? orders * 12 : 0);
        expect((after[0]?.batches ?? 0) - (before[0]?.batches ?? 0)).toBe(whole ? 1 : 0);
        seen[whole ? "all" : "nothing"] += 1;
      } finally {
        await kaimen.stop();
      }
    }
    await client.end();
    console.log(`killed ${kills} times: ${seen.all} times all was stored, ${seen.nothing} times nothing`);
    expect(seen.nothing).toBeGreaterThan(0);
    // So many moments cannot all lie on one side of the commit.
    if (kills >= 20) expect(seen.all).toBeGreaterThan(0);
  });
});

/** The database notices a dead client when it next reads or writes; until then its transaction is still open. */
async function untilAlone(client: pg.Client): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    const { rows } = await client.query(
      "select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name = 'kaimen'",
    );
    if (rows.length === 0) return;
    await delay(50);
  }
  throw new Error("the dead server's connections stay");
}
