/** Files in turn: one of a merchant at a time, and so many together. */
export type InTurn = <T>(merchantId: string, work: () => Promise<T>) => Promise<T>;

const waitingLimit = 200;

/**
 * A file holds a connection to the database for as long as it is taken in, and those of one merchant follow each other.
 * Were they to wait for that in the database, a dozen of them would hold every connection, and nobody's score could be
 * asked for meanwhile. Rejects when too many wait already.
 */
export function createTurns(together: number): InTurn {
  const waiting: { readonly merchantId: string; readonly begin: () => void }[] = [];
  const atWork = new Set<string>();

  function beginNext(): void {
    while (atWork.size < together) {
      const at = waiting.findIndex(({ merchantId }) => !atWork.has(merchantId));
      const [next] = at === -1 ? [] : waiting.splice(at, 1);
      if (next === undefined) return;
      atWork.add(next.merchantId);
      next.begin();
    }
  }

  return async (merchantId, work) => {
    if (waiting.length >= waitingLimit) throw new Error(`${waitingLimit} feedback files already wait for their turn`);
    await new Promise<void>((begin) => {
      waiting.push({ merchantId, begin });
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
