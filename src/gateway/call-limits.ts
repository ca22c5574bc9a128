import { type Clock, type Instant, secondUs } from "../clock.ts";

/** How often somebody may do something: `perSecond` times a second, and as many at once. */
export interface RateLimit {
  allows(key: string): boolean;
}

/** Callers that are counted at once. */
const callersLimit = 20_000;
/** When a newcomer needs a place, so many of the known callers are looked at, in turn, for one that can go. */
const lookedAt = 32;

interface Caller {
  left: number;
  at: Instant;
}

/**
 * `perSecond` 0 allows everything. When the table is full, a newcomer takes the place of one that has used no more of its
 * limit than the newcomer does; where none is found, it is let pass and not counted. So a flood of new callers makes room
 * for itself, and lets off nobody who is being held back.
 */
export function createRateLimit(perSecond: number, clock: Clock): RateLimit {
  const callers = new Map<string, Caller>();

  const leftAt = (caller: Caller, now: Instant): number =>
    Math.min(perSecond, caller.left + (Math.max(now - caller.at, 0) / secondUs) * perSecond);

  /** Whether there is a place for one who has so much left. */
  function makeRoom(left: number, now: Instant): boolean {
    if (callers.size < callersLimit) return true;
    let looks = 0;
    for (const [key, caller] of callers) {
      if ((looks += 1) > lookedAt) break;
      callers.delete(key);
      if (leftAt(caller, now) >= left) return true;
      callers.set(key, caller); // The last to be looked at again.
    }
    return false;
  }

  return {
    allows(key) {
      if (perSecond === 0) return true;
      const now = clock.now();
      const caller = callers.get(key);
      if (caller === undefined) {
        const left = perSecond - 1;
        if (makeRoom(left, now)) callers.set(key, { left, at: now });
        return true;
      }
      caller.left = leftAt(caller, now);
      caller.at = now;
      if (caller.left < 1) return false;
      caller.left -= 1;
      return true;
    },
  };
}

/** Allows so many calls a second to each caller, and so many to all callers together. */
export function createSharedRateLimit(
  perSecond: { readonly each: number; readonly together: number },
  clock: Clock,
): RateLimit {
  const each = createRateLimit(perSecond.each, clock);
  const together = createRateLimit(perSecond.together, clock);
  return { allows: (key) => each.allows(key) && together.allows("all") };
}

export interface CallLimits {
  readonly address: RateLimit;
  readonly app: RateLimit;
  readonly method: RateLimit;
  /** Limits diagnoses of signatures that do not verify, by address and for all together: one costs more than many calls. */
  readonly diagnoses: RateLimit;
}
