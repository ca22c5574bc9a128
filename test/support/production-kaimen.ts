import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { newSandbox, startKaimen, type RunningKaimen } from "./kaimen.ts";
import type { PostgresCluster } from "./postgres-cluster.ts";

export interface ProductionKaimen {
  readonly kaimen: RunningKaimen;
  /** Where it listens, without a slash at the end; what its sandbox.json says of addresses is the sandbox's. */
  readonly origin: string;
  /** Ends the server, and the cluster too: a test file has one of its own. */
  stop(): Promise<void>;
}

/**
 * A server in production mode that knows the demo apps, users and keys of sandbox.json: they are sown by a sandbox on the
 * same database, which has ended by then.
 */
export async function startInProduction(
  cluster: PostgresCluster | undefined,
  env: Record<string, string> = {},
): Promise<ProductionKaimen> {
  if (cluster === undefined) throw new Error("no PostgreSQL: what needs one had better be skipped");
  const { dataDirectory, settings } = await newSandbox({ database: "postgresql" });
  const masterKey = (await readFile(join(dataDirectory, "master.key"), "utf8")).trim();
  const kaimen = await startKaimen({
    env: { ...settings, KAIMEN_MASTER_KEY: masterKey, KAIMEN_MODE: "production", ...env },
    dataDirectory,
  });
  const port = /"port":(\d+)[^\n]*"msg":"ready"/.exec(kaimen.log())?.[1];
  if (port === undefined) throw new Error("the server does not say where it listens");
  return {
    kaimen,
    origin: `http://127.0.0.1:${port}`,
    async stop() {
      await kaimen.stop();
      await cluster.stop();
    },
  };
}
