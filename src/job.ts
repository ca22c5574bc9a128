import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "./clock.ts";
import { JobLease } from "./store/job-lease.ts";
import type { Store } from "./store/store.ts";

export interface Job {
  /** Starts no other run, waits for the one under way, and lets other processes run the job at once. Never rejects. */
  stop(): Promise<void>;
}

export interface JobOptions {
  /** How long after the start the first run is due; at once, unless said otherwise. */
  readonly firstAfterMs?: number;
  /** How long after a run that failed the next is due; as after any other, unless said otherwise. */
  readonly afterFailureMs?: number;
  /** What the log says when a run fails. */
  readonly failure?: string;
  /** Every process runs the job, at the same time: what is to be done is shared out among them by other means. */
  readonly inEachProcess?: boolean;
}

/** The jobs of a server: what is done again and again without anybody asking. */
export interface Jobs {
  /**
   * Runs a job again and again, one run at a time, each `everyMs` after the end of the last, until it is stopped. Of all
   * processes on the database one runs it; when that one ends, another goes on. A run that fails is logged.
   */
  every(name: string, everyMs: number, run: () => Promise<void>, options?: JobOptions): Job;
}

export interface JobParts {
  readonly store: Store;
  /** The process's own clock, never the one that a sandbox may set: see JobLease. */
  readonly clock: Clock;
  readonly log: { error(details: object, message: string): void };
}

/** A process that dies in the middle of a run keeps others from running its job for no longer than this. */
const longestLeaseMs = 60_000;

export function openJobs({ store, clock, log }: JobParts): Jobs {
  const holder = randomUUID();
  return {
    every(name, everyMs, run, options = {}) {
      const {
        firstAfterMs = 0,
        afterFailureMs = everyMs,
        failure = "a job failed; it runs again when it is next due",
        inEachProcess = false,
      } = options;
      const leaseMs = Math.min(2 * everyMs, longestLeaseMs);
      const lease = inEachProcess ? undefined : new JobLease(store, clock, { name, holder, leaseMs });
      const stopped = new AbortController();

      /** Runs the job if it is this process's turn, and returns after how many milliseconds to come back. */
      async function runIfDue(): Promise<number> {
        let pauseMs = everyMs;
        try {
          // The holder may end before the job is due again: whoever waits for it looks more often than that.
          if (lease !== undefined && !(await lease.take())) return Math.min(everyMs, leaseMs);
          await (lease === undefined ? run() : lease.renewedDuring(run));
        } catch (error) {
          log.error({ err: error, job: name }, failure);
          pauseMs = afterFailureMs;
        }
        // Where this cannot be written, the lease runs out sooner, and another process may run the job before it is due.
        await lease?.holdFor(pauseMs).catch(() => undefined);
        return pauseMs;
      }

      async function loop(): Promise<void> {
        let pauseMs = firstAfterMs;
        for (;;) {
          if (pauseMs > 0)
            await delay(pauseMs, undefined, { signal: stopped.signal, ref: false }).catch(() => undefined);
          if (stopped.signal.aborted) return;
          pauseMs = await runIfDue();
        }
      }

      const running = loop();
      return {
        async stop() {
          stopped.abort();
          await running;
          await lease?.holdFor(0).catch(() => undefined);
        },
      };
    },
  };
}
