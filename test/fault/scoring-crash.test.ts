import { setTimeout as delay } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { systemClock } from "#kaimen/clock.ts";
import { createLog } from "#kaimen/log.ts";
import { expertCard } from "#kaimen/scoring/card/expert-card.ts";
import { cardVersionOf, ensureChampion } from "#kaimen/scoring/cards.ts";
import { openRescorer } from "#kaimen/scoring/rescore.ts";
import { migrate } from "#kaimen/store/migrate.ts";
import { openStore } from "#kaimen/store/open.ts";
import type { Store } from "#kaimen/store/store.ts";
import { crashable } from "../support/crashable-postgres.ts";
import { type PostgresCluster, startOwnPostgres } from "../support/own-postgres.ts";
import { addPeople, expectAllScored, reportAgain, scoringMonth } from "../support/scoring-world.ts";

/** Three in every run; more with KAIMEN_KILLS. */
const kills = Number(process.env["KAIMEN_KILLS"] ?? 3);
const people = 3_000;
const cluster: PostgresCluster | undefined = await startOwnPostgres();
afterAll(() => cluster?.stop());

/** Goes on after whatever the database's death did to it, until it is told to stop. */
function insist(work: () => Promise<unknown>, pauseMs: number): { stop(): Promise<void> } {
  let stopped = false;
  const loop = (async () => {
    while (!stopped) {
      await work().catch(() => undefined);
      await delay(pauseMs);
    }
  })();
  return {
    stop() {
      stopped = true;
      return loop;
    },
  };
}

/** As an inquiry does: reads scores, and its own commit waits for the disk. */
function keepWhatIsRead(store: Store): Promise<unknown> {
  return store.query(
    `insert into score_read (bucket, person_id, scored_at)
     select bucket, person_id, max(scored_at) from score group by bucket, person_id
     on conflict do nothing`,
  );
}

test.skipIf(cluster === undefined)(
  "scores whose commit did not wait for the disk are computed again when PostgreSQL dies; one that an inquiry has read is never lost",
  { timeout: 60_000 + kills * 30_000 },
  async () => {
    const url = (await cluster?.createDatabase()) ?? "";
    // As a laden machine would have it: what nobody waits for stays in memory for ten seconds.
    const adminStore = await openStore({ databaseUrl: url, dataDirectory: "" });
    for (const setting of ["wal_writer_delay = '10s'", "wal_writer_flush_after = 100000", "wal_buffers = '16MB'"])
      await adminStore.query(`alter system set ${setting}`);
    await adminStore.close();
    const postgres = await crashable(cluster as PostgresCluster, url); // It is there, or the test is skipped.
    await postgres.crash();
    const store = await openStore({ databaseUrl: url, dataDirectory: "" });
    await migrate(store);
    await ensureChampion(store, systemClock, expertCard);
    await addPeople(store, people);
    await store.query(
      "create table score_read (bucket smallint, person_id uuid, scored_at timestamptz, primary key (bucket, person_id, scored_at))",
    );
    const rescorer = openRescorer(store, systemClock, expertCard, { asOfMonth: scoringMonth, log: createLog("fatal") });
    let lost = 0;
    try {
      const scoring = insist(async () => {
        await rescorer.markAllIfStale();
        await rescorer.run();
      }, 5);
      for (let kill = 0; kill < kills; kill += 1) {
        for (let round = 1; round <= 4; round += 1) {
          await reportAgain(store, (kill * 4 + round) % 9);
          await delay(Math.random() * 100);
          if (round < 4) await keepWhatIsRead(store);
        }
        // From here on nobody's commit waits for the disk but the scores'.
        const before = await newestScore(store);
        await postgres.crash();
        if ((await newestScore(store)) < before) lost += 1;
      }
      await scoring.stop();
      await rescorer.run();
      await expectAllScored(store, people, { card: expertCard, cardVersion: cardVersionOf(expertCard) });
      const [read] = await store.query<{ kept: number; missing: number }>(
        `select count(*) as kept, count(*) filter (where score.person_id is null) as missing
         from score_read left join score using (bucket, person_id, scored_at)`,
      );
      expect(read?.kept).toBeGreaterThan(0);
      expect(read?.missing).toBe(0);
      console.log(
        `PostgreSQL killed ${kills} times: ${lost} times scores were lost and computed again; ${read?.kept} scores that were read, none lost`,
      );
    } finally {
      await store.close();
      await postgres.end();
    }
  },
);

/** Read again until the database answers. */
async function newestScore(store: Store): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const rows = await store
      .query<{ at: number }>(
        "select coalesce((extract(epoch from max(scored_at)) * 1000000)::bigint, 0) as at from score",
      )
      .catch(() => undefined);
    if (rows?.[0] !== undefined) return rows[0].at;
    await delay(50);
  }
  throw new Error("PostgreSQL does not answer");
}
