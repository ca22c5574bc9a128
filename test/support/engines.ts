import { afterAll, describe } from "vitest";
import { startPostgres } from "./postgres-cluster.ts";

const cluster = await startPostgres();

export interface Engine {
  /** What a server needs in its environment to use the engine; a new, empty database at each call. */
  environment(): Promise<Record<string, string>>;
}

/** Runs a suite on both engines. Without a PostgreSQL on the machine its half is skipped, visibly; in CI that fails. */
export function describeOnBothEngines(name: string, suite: (engine: Engine) => void): void {
  describe(`${name}, on the embedded database`, () => {
    suite({ environment: async () => ({}) });
  });
  describe.skipIf(cluster === undefined)(`${name}, on PostgreSQL`, () => {
    afterAll(() => cluster?.stop());
    suite({
      async environment() {
        if (cluster === undefined) throw new Error("no PostgreSQL");
        return { DATABASE_URL: await cluster.createDatabase() };
      },
    });
  });
}
