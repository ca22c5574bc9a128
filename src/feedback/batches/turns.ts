/** Takes a merchant's file in when its turn has come: a merchant's files go one at a time, and so many files together. */
export type RunInTurn = <T>(merchantId: string, work: () => Promise<T>) => Promise<T>;

export interface TurnLimits {
  /** So many files are taken in at a time. */
  readonly together: number;
  /** So many files may wait, of all merchants and of one. The first file of each merchant may always wait. */
  readonly waiting?: number;
  readonly waitingOfOne?: number;
}

/** So many files are taken in at once, at most: while one is read, the one before it may still be merged. */
const mostTogether = 4;
/** Feedback takes at most this part of the connections to the database; the others are left to those who inquire. */
const connectionsShare = 1 / 3;
const waitingLimit = 200;
const waitingOfOneLimit = 20;

/** The turns of a server that shares so many connections to the database among everything that it does. */
export function openFeedbackTurns(connections: number): RunInTurn {
  return createTurns({ together: Math.max(1, Math.min(mostTogether, Math.floor(connections * connectionsShare))) });
}

/**
 * A file holds a connection to the database for as long as it is taken in, and those of one merchant follow each other.
 * Were they to wait for that in the database, a dozen of them would hold every connection, and nobody's score could be
 * asked for meanwhile. Merchants take turns, however many files each has waiting. Rejects when too many wait already, of this
 * merchant or of all.
 */
export function createTurns({
  together,
  waiting = waitingLimit,
  waitingOfOne = waitingOfOneLimit,
}: TurnLimits): RunInTurn {
  /** What waits of each merchant. The merchants stand in the order of their turns. */
  const queues = new Map<string, (() => void)[]>();
  const atWork = new Set<string>();
  let count = 0;

  function beginNext(): void {
    for (const [merchantId, queue] of queues) {
      if (atWork.size >= together) return;
      if (atWork.has(merchantId)) continue;
      const [begin, ...rest] = queue;
      queues.delete(merchantId);
      if (rest.length > 0) queues.set(merchantId, rest); // The merchant goes behind the others.
      count -= 1;
      atWork.add(merchantId);
      begin?.();
    }
  }

  return async (merchantId, work) => {
    const own = queues.get(merchantId) ?? [];
    if (own.length >= waitingOfOne)
      throw new Error(`${waitingOfOne} feedback files of the merchant ${merchantId} already wait for their turn`);
    // One of each merchant may always wait: nobody can fill the queue for those who have nothing in it.
    if (count >= waiting && own.length > 0) throw new Error(`${waiting} feedback files already wait for their turn`);
    await new Promise<void>((begin) => {
      own.push(begin);
      queues.set(merchantId, own);
      count += 1;
      beginNext();
    });
    try {
      return await work();
    } finally {
      atWork.delete(merchantId);
      beginNext();
    }
  };
}
