import { type Clock, type Instant, later, secondUs } from "../clock.ts";

/** Without being shown again for so long, a password is hashed the next time. */
const idleS = 900;
const entriesLimit = 1_000;

/**
 * Which passwords were proved lately, and against which stored hash. What is kept is a keyed hash of login, password
 * and place, so nothing here can be read, nor used from another place; the stored hash is compared again at each use,
 * so a changed password or a removed account ends it at once.
 */
export interface RecentProofs {
  /** The stored hash that was proved, to be held against today's. */
  find(proof: string): string | undefined;
  remember(proof: string, passwordHash: string): void;
  forget(proof: string): void;
}

export function createRecentProofs(clock: Clock): RecentProofs {
  const proved = new Map<string, { passwordHash: string; until: Instant }>();

  function remember(proof: string, passwordHash: string): void {
    proved.delete(proof);
    proved.set(proof, { passwordHash, until: later(clock.now(), idleS * secondUs) });
    const [oldest] = proved.keys();
    if (proved.size > entriesLimit && oldest !== undefined) proved.delete(oldest);
  }

  return {
    remember,
    forget: (proof) => void proved.delete(proof),
    find(proof) {
      const found = proved.get(proof);
      if (found === undefined) return undefined;
      if (found.until <= clock.now()) {
        proved.delete(proof);
        return undefined;
      }
      remember(proof, found.passwordHash);
      return found.passwordHash;
    },
  };
}
