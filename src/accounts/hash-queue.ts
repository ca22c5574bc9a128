/** Whose hash it is: those of one lane follow each other, and lanes take turns. */
export interface Lane {
  readonly name: string;
  /** Of a device or an address that has signed in to the account before; every other turn is theirs. */
  readonly known: boolean;
}

/** A job's result, or undefined when too many wait already and it was refused at once. */
export interface HashQueue {
  run<T>(lane: Lane, job: () => Promise<T>): Promise<T> | undefined;
}

export interface HashQueueLimits {
  readonly waitingOfLane: number;
  /** Of all lanes together, those of known devices and those of others each. */
  readonly waiting: number;
}

type Waiting = Map<string, (() => void)[]>;

/**
 * One hash at a time: each takes 128 MB, and replies are signed by the same threads. Known devices and strangers take
 * turns, and within each so do the lanes. So somebody's hash waits for one hash a lane before it, however many come
 * from any of them.
 */
export function createHashQueue(limits: HashQueueLimits): HashQueue {
  const known: Waiting = new Map();
  const others: Waiting = new Map();
  let working = false;
  let knownNext = true;

  function beginNext(): void {
    if (working) return;
    const ofKnown = knownNext || others.size === 0 ? nextOf(known) : undefined;
    const begin = ofKnown ?? nextOf(others);
    if (begin === undefined) return;
    knownNext = ofKnown === undefined;
    working = true;
    begin();
  }

  return {
    run(lane, job) {
      const waiting = lane.known ? known : others;
      const ofLane = waiting.get(lane.name)?.length ?? 0;
      if (ofLane >= limits.waitingOfLane || countOf(waiting) >= limits.waiting) return undefined;
      const turn = new Promise<void>((begin) => {
        waiting.set(lane.name, [...(waiting.get(lane.name) ?? []), begin]);
      });
      beginNext();
      return turn.then(job).finally(() => {
        working = false;
        beginNext();
      });
    },
  };
}

/** Takes the first of the lane whose turn it is, and puts the lane behind the others. */
function nextOf(waiting: Waiting): (() => void) | undefined {
  for (const [lane, [first, ...rest]] of waiting) {
    waiting.delete(lane);
    if (rest.length > 0) waiting.set(lane, rest);
    return first;
  }
  return undefined;
}

function countOf(waiting: Waiting): number {
  let count = 0;
  for (const ofLane of waiting.values()) count += ofLane.length;
  return count;
}
