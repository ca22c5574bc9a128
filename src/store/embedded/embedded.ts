import { Client } from "pg";
import { copyChunks } from "../copy-chunks.ts";
import type { CopyFormat, CopySource } from "../copy-chunks.ts";
import { guardDirectory } from "./directory-guard.ts";
import { prepareDatabaseDirectory } from "./embedded-directory.ts";
import { EmbeddedEngine } from "./embedded-engine.ts";
import { InFlight } from "../in-flight.ts";
import { lockDirectory } from "./lock.ts";
import { runTransaction, Session } from "../session.ts";
import type { Connection } from "../session.ts";
import { StatementNames } from "../statement-names.ts";
import { copyTooLarge } from "../sql-state.ts";
import { StoreError } from "../store.ts";
import type { Row, SqlValue, Store, Transaction } from "../store.ts";
import { Turns } from "../turns.ts";
import { valueTypes } from "../values.ts";

/** PGlite reads a COPY from one piece of memory, so all of it is held at once. */
const copyLimitBytes = 512 * 1024 * 1024;

export interface EmbeddedStore extends Store {
  /** How many times fsync has really run since the store was opened. */
  syncs(): Promise<number>;
}

/** The directory as long as the store has it to itself. */
interface DirectoryHold {
  release(): Promise<void>;
}

/**
 * A store on PGlite, PostgreSQL compiled to WebAssembly, in a worker thread, kept in `dataDirectory`/database and
 * created there on the first start. It has one connection: a transaction has the database to itself until it ends,
 * others wait their turn, two minutes at most. Throws a StoreError when another process has the directory. When the
 * directory is lost while it runs, everything is refused from then on.
 */
export async function openEmbedded({ dataDirectory }: { dataDirectory: string }): Promise<EmbeddedStore> {
  const lock = await lockDirectory(dataDirectory);
  let engine: EmbeddedEngine | undefined;
  try {
    const directory = await prepareDatabaseDirectory(dataDirectory);
    const serving = await EmbeddedEngine.serve(directory);
    engine = serving;
    const guard = await guardDirectory(directory, lock, (reason) => void serving.loseDirectory(reason));
    return await connect(serving, {
      async release() {
        guard.stop();
        await lock.release();
      },
    });
  } catch (error) {
    await engine?.close();
    await lock.release();
    throw error;
  }
}

async function connect(engine: EmbeddedEngine, hold: DirectoryHold): Promise<EmbeddedStore> {
  const client = new Client({
    user: "postgres",
    database: "postgres",
    ssl: false,
    stream: () => engine.openSocket(),
    types: valueTypes,
  });
  client.on("error", () => {}); // The engine itself tells everyone who waits.
  await client.connect();
  return new PgliteStore(engine, client, hold);
}

class PgliteStore implements EmbeddedStore {
  readonly engine = "embedded";
  readonly #engine: EmbeddedEngine;
  readonly #client: Client;
  readonly #connection: Connection;
  readonly #hold: DirectoryHold;
  readonly #turns = new Turns();
  readonly #inFlight = new InFlight();
  #closing: Promise<void> | undefined;

  constructor(engine: EmbeddedEngine, client: Client, hold: DirectoryHold) {
    this.#engine = engine;
    this.#client = client;
    this.#hold = hold;
    const copyIn = (target: string, source: CopySource, format: CopyFormat) => this.#copyIn(target, source, format);
    this.#connection = { client, names: new StatementNames(), copyIn };
  }

  query<R = Row>(sql: string, parameters: readonly SqlValue[] = []): Promise<R[]> {
    return this.#inTurn(() => new Session(this.#connection).query<R>(sql, parameters));
  }

  /** The engine is in this process: if it hangs, there is no other connection to find. */
  queryBriefly<R = Row>(sql: string, parameters?: readonly SqlValue[]): Promise<R[]> {
    return this.query<R>(sql, parameters);
  }

  execute(sql: string): Promise<void> {
    return this.#inTurn(() => new Session(this.#connection).execute(sql));
  }

  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    // A ROLLBACK fails only when the engine has died, which everyone after will be told.
    return this.#inTurn(() => runTransaction(this.#connection, work, () => {}));
  }

  async syncs(): Promise<number> {
    const answer = await this.#engine.ask({ kind: "syncs" });
    return answer.kind === "number" ? answer.value : Number.NaN;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#inFlight.close();
    if (this.#engine.death === undefined) await this.#client.end();
    await this.#engine.close();
    await this.#hold.release();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#inFlight.run(() =>
      this.#turns.run(async () => {
        if (this.#engine.death !== undefined) throw this.#engine.death;
        return work();
      }),
    );
  }

  async #copyIn(target: string, source: CopySource, format: CopyFormat): Promise<number> {
    let chunks: Buffer<ArrayBuffer>[];
    try {
      chunks = await collect(source);
    } catch (error) {
      // A server fails the transaction when the rows stop coming; here nothing has reached the engine yet.
      await this.#client.query("DO $$ BEGIN RAISE EXCEPTION 'the source of the rows failed'; END $$").catch(() => {});
      throw error;
    }
    const answer = await this.#engine.ask({ kind: "copy", target, format, chunks });
    return answer.kind === "number" ? answer.value : Number.NaN;
  }
}

async function collect(source: CopySource): Promise<Buffer<ArrayBuffer>[]> {
  const chunks: Buffer<ArrayBuffer>[] = [];
  let bytes = 0;
  for await (const chunk of copyChunks(source)) {
    bytes += chunk.byteLength;
    if (bytes > copyLimitBytes) {
      const message = "the embedded database takes at most 512 MB in one COPY; use a PostgreSQL server, or several";
      throw new StoreError(message, copyTooLarge);
    }
    chunks.push(chunk);
  }
  return chunks;
}
