import { StoreError } from "./store.ts";
import { waitedTooLong } from "./sql-state.ts";

/** A transaction that holds the one connection longer than this makes those who wait give up. */
const longestWaitMs = 120_000;

/** First come, first served: one at a time. How many may wait is bounded by whoever lets them in. */
export class Turns {
  #taken = false;
  readonly #queue = new Set<() => void>();

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#taken) await this.#wait();
    this.#taken = true;
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  #next(): void {
    const [next] = this.#queue;
    if (next === undefined) {
      this.#taken = false;
    } else {
      this.#queue.delete(next); // The turn passes on without being free in between, so nobody jumps the queue.
      next();
    }
  }

  #wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      const start = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#queue.delete(start);
        const why = `waited ${longestWaitMs / 1_000} s for the embedded database, which one transaction holds`;
        reject(new StoreError(`${why} (does it call the store instead of its transaction?)`, waitedTooLong));
      }, longestWaitMs);
      this.#queue.add(start);
    });
  }
}
