import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { beijingDay, systemClock } from "#kaimen/clock.ts";
import { openStore } from "#kaimen/store/open.ts";

const checkout = fileURLToPath(new URL("../../", import.meta.url));

/**
 * A data directory whose embedded database is created and empty, for one test. Creating one takes seconds, so it is
 * done once for each version of what creates it, kept in node_modules/.cache, and copied.
 */
export async function freshDataDirectory(): Promise<{ path: string; remove(): Promise<void> }> {
  const empty = await emptyDatabase();
  const path = await mkdtemp(join(tmpdir(), "kaimen-data-"));
  await cp(empty, join(path, "database"), { recursive: true });
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/**
 * A data directory of a sandbox that was started before: its database is seeded, its keys are made. A first start takes
 * twice the time of a second one, so it is done once for each build and day.
 */
export async function seededDataDirectory(start: (dataDirectory: string) => Promise<void>): Promise<string> {
  const template = await sandboxTemplate(start);
  const path = await mkdtemp(join(tmpdir(), "kaimen-data-"));
  await cp(template, path, { recursive: true });
  return path;
}

function emptyDatabase(): Promise<string> {
  const files = ["dist/store/embedded/embedded-worker.js", "node_modules/@electric-sql/pglite/package.json"];
  return template(`embedded-${hashOf(files)}`, async (making) => {
    await (await openStore({ dataDirectory: making })).close();
    return join(making, "database");
  });
}

function sandboxTemplate(start: (dataDirectory: string) => Promise<void>): Promise<string> {
  const built = readdirSync(join(checkout, "dist"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(checkout, join(entry.parentPath, entry.name)));
  // A sandbox's histories end in the month before: another day may be another month.
  const day = beijingDay(systemClock.now());
  return template(
    `sandbox-${day}-${hashOf([...built.toSorted(), "node_modules/.package-lock.json"])}`,
    async (making) => {
      await cp(await emptyDatabase(), join(making, "database"), { recursive: true });
      await start(making);
      return making;
    },
  );
}

/** Made once, under this name in the cache, whoever is first; `make` gives the directory that becomes it. */
async function template(name: string, make: (making: string) => Promise<string>): Promise<string> {
  const cache = join(checkout, "node_modules/.cache/kaimen");
  const path = join(cache, name);
  if (await exists(path)) return path;
  await mkdir(cache, { recursive: true });
  const making = await mkdtemp(join(cache, "making-"));
  // Another test process may have been quicker; its copy is as good.
  await rename(await make(making), path).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
  });
  await rm(making, { recursive: true, force: true });
  return path;
}

function hashOf(paths: readonly string[]): string {
  const hash = createHash("sha256");
  for (const path of paths) hash.update(`${path}\0`).update(readFileSync(join(checkout, path)));
  return hash.digest("hex").slice(0, 16);
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
