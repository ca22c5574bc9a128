import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { instantToText, systemClock } from "../clock.ts";
import { StoreError } from "./store.ts";
import type { Store, Transaction } from "./store.ts";
import { migrationRefused } from "./sql-state.ts";

const shippedMigrations = fileURLToPath(new URL("./migrations/", import.meta.url));
const fileName = /^(\d{4})-[a-z0-9-]+\.sql$/;

/** Any fixed number, so that all who migrate this database queue at the same door. */
const advisoryLock = 4_851_307_200_118_293;

interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

/**
 * Brings the database to this version's schema: applies the files `NNNN-name.sql` of `directory` that it has not
 * had, in order, each in a transaction. Several processes may do so at once. Resolves to the names applied by this
 * call. Throws a StoreError, leaving the last good state, when a file fails, has changed since it was applied, when
 * numbers have gaps, or when a newer Kaimen has used the database.
 */
export async function migrate(
  store: Store,
  { directory = shippedMigrations }: { directory?: string } = {},
): Promise<string[]> {
  const migrations = await readMigrations(directory);
  const applied: string[] = [];
  for (let round = 0; round <= migrations.length; round += 1) {
    const name = await store.transaction((transaction) => applyNext(transaction, migrations));
    if (name === undefined) break;
    applied.push(name);
  }
  return applied;
}

async function readMigrations(directory: string): Promise<Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(".sql")).sort();
  const migrations: Migration[] = [];
  for (const name of names) {
    const number = Number(fileName.exec(name)?.[1]);
    if (Number.isNaN(number)) throw refused(`${name} is not named NNNN-name.sql, in lower case`);
    if (number === migrations.length) throw refused(`two migrations have the number of ${name}`);
    if (number !== migrations.length + 1)
      throw refused(`no migration comes before ${name}: numbers must not have gaps`);
    // A checkout may have turned the line ends; that is no other migration.
    const sql = (await readFile(join(directory, name), "utf8")).replaceAll("\r\n", "\n");
    migrations.push({ number, name, sql, sha256: createHash("sha256").update(sql).digest("hex") });
  }
  return migrations;
}

async function applyNext(transaction: Transaction, migrations: readonly Migration[]): Promise<string | undefined> {
  await transaction.query("SELECT pg_advisory_xact_lock($1)", [advisoryLock]);
  await transaction.execute(`
    CREATE TABLE IF NOT EXISTS schema_migration (
      number integer PRIMARY KEY,
      name text NOT NULL,
      sha256 text NOT NULL,
      applied_at timestamptz NOT NULL
    )`);
  const recorded = await transaction.query<{ number: number; name: string; sha256: string }>(
    "SELECT number, name, sha256 FROM schema_migration ORDER BY number",
  );
  for (const [index, { number, name, sha256 }] of recorded.entries()) {
    const migration = migrations[index];
    if (number !== index + 1) throw refused(`the database lacks migration ${index + 1} but has ${name}`);
    if (migration === undefined) {
      throw refused(`the database is newer than this Kaimen: it has had ${name}; run the newer version`);
    }
    if (migration.name !== name) throw refused(`the database has had ${name}, which is now called ${migration.name}`);
    if (migration.sha256 !== sha256) {
      throw refused(`${name} has changed since it was applied; write a new migration instead`);
    }
  }
  const next = migrations[recorded.length];
  if (next === undefined) return undefined;
  try {
    // However large the tables are: what is cut short would be tried again at every start.
    await transaction.execute("SET LOCAL statement_timeout = 0");
    await transaction.execute(next.sql);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new StoreError(`migration ${next.name} failed: ${error.message}`, error.sqlState);
  }
  await transaction.query("INSERT INTO schema_migration (number, name, sha256, applied_at) VALUES ($1, $2, $3, $4)", [
    next.number,
    next.name,
    next.sha256,
    instantToText(systemClock.now()),
  ]);
  return next.name;
}

function refused(why: string): StoreError {
  return new StoreError(why, migrationRefused);
}
