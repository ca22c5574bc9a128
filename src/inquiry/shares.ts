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

/** Where the newest of the owner with the most is; undefined where `newcomer` has, with one more, as many as that owner. */
export function lastOfLargest<T>(
  waiting: readonly T[],
  newcomer: string,
  ownerOf: (each: T) => string,
): number | undefined {
  const counts = countByOwner(waiting, ownerOf);
  let largest = newcomer;
  for (const [owner, count] of counts) if (count > (counts.get(largest) ?? 0)) largest = owner;
  if ((counts.get(newcomer) ?? 0) + 1 >= (counts.get(largest) ?? 0)) return undefined;
  return waiting.findLastIndex((each) => ownerOf(each) === largest);
}

function countByOwner<T>(waiting: readonly T[], ownerOf: (each: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const each of waiting) counts.set(ownerOf(each), (counts.get(ownerOf(each)) ?? 0) + 1);
  return counts;
}
