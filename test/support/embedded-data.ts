import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openStore } from "#kaimen/store/open.ts";

const checkout = fileURLToPath(new URL("../../", import.meta.url));

/**
 * A data directory whose embedded database is created and empty, for one test. Creating one takes seconds, so it is
 * done once for each version of what creates it, kept in node_modules/.cache, and copied.
 */
export async function freshDataDirectory(): Promise<{ path: string; remove(): Promise<void> }> {
  const template = await emptyDatabase();
  const path = await mkdtemp(join(tmpdir(), "kaimen-data-"));
  await cp(template, join(path, "database"), { recursive: true });
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

async function emptyDatabase(): Promise<string> {
  const hash = createHash("sha256");
  hash.update(readFileSync(join(checkout, "dist/store/embedded/embedded-worker.js")));
  hash.update(readFileSync(join(checkout, "node_modules/@electric-sql/pglite/package.json")));
  const cache = join(checkout, "node_modules/.cache/kaimen");
  const template = join(cache, `embedded-${hash.digest("hex").slice(0, 16)}`);
  if (await exists(template)) return template;
  await mkdir(cache, { recursive: true });
  const making = await mkdtemp(join(cache, "making-"));
  const store = await openStore({ dataDirectory: making });
  await store.close();
  // Another test process may have been quicker; its copy is as good.
  await rename(join(making, "database"), template).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
  });
  await rm(making, { recursive: true, force: true });
  return template;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
