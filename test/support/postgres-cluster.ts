import { inject } from "vitest";
import { createDatabase, type PostgresCluster, startOwnPostgres } from "./own-postgres.ts";

export type { PostgresCluster } from "./own-postgres.ts";

export interface SharedPostgres {
  readonly url: string;
  readonly pid: number;
  /** A directory for the data directories of the sandboxes that `seeded-sandbox.ts` copies. */
  readonly sandboxes: string;
}

declare module "vitest" {
  interface ProvidedContext {
    /** Of the PostgreSQL that all test files of a run share; undefined where the machine has none. */
    postgres: SharedPostgres | undefined;
  }
}

/**
 * The PostgreSQL that this run's test files share, each in databases of its own; one of its own where it is imported by
 * no test of such a run. Undefined when the machine has none, which CI does not accept.
 */
export async function startPostgres(): Promise<PostgresCluster | undefined> {
  const shared = inject("postgres");
  if (shared === undefined) return startOwnPostgres();
  return {
    url: shared.url,
    pid: shared.pid,
    createDatabase: () => createDatabase(shared.url),
    stop: () => Promise.resolve(),
  };
}
