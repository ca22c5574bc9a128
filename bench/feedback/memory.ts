import { readFileSync } from "node:fs";

const sampleMs = 20;

/** Watches a process's resident memory; `stop` gives the most it had above what it has now, in MB. */
export function watchMemory(pid: number): { stop(): number } {
  const idle = residentMb(pid);
  let peak = idle;
  const timer = setInterval(() => (peak = Math.max(peak, residentMb(pid))), sampleMs);
  return {
    stop() {
      clearInterval(timer);
      return peak - idle;
    },
  };
}

function residentMb(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) / 1_024;
}
