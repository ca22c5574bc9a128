import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { openEmbedded } from "#kaimen/store/embedded/embedded.ts";
import { lockDirectory } from "#kaimen/store/embedded/lock.ts";
import { StoreError } from "#kaimen/store/store.ts";
import { freshDataDirectory } from "../support/embedded-data.ts";

const childScript = fileURLToPath(new URL("../support/embedded-child.mjs", import.meta.url));
const directories: string[] = [];
const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) await kill(child);
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true });
});

async function emptyDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "kaimen-data-"));
  directories.push(directory);
  return directory;
}

async function directoryWithDatabase(): Promise<string> {
  const { path } = await freshDataDirectory();
  directories.push(path);
  return path;
}

/** Another process, and the lines it prints, one by one. */
function start(action: "lock" | "open" | "commit", directory: string) {
  const child = spawn(process.execPath, [childScript, action, directory], { stdio: ["pipe", "pipe", "inherit"] });
  children.push(child);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return { child, nextLine: async (): Promise<string> => (await lines.next()).value ?? "nothing more" };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

function locksIn(names: readonly string[]): string[] {
  return names.filter((name) => name.startsWith("kaimen.lock"));
}

test("a directory that another process has is refused, by its number, and is free when that process ends", async () => {
  const directory = await directoryWithDatabase();
  const { child, nextLine } = start("open", directory);
  expect(await nextLine()).toBe("open");
  const what = `the data directory ${directory} is in use by process ${child.pid}`;
  const message = `${what}; stop it, or choose another directory with KAIMEN_DATA`;
  const refusal = { name: "StoreError", sqlState: "55006", message };
  await expect(openEmbedded({ dataDirectory: directory })).rejects.toMatchObject(refusal);
  const exited = once(child, "exit");
  child.stdin?.end();
  expect(await exited).toEqual([0, null]);
  expect(locksIn(await readdir(directory))).toEqual([]);
});

test("a directory is refused to a second opener in the same process too", async () => {
  const directory = await emptyDirectory();
  const lock = await lockDirectory(directory);
  await expect(lockDirectory(directory)).rejects.toThrow(`in use by process ${process.pid}`);
  await lock.release();
  await (await lockDirectory(directory)).release();
  expect(await readdir(directory)).toEqual([]);
});

test("the lock of a killed process is taken over, by exactly one of several starters", async () => {
  const directory = await emptyDirectory();
  const first = start("lock", directory);
  expect(await first.nextLine()).toBe("held");
  await kill(first.child);
  expect(locksIn(await readdir(directory))).toHaveLength(1);
  const outcomes = await Promise.all(Array.from({ length: 5 }, () => start("lock", directory).nextLine()));
  expect(outcomes.filter((outcome) => outcome === "held")).toHaveLength(1);
  expect(outcomes.filter((outcome) => /^refused .* is in use by process \d+;/.test(outcome))).toHaveLength(4);
  expect(locksIn(await readdir(directory))).toHaveLength(1);
});

test("a claim whose process number now belongs to a later process is stale", async () => {
  const directory = await emptyDirectory();
  const lock = await lockDirectory(directory);
  const [own = ""] = await readdir(directory);
  await lock.release();
  const [, , , , place] = own.split(".");
  await writeFile(join(directory, `kaimen.lock.${process.ppid}.1.${place}`), "");
  const next = await lockDirectory(directory);
  expect(await readdir(directory)).toEqual([own]);
  await next.release();
});

test("a fresh claim from another container is respected", async () => {
  const directory = await emptyDirectory();
  await writeFile(join(directory, "kaimen.lock.7.1.0badb007-1"), "");
  await expect(lockDirectory(directory)).rejects.toThrow("in use by process 7");
});

test("a start killed while it creates the database leaves nothing that the next start stumbles over", async () => {
  const directory = await emptyDirectory();
  const { child } = start("open", directory);
  const creating = join(directory, `database.creating-${child.pid}`);
  for (let wait = 0; wait < 2_000 && !existsSync(join(creating, "global")); wait += 1) await sleep(5);
  await kill(child);
  expect(existsSync(creating)).toBe(true);
  expect(existsSync(join(directory, "database"))).toBe(false);
  const store = await openEmbedded({ dataDirectory: directory });
  expect(await store.query("SELECT 1 AS one")).toEqual([{ one: 1 }]);
  await store.close();
  expect(await readdir(directory)).toEqual(["database"]);
});

test("what was acknowledged is there after kill -9", async () => {
  const directory = await directoryWithDatabase();
  const { child, nextLine } = start("commit", directory);
  expect(await nextLine()).toBe("open");
  let acknowledged = 0;
  while (acknowledged < 300) acknowledged = Number((await nextLine()).replace("committed ", ""));
  await kill(child);
  for (let line = await nextLine(); line.startsWith("committed "); line = await nextLine()) {
    acknowledged = Number(line.replace("committed ", ""));
  }
  const store = await openEmbedded({ dataDirectory: directory });
  const sql = "SELECT count(*) AS rows, max(number) AS last FROM acknowledged";
  const [row] = await store.query<{ rows: number; last: number }>(sql);
  await store.close();
  // The last one may have been committed and not yet reported.
  expect([acknowledged, acknowledged + 1]).toContain(row?.last);
  expect(row?.rows).toBe(row?.last);
});

test("every commit waits for an fsync of its own, and a read for none", async () => {
  const store = await openEmbedded({ dataDirectory: await directoryWithDatabase() });
  await store.execute("CREATE TABLE synced (v int)");
  const before = await store.syncs();
  const commits = 50;
  for (let v = 0; v < commits / 2; v += 1) await store.query("INSERT INTO synced VALUES ($1)", [v]);
  for (let v = 0; v < commits / 2; v += 1) {
    await store.transaction(async (transaction) => {
      await transaction.query("INSERT INTO synced VALUES ($1)", [v]);
      await transaction.query("INSERT INTO synced VALUES ($1)", [v]);
    });
  }
  const after = await store.syncs();
  expect(after - before).toBeGreaterThanOrEqual(commits);
  await store.query("SELECT 1 AS one");
  expect(await store.syncs()).toBe(after);
  const settings = "SELECT current_setting('fsync') AS fsync, current_setting('wal_sync_method') AS method";
  expect(await store.query(settings)).toEqual([{ fsync: "on", method: "fsync" }]);
  await store.close();
});

test("the write-ahead log stays small however much is written, and nothing written is lost by that", async () => {
  const directory = await directoryWithDatabase();
  const store = await openEmbedded({ dataDirectory: directory });
  await store.execute("CREATE TABLE written (id int, v text)");
  for (let round = 0; round < 15; round += 1) {
    const rows = "SELECT $1::int, repeat(md5(i::text), 30) FROM generate_series(1, 15000) AS i";
    await store.query(`INSERT INTO written ${rows}`, [round]);
  }
  const segments = await readdir(join(directory, "database", "pg_wal"));
  expect(segments.length * 4).toBeLessThan(128); // MB, of some 230 MB written.
  expect(await store.query("SELECT count(*) AS n FROM written")).toEqual([{ n: 225_000 }]);
  await store.close();
});

test("when the engine dies, those it served, those who wait and those who come are told, and the lock is released", async () => {
  const directory = await directoryWithDatabase();
  const store = await openEmbedded({ dataDirectory: directory });
  await store.execute("CREATE TABLE doomed (v text)");
  await rename(join(directory, "database", "pg_wal"), join(directory, "database", "pg_wal_gone"));
  const fill = "INSERT INTO doomed SELECT repeat('x', 1000) FROM generate_series(1, 60000)";
  const calls = [
    store.query(fill),
    store.query("SELECT 1"),
    store.transaction((transaction) => transaction.query("SELECT 1")),
  ];
  for (const call of calls) {
    await expect(call).rejects.toThrow(StoreError);
    await expect(call).rejects.toThrow(/^the embedded database died: .*; start again, what was committed is safe$/);
  }
  await expect(store.query("SELECT 1")).rejects.toThrow(/^the embedded database died/);
  await store.close();
  expect(locksIn(await readdir(directory))).toEqual([]);
  await rename(join(directory, "database", "pg_wal_gone"), join(directory, "database", "pg_wal"));
  const next = await openEmbedded({ dataDirectory: directory });
  expect(await next.query("SELECT count(*) AS n FROM doomed")).toEqual([{ n: 0 }]);
  await next.close();
});

test("a directory that holds no database is reported, not repaired", async () => {
  const directory = await directoryWithDatabase();
  await rm(join(directory, "database", "global"), { recursive: true });
  const opening = openEmbedded({ dataDirectory: directory });
  await expect(opening).rejects.toMatchObject({ name: "StoreError", sqlState: "08006" });
  expect(locksIn(await readdir(directory))).toEqual([]);
});
