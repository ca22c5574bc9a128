import fc from "fast-check";
import { afterAll, beforeAll, describe, it } from "vitest";
import { secondUs } from "#kaimen/clock.ts";
import { migrate } from "#kaimen/store/migrate.ts";
import { openStore } from "#kaimen/store/open.ts";
import type { Store } from "#kaimen/store/store.ts";
import { ids, merchants, products, type Step, users, Victims, windowUs, World } from "../support/inquiry-world.ts";
import { startPostgres } from "../support/postgres-cluster.ts";

/** KAIMEN_SEED replays a run; KAIMEN_RUNS makes it longer. */
const seed = Number(process.env["KAIMEN_SEED"] ?? Date.now() % 2 ** 31);
const numRuns = Number(process.env["KAIMEN_RUNS"] ?? 40);
const cluster = await startPostgres();

const asked = fc.record({ merchant: fc.constantFrom(...merchants), product: fc.constantFrom(...products), user: fc.constantFrom(...users), id: fc.constantFrom(...ids) });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("ask" as const), together: fc.array(asked, { minLength: 1, maxLength: 6 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("revoke" as const), user: fc.constantFrom(...users) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("authorise" as const), user: fc.constantFrom(...users) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("quota" as const), merchant: fc.constantFrom(...merchants), product: fc.constantFrom(...products), left: fc.option(fc.nat({ max: 3 })) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("clock" as const), forwardUs: fc.constantFrom(1, secondUs, windowUs - 1, windowUs, windowUs + 1) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("kill" as const), together: fc.array(asked, { minLength: 1, maxLength: 4 }), afterMs: fc.constantFrom(0, 1, 2, 4, 8) }) },
);

describe.skipIf(cluster === undefined)("whatever happens in whatever order", () => {
  let victims: Victims;
  let store: Store;
  beforeAll(async () => {
    const url = (await cluster?.createDatabase()) ?? "";
    store = await openStore({ databaseUrl: url, dataDirectory: "" });
    await migrate(store);
    victims = new Victims(url);
  });
  afterAll(async () => {
    await victims.end();
    await store.close();
    await cluster?.stop();
  });

  it(`answers, bills and quotas are those of a simple model (KAIMEN_SEED=${seed})`, { timeout: 60_000 + numRuns * 3_000 }, async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      await new World(store, victims).run(steps);
    }), { seed, numRuns, endOnFailure: true });
  });
});
