import { inject } from "vitest";
import { createDatabase, type PostgresCluster, startOwnPostgres } from "./own-postgres.ts";

export type { PostgresCluster } from "./own-postgres.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Of the PostgreSQL that all test files of a run share; undefined where the machine has none. */
    postgres: { readonly url: string; readonly pid: number } | undefined;
  }
}

/**
 * The PostgreSQL that this run's test files share, each in databases of its own; one of its own where it is imported by
 * no test of such a run. Undefined when the machine has none, which CI does not accept.
 */
export async function startPostgres(): Promise<PostgresCluster | undefined> {
  const shared = inject("postgres");
  if (shared === undefined) return startOwnPostgres();
  return { ...shared, createDatabase: () => createDatabase(shared.url), stop: () => Promise.resolve() };
}
