import { type Clock, type Instant, secondUs } from "../clock.ts";

/** How often somebody may do something: `perSecond` times a second, and as many at once. */
export interface RateLimit {
  allows(key: string): boolean;
}

/** Past this many callers within a second all start anew: a bound on memory, not a promise to any of them. */
const callersLimit = 20_000;

/** `perSecond` 0 allows everything. */
export function createRateLimit(perSecond: number, clock: Clock): RateLimit {
  const callers = new Map<string, { left: number; at: Instant }>();
  return {
    allows(key) {
      if (perSecond === 0) return true;
      const now = clock.now();
      const caller = callers.get(key);
      if (caller === undefined) {
        if (callers.size >= callersLimit) callers.clear();
        callers.set(key, { left: perSecond - 1, at: now });
        return true;
      }
      const elapsedUs = Math.max(now - caller.at, 0);
      caller.left = Math.min(perSecond, caller.left + (elapsedUs / secondUs) * perSecond);
      caller.at = now;
      if (caller.left < 1) return false;
      caller.left -= 1;
      return true;
    },
  };
}

export interface CallLimits {
  readonly address: RateLimit;
  readonly app: RateLimit;
  readonly method: RateLimit;
  /** Of signatures that do not verify, which cost more than those that do. */
  readonly examinations: RateLimit;
}
