import fc from "fast-check";
import { afterAll, beforeAll, describe, it } from "vitest";
import { secondUs } from "#kaimen/clock.ts";
import { migrate } from "#kaimen/store/migrate.ts";
import { openStore } from "#kaimen/store/open.ts";
import type { Store } from "#kaimen/store/store.ts";
import { ids, merchants, products, type Step, users, Victims, windowUs, World } from "../support/inquiry-world.ts";
import { startPostgres } from "../support/postgres-cluster.ts";
import { propertyRuns, propertyTimeLimitMs } from "../support/property-runs.ts";

const runs = propertyRuns(40);
const cluster = await startPostgres();

/** Mostly the first, so that what is asked for together meets in one arrangement. */
const mostly = <T>(all: readonly [T, ...T[]]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(all[0]) }, { weight: 1, arbitrary: fc.constantFrom(...all) });
const asked = fc.record({
  merchant: mostly(merchants),
  product: mostly(products),
  user: mostly(users),
  id: fc.constantFrom(...ids),
});
/** Some of which are the very same: a group has to tell repeats from inquiries of their own. */
const together = fc
  .array(asked, { minLength: 1, maxLength: 4 })
  .chain((pool) => fc.array(fc.constantFrom(...pool), { minLength: 1, maxLength: 6 }));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("ask" as const), together }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("revoke" as const), user: fc.constantFrom(...users) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("authorise" as const), user: fc.constantFrom(...users) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("quota" as const),
      merchant: mostly(merchants),
      product: mostly(products),
      left: fc.option(fc.nat({ max: 3 })),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("clock" as const),
      forwardUs: fc.constantFrom(1, secondUs, windowUs - 1, windowUs, windowUs + 1),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("kill" as const),
      together: fc.array(asked, { minLength: 1, maxLength: 4 }),
      afterMs: fc.constantFrom(0, 1, 2, 4, 8),
    }),
  },
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

  it(
    `answers, bills and quotas are those of a simple model (KAIMEN_SEED=${runs.seed})`,
    { timeout: 2 * propertyTimeLimitMs(runs.numRuns) },
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) =>
          new World(store, victims).run(steps),
        ),
        runs,
      );
    },
  );
});
