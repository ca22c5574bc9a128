/** Where the two numbers lie in the shared memory. */
const portionsLeft = 0;
const readingGivenUp = 1;
const cells = 2;

/**
 * How many portions of a file may still be sent before the thread that reads it has to wait for the one that stores
 * them. Both threads hold a PortionCredit over the same memory: the reading one takes, the storing one gives back, and
 * may give the whole reading up.
 *
 * Two cells tell two things. `portionsLeft` is never below zero, as the reading thread alone lowers it, and only after it
 * has seen more than zero there. `readingGivenUp` is 0 until the reading is given up and 1 for ever after.
 */
export class PortionCredit {
  /** What the other thread makes its own PortionCredit of. */
  readonly memory: SharedArrayBuffer;
  readonly #cells: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#cells = new Int32Array(memory);
  }

  /** A credit of so many portions, in memory of its own. */
  static of(portions: number): PortionCredit {
    const credit = new PortionCredit(new SharedArrayBuffer(cells * Int32Array.BYTES_PER_ELEMENT));
    Atomics.store(credit.#cells, portionsLeft, portions);
    return credit;
  }

  /**
   * Takes the credit of one portion, and blocks the thread until there is one. Returns false when the reading was given
   * up: then nothing may be sent any more. For one thread only, and not for one that has others to answer.
   */
  take(): boolean {
    while (!this.isGivenUp) {
      const left = Atomics.load(this.#cells, portionsLeft);
      if (left > 0) {
        Atomics.sub(this.#cells, portionsLeft, 1);
        return true;
      }
      Atomics.wait(this.#cells, portionsLeft, left);
    }
    return false;
  }

  /** A portion that was sent has been stored. */
  giveBack(): void {
    Atomics.add(this.#cells, portionsLeft, 1);
    Atomics.notify(this.#cells, portionsLeft);
  }

  /**
   * Nobody wants further portions. One is given back with it: a thread that is just about to wait finds another number
   * than the one it expects, so it cannot miss the message and sleep for ever.
   */
  giveUp(): void {
    Atomics.store(this.#cells, readingGivenUp, 1);
    this.giveBack();
  }

  get isGivenUp(): boolean {
    return Atomics.load(this.#cells, readingGivenUp) === 1;
  }
}
