import { afterAll, describe } from "vitest";
import { migrate } from "#kaimen/store/migrate.ts";
import { openStore } from "#kaimen/store/open.ts";
import type { Store } from "#kaimen/store/store.ts";
import { freshDataDirectory } from "./embedded-data.ts";
import type { Database } from "./kaimen.ts";
import { startPostgres } from "./postgres-cluster.ts";

const cluster = await startPostgres();

export interface Engine {
  readonly database: Database;
  /** What a server needs in its environment to use the engine; a new, empty database at each call. */
  environment(): Promise<Record<string, string>>;
}

/** A migrated store on a new, empty database of the engine's, and a way to put both away. */
export async function openMigrated(engine: Engine): Promise<{ store: Store; close(): Promise<void> }> {
  const { DATABASE_URL: databaseUrl } = await engine.environment();
  const directory = await freshDataDirectory();
  const store = await openStore({ databaseUrl, dataDirectory: directory.path });
  await migrate(store);
  return {
    store,
    async close() {
      await store.close();
      await directory.remove();
    },
  };
}

/** Runs a suite on both engines. Without a PostgreSQL on the machine its half is skipped, visibly; in CI that fails. */
export function describeOnBothEngines(name: string, suite: (engine: Engine) => void): void {
  describe(`${name}, on the embedded database`, () => {
    suite({ database: "embedded", environment: async () => ({}) });
  });
  describe.skipIf(cluster === undefined)(`${name}, on PostgreSQL`, () => {
    afterAll(() => cluster?.stop());
    suite({
      database: "postgresql",
      async environment() {
        if (cluster === undefined) throw new Error("no PostgreSQL");
        return { DATABASE_URL: await cluster.createDatabase() };
      },
    });
  });
}
