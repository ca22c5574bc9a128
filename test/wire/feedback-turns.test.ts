import type { Client } from "pg";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recentMonths, recordOf, testPerson } from "../support/feedback-data.ts";
import { askScore, feedBack, type SdkReply } from "../support/integrator.ts";
import { type KaimenOnPostgres, startKaimenOnPostgres } from "../support/kaimen-on-postgres.ts";
import { officialSdk, type RunningKaimen, userByLogin } from "../support/kaimen.ts";
import { startPostgres } from "../support/postgres-cluster.ts";

const cluster = await startPostgres();

describe.skipIf(cluster === undefined)("feedback that waits", () => {
  let started: KaimenOnPostgres;
  let kaimen: RunningKaimen;
  let database: Client;

  beforeAll(async () => {
    started = await startKaimenOnPostgres(cluster, { KAIMEN_DATABASE_CONNECTIONS: "6" });
    ({ kaimen, database } = started);
  });
  afterAll(() => started?.stop());

  it("for a file of the same merchant leaves the database to inquiries", async () => {
    const sdk = officialSdk(kaimen.sandbox);
    const turn = "hashtextextended('feedback ' || $1, 0)";
    // As another process does that merges a large file of the merchant.
    await database.query(`select pg_advisory_lock(${turn})`, [kaimen.sandbox.merchant_id]);
    const files = Array.from({ length: 12 }, (_, number) =>
      feedBack(sdk, { rows: [recordOf(testPerson(number), recentMonths(1)[0] ?? "")] }),
    );
    await delay(500);
    const asked: SdkReply[] = [];
    for (let time = 0; time < 3; time += 1)
      asked.push(await askScore(sdk, userByLogin(kaimen.sandbox, "excellent").access_token));
    await database.query(`select pg_advisory_unlock(${turn})`, [kaimen.sandbox.merchant_id]);
    expect(asked.map(({ code }) => code)).toEqual(["10000", "10000", "10000"]);
    expect((await Promise.all(files)).map(({ code }) => code)).toEqual(files.map(() => "10000"));
  });
});
