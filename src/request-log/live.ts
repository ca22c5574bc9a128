import type { LoggedCall } from "./call.ts";

/** Somebody who follows the log. */
export interface Follower {
  /** Calls in their order; each of them once. */
  readonly take: (calls: readonly LoggedCall[]) => void;
  /** The server stops. */
  readonly end: () => void;
}

const followersLimit = 64;
/** So many calls are read at a time for those who follow. */
const readAtOnce = 500;
/** How often it is looked whether another process has logged something. */
const lookEveryMs = 1_000;

/**
 * Hands new calls to those who follow: read once for all of them, from the database, so that the calls of every process
 * come, in their order. Nothing is read while nobody follows.
 */
export class LiveCalls {
  readonly #followers = new Set<Follower>();
  readonly #read: (after: number, limit: number) => Promise<readonly LoggedCall[]>;
  readonly #latest: () => Promise<number>;
  readonly #onFailure: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #after: number | undefined;
  #reading: Promise<void> | undefined;
  #again = false;

  constructor(parts: {
    read: (after: number, limit: number) => Promise<readonly LoggedCall[]>;
    latest: () => Promise<number>;
    onFailure: (error: unknown) => void;
  }) {
    this.#read = parts.read;
    this.#latest = parts.latest;
    this.#onFailure = parts.onFailure;
  }

  /** Resolves to what ends it, once the follower misses nothing that comes; undefined when too many follow already. */
  async follow(follower: Follower): Promise<(() => void) | undefined> {
    if (this.#followers.size >= followersLimit) return undefined;
    this.#followers.add(follower);
    try {
      this.#after ??= await this.#latest();
    } catch (error) {
      this.#leave(follower);
      throw error;
    }
    this.#timer ??= setInterval(() => this.look(), lookEveryMs).unref();
    return () => this.#leave(follower);
  }

  /** Reads what is new, if anybody follows. */
  look(): void {
    if (this.#after === undefined) return;
    if (this.#reading !== undefined) {
      this.#again = true;
      return;
    }
    this.#reading = this.#readOn()
      .catch(this.#onFailure)
      .finally(() => {
        this.#reading = undefined;
        if (this.#again) this.look();
        this.#again = false;
      });
  }

  end(): void {
    for (const each of this.#followers) {
      this.#leave(each);
      each.end();
    }
  }

  #leave(follower: Follower): void {
    this.#followers.delete(follower);
    if (this.#followers.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#after = undefined;
  }

  async #readOn(): Promise<void> {
    for (;;) {
      const after = this.#after;
      if (after === undefined) return;
      const calls = await this.#read(after, readAtOnce);
      const last = calls.at(-1);
      if (last === undefined) return;
      // Everybody left, or left and somebody came anew, while it was read.
      if (this.#after !== after) continue;
      this.#after = last.callNo;
      for (const each of this.#followers) each.take(calls);
      if (calls.length < readAtOnce) return;
    }
  }
}
