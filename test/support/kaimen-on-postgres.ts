import { Client } from "pg";
import { type RunningKaimen, startKaimen } from "./kaimen.ts";
import type { PostgresCluster } from "./postgres-cluster.ts";

/** A server on a database of its own, and a way to set that database as time, an operator or another process would. */
export interface KaimenOnPostgres {
  readonly kaimen: RunningKaimen;
  readonly url: string;
  readonly database: Client;
  /** Ends the server, and the cluster too: a test file has one of its own. */
  stop(): Promise<void>;
}

export async function startKaimenOnPostgres(
  cluster: PostgresCluster | undefined,
  env: Record<string, string> = {},
): Promise<KaimenOnPostgres> {
  if (cluster === undefined) throw new Error("no PostgreSQL: what needs one had better be skipped");
  const kaimen = await startKaimen({ database: "postgresql", env });
  const url = kaimen.environment["DATABASE_URL"] ?? "";
  const database = new Client({ connectionString: url });
  await database.connect();
  return {
    kaimen,
    url,
    database,
    async stop() {
      await database.end();
      await kaimen.stop();
      await cluster.stop();
    },
  };
}
