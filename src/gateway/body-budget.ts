/**
 * The memory that request bodies may hold together. A body has to be whole before its signature can be judged, so a
 * stranger could fill the memory with large ones; past the budget they are refused.
 */
export interface BodyBudget {
  take(bytes: number): boolean;
  giveBack(bytes: number): void;
}

export function createBodyBudget(totalBytes: number): BodyBudget {
  let free = totalBytes;
  return {
    take(bytes) {
      if (bytes > free) return false;
      free -= bytes;
      return true;
    },
    giveBack(bytes) {
      free += bytes;
    },
  };
}
