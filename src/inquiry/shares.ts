/**
 * Takes `limit` of those that wait, as evenly from each owner as what they have allows; both what is taken and what is left
 * stay in their order. An owner with few is not kept waiting by one with thousands that came before.
 */
export function shareOut<T>(
  waiting: readonly T[],
  limit: number,
  ownerOf: (each: T) => string,
): [taken: T[], left: T[]] {
  const counts = [...countByOwner(waiting, ownerOf).values()];
  const share = evenShare(counts, limit);
  // What does not divide goes to those that came first, one more each.
  let odd = counts.reduce((rest, count) => rest - Math.min(count, share), limit);
  const takenOf = new Map<string, number>();
  const taken: T[] = [];
  const left: T[] = [];
  for (const each of waiting) {
    const owner = ownerOf(each);
    const before = takenOf.get(owner) ?? 0;
    if (before < share || (before === share && odd > 0)) {
      if (before === share) odd -= 1;
      taken.push(each);
      takenOf.set(owner, before + 1);
    } else left.push(each);
  }
  return [taken, left];
}

/** What each owner may have so that together they have `limit`, or somewhat less where it does not divide. */
function evenShare(counts: readonly number[], limit: number): number {
  const ascending = counts.toSorted((one, other) => one - other);
  let rest = limit;
  for (const [index, count] of ascending.entries()) {
    const share = rest / (ascending.length - index);
    if (count > share) return Math.floor(share);
    rest -= count;
  }
  return limit;
}

/**
 * How many each owner has, and who has the most, known without a look at any of them: it is asked when too many come, once
 * for each that is turned away.
 */
export class OwnerCounts {
  readonly #counts = new Map<string, number>();
  /** The owners that have so many. */
  readonly #owners = new Map<number, Set<string>>();
  #most = 0;

  add(owner: string): void {
    this.#move(owner, 1);
  }

  remove(owner: string): void {
    this.#move(owner, -1);
  }

  /** Who has the most; undefined where `newcomer` has, with one more, as many as that owner. */
  whoGivesWayTo(newcomer: string): string | undefined {
    if ((this.#counts.get(newcomer) ?? 0) + 1 >= this.#most) return undefined;
    const [largest] = this.#owners.get(this.#most) ?? [];
    return largest;
  }

  #move(owner: string, by: 1 | -1): void {
    const before = this.#counts.get(owner) ?? 0;
    const count = before + by;
    const alike = this.#owners.get(before);
    const isAlone = alike?.size === 1;
    if (isAlone) this.#owners.delete(before);
    else alike?.delete(owner);
    if (count === 0) this.#counts.delete(owner);
    else {
      this.#counts.set(owner, count);
      const others = this.#owners.get(count);
      // Where one owner is served alone, which is most of the time, its set goes on with it.
      if (others === undefined) this.#owners.set(count, isAlone ? alike : new Set([owner]));
      else others.add(owner);
    }
    // Who had the most by himself and has one less is among those with the most still.
    if (count > this.#most || !this.#owners.has(this.#most)) this.#most = count;
  }
}

function countByOwner<T>(waiting: readonly T[], ownerOf: (each: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const each of waiting) counts.set(ownerOf(each), (counts.get(ownerOf(each)) ?? 0) + 1);
  return counts;
}
