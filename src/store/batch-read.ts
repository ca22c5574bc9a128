import { StoreError } from "./store.ts";
import { tooManyWaiting } from "./sql-state.ts";

/** How many statements run at once, and how many ids may wait for the next one. */
const limits = { statements: 2, waiting: 10_000 };

interface PendingRead<Row> {
  readonly id: string;
  readonly resolve: (row: Row | undefined) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Reads rows by id for callers of whom there may be any number, many by one statement: what strangers ask for takes two
 * connections at the most, however many they are. Two, since one may hang.
 */
export class BatchRead<Row> {
  readonly #read: (ids: readonly string[]) => Promise<readonly Row[]>;
  readonly #idOf: (row: Row) => string;
  readonly #idsTogether: number;
  #pending: PendingRead<Row>[] = [];
  #underWay = 0;

  /** `idsTogether` is how many ids one statement reads at most. */
  constructor(
    read: (ids: readonly string[]) => Promise<readonly Row[]>,
    idOf: (row: Row) => string,
    { idsTogether = 256 }: { readonly idsTogether?: number } = {},
  ) {
    this.#read = read;
    this.#idOf = idOf;
    this.#idsTogether = idsTogether;
  }

  /** The row, or undefined where there is none. Rejects with a StoreError, where too many wait as well. */
  read(id: string): Promise<Row | undefined> {
    if (this.#pending.length >= limits.waiting) {
      return Promise.reject(new StoreError(`${limits.waiting} already wait to be read`, tooManyWaiting));
    }
    return new Promise((resolve, reject) => {
      // Those that come in the same turn of the event loop are read together.
      if (this.#pending.length === 0) setImmediate(() => this.#start());
      this.#pending.push({ id, resolve, reject });
    });
  }

  #start(): void {
    while (this.#underWay < limits.statements && this.#pending.length > 0) void this.#readNext();
  }

  async #readNext(): Promise<void> {
    const group = this.#pending.splice(0, this.#idsTogether);
    this.#underWay += 1;
    try {
      const rows = await this.#read(group.map(({ id }) => id));
      const byId = new Map(rows.map((row) => [this.#idOf(row), row]));
      for (const { id, resolve } of group) resolve(byId.get(id));
    } catch (error) {
      for (const { reject } of group) reject(error);
    } finally {
      this.#underWay -= 1;
      this.#start();
    }
  }
}
