import { readdirSync, readFileSync } from "node:fs";

/** Whether this system says how long each thread has run; Linux does, to the nanosecond. */
export function isKnown(): boolean {
  try {
    return threadMs(process.pid, process.pid) > 0;
  } catch {
    return false;
  }
}

/** How long the event loop of a Node process has run so far, in milliseconds: its first thread's own processor time. */
export function eventLoopMs(pid: number): number {
  return threadMs(pid, pid);
}

/** The same of all threads that it has now. */
export function allThreadsMs(pid: number): number {
  let sum = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      sum += threadMs(pid, Number(thread));
    } catch {
      // It has just ended.
    }
  }
  return sum;
}

function threadMs(pid: number, thread: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]) / 1e6;
}
