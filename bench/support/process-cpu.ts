import { readdirSync, readFileSync } from "node:fs";

/** Linux counts processor time for user programs in hundredths of a second, whatever its own clock does. */
const ticksPerSecond = 100;

interface ProcessStat {
  readonly parent: number;
  /** User and system time of the process and of its children that have ended. */
  readonly ticks: number;
}

/** Seconds of processor time that a process and its children have used, by Linux's /proc. */
export function familyCpuSeconds(pid: number): number {
  let ticks = readStat(pid)?.ticks ?? 0;
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = readStat(Number(entry));
    if (stat?.parent === pid) ticks += stat.ticks;
  }
  return ticks / ticksPerSecond;
}

/** Undefined when the process has ended meanwhile. */
function readStat(pid: number): ProcessStat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return undefined;
  }
  // The second field, the program's name in parentheses, may hold spaces. Fields after it, by proc(5): state, ppid
  // (the 4th of all), …, utime, stime, cutime, cstime (the 14th to 17th).
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { parent: Number(fields[1]), ticks };
}
