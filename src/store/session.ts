import type { ClientBase, QueryConfig } from "pg";
import { StatementNames } from "./statement-names.ts";
import { StoreError } from "./store.ts";
import type { Row, SqlValue, Transaction } from "./store.ts";
import { binaryCopy } from "./copy-binary.ts";
import type { CopyFormat, CopySource } from "./copy-chunks.ts";
import { SourceFailure } from "./copy-chunks.ts";
import * as failure from "./sql-state.ts";
import { toStoreError } from "./store-error.ts";

/** A statement's parameters are counted in 16 bits on the wire; one more would wrap around. */
const parameterLimit = 65_535;
const waitingLimit = 10_000;

/** A connection of either engine: both speak PostgreSQL's protocol through `pg`; only COPY differs. */
export interface Connection {
  readonly client: ClientBase;
  readonly names: StatementNames;
  /** Runs `COPY target FROM` the chunks. Rejects with a SourceFailure if it was the source that failed. */
  copyIn(target: string, source: CopySource, format: CopyFormat): Promise<number>;
}

/** One connection's statements in the order they were called, one at a time, until the session ends. */
export class Session implements Transaction {
  readonly #connection: Connection;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #ended = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  query<R = Row>(sql: string, parameters: readonly SqlValue[] = []): Promise<R[]> {
    const { client, names } = this.#connection;
    return this.#inOrder(parameters, async () => {
      if (parameters.length > parameterLimit) {
        throw new StoreError(`a statement takes at most ${parameterLimit} parameters`, failure.tooManyParameters);
      }
      const name = names.nameOf(sql);
      // pg's types lag behind: queryMode is documented and keeps a text to one statement even without parameters.
      const config: QueryConfig & { queryMode: "extended" } = {
        text: sql,
        values: parameters as SqlValue[], // pg reads them only.
        queryMode: "extended",
        ...(name === undefined ? {} : { name }),
      };
      const result = await client.query(config);
      return result.rows as R[]; // The caller states what its SQL selects.
    });
  }

  execute(sql: string): Promise<void> {
    return this.#inOrder([], async () => {
      await this.#connection.client.query(sql);
    });
  }

  copyIn(target: string, chunks: CopySource): Promise<number> {
    return this.#inOrder([], () => this.#connection.copyIn(target, chunks, "text"));
  }

  copyBinaryIn(target: string, rows: Uint8Array): Promise<number> {
    return this.#inOrder([], () => this.#connection.copyIn(target, binaryCopy(rows), "binary"));
  }

  /** The tag the server answers a BEGIN, COMMIT or ROLLBACK with. */
  control(sql: string): Promise<string> {
    return this.#inOrder([], async () => (await this.#connection.client.query(sql)).command);
  }

  /** Runs the last statement; what is called after it is refused. */
  end(sql: "COMMIT" | "ROLLBACK"): Promise<string> {
    const ended = this.control(sql);
    this.#ended = true;
    return ended;
  }

  async #inOrder<T>(parameters: readonly SqlValue[], work: () => Promise<T>): Promise<T> {
    if (this.#ended) throw new StoreError("the transaction has ended", failure.transactionEnded);
    if (this.#waiting >= waitingLimit) {
      throw new StoreError(`${waitingLimit} statements already wait in one transaction`, failure.tooManyWaiting);
    }
    this.#waiting += 1;
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    try {
      return await result;
    } catch (error) {
      if (error instanceof SourceFailure) throw error.thrown;
      throw toStoreError(error, parameters);
    } finally {
      this.#waiting -= 1;
    }
  }
}

/** Runs `work` between BEGIN and COMMIT, or ROLLBACK when it rejects; `broken` is told if even that failed. */
export async function runTransaction<T>(
  connection: Connection,
  work: (transaction: Transaction) => Promise<T>,
  broken: () => void,
): Promise<T> {
  const session = new Session(connection);
  await session.control("BEGIN ISOLATION LEVEL READ COMMITTED");
  let result: T;
  try {
    result = await work(session);
  } catch (error) {
    await session.end("ROLLBACK").catch(broken);
    throw error;
  }
  await commit(session, broken);
  return result;
}

async function commit(session: Session, broken: () => void): Promise<void> {
  let tag: string;
  try {
    tag = await session.end("COMMIT");
  } catch (error) {
    broken();
    if (error instanceof StoreError && error.sqlState === failure.connectionLost) {
      const why = "the database was lost during COMMIT: it may or may not have happened";
      throw new StoreError(why, failure.commitUnknown);
    }
    throw error;
  }
  if (tag === "ROLLBACK") {
    const why = "one of the transaction's statements had failed, so it was rolled back instead of committed";
    throw new StoreError(why, failure.transactionAborted);
  }
}
