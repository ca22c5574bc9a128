import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { startOwnPostgres } from "./own-postgres.ts";

/**
 * One PostgreSQL for all test files of a run: to create a cluster for each took longer than many of their tests. Nothing
 * of it outlives the run, so it need not sync; tests of what survives a crash start one of their own.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = await startOwnPostgres(["fsync=off", "max_connections=400"]);
  if (cluster === undefined) {
    project.provide("postgres", undefined);
    return () => Promise.resolve();
  }
  const sandboxes = await mkdtemp(join(tmpdir(), "kaimen-sandboxes-"));
  project.provide("postgres", { url: cluster.url, pid: cluster.pid, sandboxes });
  return async () => {
    await cluster.stop();
    await rm(sandboxes, { recursive: true, force: true });
  };
}
