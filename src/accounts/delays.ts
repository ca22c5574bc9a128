import { type Clock, type Instant, later, secondUs } from "../clock.ts";

export interface DelayRule {
  /** Failures that cost nothing. From the last of them on, each is followed by a delay: 1 s, 2 s, 4 s … */
  readonly free: number;
  readonly longestDelayS: number;
  /** In this time one failure is forgotten. */
  readonly forgetS: number;
}

interface Standing {
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
  const standings = new Map<string, Standing>();
  /** More count as no more than lead to the longest delay, so that all of it is forgotten in bounded time. */
  const mostFailures = rule.free + Math.ceil(Math.log2(rule.longestDelayS));

  function standingOf(name: string, now: Instant): Standing | undefined {
    const standing = standings.get(name);
    if (standing === undefined) return undefined;
    const forgotten = Math.max(Math.floor((now - standing.at) / (rule.forgetS * secondUs)), 0);
    standing.failures -= forgotten;
    standing.at = later(standing.at, forgotten * rule.forgetS * secondUs);
    if (standing.failures > 0) return standing;
    standings.delete(name);
    return undefined;
  }

  const delayUs = (failures: number): number =>
    failures < rule.free ? 0 : Math.min(2 ** (failures - rule.free), rule.longestDelayS) * secondUs;

  return {
    waitUs(name) {
      const now = clock.now();
      const standing = standingOf(name, now);
      return standing === undefined ? 0 : Math.max(standing.opensAt - now, 0);
    },
    fail(name) {
      const now = clock.now();
      const standing = standingOf(name, now) ?? { failures: 0, at: now, opensAt: now };
      standing.failures = Math.min(standing.failures + 1, mostFailures);
      standing.opensAt = later(now, delayUs(standing.failures));
      standings.delete(name);
      standings.set(name, standing);
      const [oldest] = standings.keys();
      if (standings.size > entriesLimit && oldest !== undefined) standings.delete(oldest);
    },
    beginAgain(name) {
      const now = clock.now();
      const standing = standingOf(name, now);
      if (standing !== undefined) standing.opensAt = later(now, delayUs(standing.failures));
    },
    takeBack(name, failures) {
      const standing = standingOf(name, clock.now());
      if (standing === undefined) return;
      standing.failures -= failures;
      if (standing.failures <= 0) standings.delete(name);
    },
    reopen(name) {
      const standing = standings.get(name);
      if (standing !== undefined) standing.opensAt = clock.now();
    },
    failuresOf: (name) => standingOf(name, clock.now())?.failures ?? 0,
  };
}
