import { type Clock, type Instant, later, secondUs } from "../clock.ts";

export interface DelayRule {
  /** Failures that cost nothing. From the last of them on, each is followed by a delay: 1 s, 2 s, 4 s … */
  readonly free: number;
  readonly longestDelayS: number;
  /** In this time one failure is forgotten. */
  readonly forgetS: number;
}

interface FailureRecord {
  failures: number;
  /** When the last failure was forgotten, or the first came. */
  at: Instant;
  opensAt: Instant;
}

/** Past these, whoever failed longest ago is forgotten. It takes as many hashes to get there, hours of them. */
const entriesLimit = 20_000;

/** Rising delays for whoever fails, by a name: an account, an address. What is refused meanwhile changes nothing. */
export interface Delays {
  /** How long until the next attempt is heard, in microseconds; 0 for at once. */
  waitUs(name: string): number;
  fail(name: string): void;
  /** The delay after the last failure begins now, if there is one: an attempt that was hashed for long has only just been answered. */
  beginAgain(name: string): void;
  /** Failures that were none after all. A delay that runs goes on. */
  takeBack(name: string, failures: number): void;
  /** The last failure was none after all, so its delay is over. */
  reopen(name: string): void;
  failuresOf(name: string): number;
}

export function createDelays(clock: Clock, rule: DelayRule): Delays {
  const records = new Map<string, FailureRecord>();
  /** More count as no more than lead to the longest delay, so that all of it is forgotten in bounded time. */
  const mostFailures = rule.free + Math.ceil(Math.log2(rule.longestDelayS));

  function recordOf(name: string, now: Instant): FailureRecord | undefined {
    const record = records.get(name);
    if (record === undefined) return undefined;
    const forgotten = Math.max(Math.floor((now - record.at) / (rule.forgetS * secondUs)), 0);
    record.failures -= forgotten;
    record.at = later(record.at, forgotten * rule.forgetS * secondUs);
    if (record.failures > 0) return record;
    records.delete(name);
    return undefined;
  }

  const delayUs = (failures: number): number =>
    failures < rule.free ? 0 : Math.min(2 ** (failures - rule.free), rule.longestDelayS) * secondUs;

  return {
    waitUs(name) {
      const now = clock.now();
      const record = recordOf(name, now);
      return record === undefined ? 0 : Math.max(record.opensAt - now, 0);
    },
    fail(name) {
      const now = clock.now();
      const record = recordOf(name, now) ?? { failures: 0, at: now, opensAt: now };
      record.failures = Math.min(record.failures + 1, mostFailures);
      record.opensAt = later(now, delayUs(record.failures));
      records.delete(name);
      records.set(name, record);
      const [oldest] = records.keys();
      if (records.size > entriesLimit && oldest !== undefined) records.delete(oldest);
    },
    beginAgain(name) {
      const now = clock.now();
      const record = recordOf(name, now);
      if (record !== undefined) record.opensAt = later(now, delayUs(record.failures));
    },
    takeBack(name, failures) {
      const record = recordOf(name, clock.now());
      if (record === undefined) return;
      record.failures -= failures;
      if (record.failures <= 0) records.delete(name);
    },
    reopen(name) {
      const record = records.get(name);
      if (record !== undefined) record.opensAt = clock.now();
    },
    failuresOf: (name) => recordOf(name, clock.now())?.failures ?? 0,
  };
}
