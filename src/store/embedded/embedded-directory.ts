import { existsSync } from "node:fs";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { EmbeddedEngine } from "./embedded-engine.ts";

const unfinished = /^database\.creating-\d+$/;

/**
 * The database's directory inside the data directory, created if need be. The caller holds the data directory's
 * lock. A new database is made beside its place, written through to the disk and renamed, so that a start killed
 * half-way leaves nothing that looks like a database; what it did leave is removed by the next.
 */
export async function prepareDatabaseDirectory(dataDirectory: string): Promise<string> {
  const directory = join(dataDirectory, "database");
  for (const name of await readdir(dataDirectory)) {
    if (unfinished.test(name)) await rm(join(dataDirectory, name), { recursive: true, force: true });
  }
  if (existsSync(directory)) return directory;
  const creating = `${directory}.creating-${process.pid}`;
  await mkdir(creating, { mode: 0o700 });
  await EmbeddedEngine.create(creating);
  await syncTree(creating);
  await rename(creating, directory);
  await syncOne(dataDirectory);
  return directory;
}

async function syncTree(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await syncTree(path);
    else await syncOne(path);
  }
  await syncOne(directory);
}

async function syncOne(path: string): Promise<void> {
  // Windows can neither open a directory nor sync a file opened for reading, and writes names through by itself.
  if (process.platform === "win32") return;
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
