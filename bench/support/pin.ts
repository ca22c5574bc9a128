import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { promisify } from "node:util";

/** Whether there are two cores to tell apart, and Linux's taskset to do it with. */
export async function canPin(): Promise<boolean> {
  return (
    cpus().length >= 2 &&
    (await promisify(execFile)("taskset", ["--version"]).then(
      () => true,
      () => false,
    ))
  );
}

/** Puts processes, with all their threads and their children of now, on these cores (`0`, or `0,1`). */
export async function pin(cores: string, pids: readonly number[]): Promise<void> {
  for (const pid of pids.flatMap((each) => [each, ...childrenOf(each)])) {
    // A child may have ended since it was listed.
    await promisify(execFile)("taskset", ["-acp", cores, String(pid)]).catch(() => undefined);
  }
}

function childrenOf(parent: number): number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1]) === parent;
      } catch {
        return false;
      }
    });
}
