import { StoreError } from "./store.ts";
import { connectionClosed, tooManyWaiting } from "./sql-state.ts";

/** Calls a store has accepted and not answered, waiting ones included. One more is refused at once. */
export const inFlightLimit = 10_000;

/** Counts what is under way, refuses what is too much or too late, and tells when the last has ended. */
export class InFlight {
  #count = 0;
  #closed = false;
  #whenIdle: (() => void) | undefined;

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new StoreError("the store is closed", connectionClosed);
    if (this.#count >= inFlightLimit) {
      throw new StoreError(`${inFlightLimit} calls already wait for the database`, tooManyWaiting);
    }
    this.#count += 1;
    try {
      return await work();
    } finally {
      this.#count -= 1;
      if (this.#count === 0) this.#whenIdle?.();
    }
  }

  /** Refuses new calls from now on and resolves when those under way have ended. Call it once. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#count > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
  }
}
