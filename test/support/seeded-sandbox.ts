import { cp, mkdtemp, rename, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { inject } from "vitest";
import { beijingDay, systemClock } from "#kaimen/clock.ts";
import { createDatabase } from "./own-postgres.ts";
import type { SharedPostgres } from "./postgres-cluster.ts";

export interface SeededSandbox {
  readonly dataDirectory: string;
  readonly databaseUrl: string;
}

/** How a sandbox is started on an empty data directory and database and stopped again, so that both are seeded. */
export type Seeding = (sandbox: SeededSandbox) => Promise<void>;

// Any number that nothing else on the shared PostgreSQL locks.
const seedingLock = 20_260_101;

/**
 * A copy, on the PostgreSQL that this run's test files share, of a sandbox that was started before: PostgreSQL copies a
 * database in a tenth of the time in which a server fills it, and a server on it starts in half the time that the
 * embedded one takes. Undefined where there is no PostgreSQL.
 */
export async function seededSandboxOnPostgres(seed: Seeding): Promise<SeededSandbox | undefined> {
  const shared = inject("postgres");
  if (shared === undefined) return undefined;
  const original = await seededOnce(shared, seed);
  const dataDirectory = await mkdtemp(join(tmpdir(), "kaimen-data-"));
  const [databaseUrl] = await Promise.all([
    createDatabase(shared.url, original.database),
    cp(original.dataDirectory, dataDirectory, { recursive: true }),
  ]);
  return { dataDirectory, databaseUrl };
}

async function seededOnce(shared: SharedPostgres, seed: Seeding): Promise<{ database: string; dataDirectory: string }> {
  // A sandbox's histories end in the month before: another day may be another month.
  const day = beijingDay(systemClock.now());
  const database = `sandbox_${day.replaceAll("-", "")}`;
  const dataDirectory = join(shared.sandboxes, day);
  if (await exists(dataDirectory)) return { database, dataDirectory };
  const client = new Client({ connectionString: shared.url });
  await client.connect();
  try {
    await client.query("SELECT pg_advisory_lock($1)", [seedingLock]);
    if (!(await exists(dataDirectory))) {
      await client.query(`CREATE DATABASE ${database}`);
      const making = await mkdtemp(join(shared.sandboxes, "making-"));
      await seed({ dataDirectory: making, databaseUrl: shared.url.replace(/postgres$/, database) });
      await rename(making, dataDirectory);
    }
  } finally {
    await client.end();
  }
  return { database, dataDirectory };
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
