import type { Readable } from "node:stream";

/**
 * The one door to the database. Two engines stand behind it and pass the same behaviour suite: PostgreSQL through
 * `pg`, and PGlite (PostgreSQL compiled to WebAssembly) in a worker thread. SQL is PostgreSQL 15's dialect and lives
 * beside the concept it serves; nothing is generated.
 *
 * Values travel as text in and typed out, alike on both engines:
 *   int2, int4      number
 *   int8            number; one beyond ±2^53 throws, so money in fen and instants never lose a digit
 *   numeric         string
 *   timestamptz     Instant (see clock.ts); pass instantToText(instant) in
 *   date            string, yyyy-MM-dd
 *   bytea           Uint8Array
 *   json, jsonb     the parsed value; pass JSON.stringify(value) in
 *   bool, text, uuid  boolean, string, string
 *   arrays of these   arrays
 */
export type SqlValue =
  string | number | boolean | null | Uint8Array | readonly (string | number | boolean | null | Uint8Array)[];

export type Row = Record<string, unknown>;

export interface Queryable {
  /** One statement. `$1`, `$2` … stand for the parameters. Rejects with a StoreError. */
  query<R = Row>(sql: string, parameters?: readonly SqlValue[]): Promise<R[]>;
  /** Several statements in one text, without parameters or rows. For migrations. */
  execute(sql: string): Promise<void>;
}

export interface Transaction extends Queryable {
  /**
   * COPY … FROM STDIN in PostgreSQL's text format, from a stream or an iterable of chunks.
   * `target` is a table with its columns: `staged (bucket, person_id)`. Resolves to the number of rows.
   */
  copyIn(
    target: string,
    chunks: Readable | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
  ): Promise<number>;
  /** The same of rows in the binary format, as BinaryRows makes them (see copy-binary.ts). */
  copyBinaryIn(target: string, rows: Uint8Array): Promise<number>;
}

export interface Store extends Queryable {
  readonly engine: "postgresql" | "embedded";
  /**
   * As `query`, of a statement that takes milliseconds: a connection that has been silent for ten seconds is taken for dead
   * and dropped, so that those who come after find another. Whether the statement was carried out is not known then; it
   * rejects with a StoreError of class 08.
   */
  queryBriefly<R = Row>(sql: string, parameters?: readonly SqlValue[]): Promise<R[]>;
  /** Commits when `work` resolves, rolls back when it rejects. READ COMMITTED, as PostgreSQL's default. */
  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** Waits for what is under way, then releases the engine. Idempotent. */
  close(): Promise<void>;
}

/** What the database said, with its five-letter SQLSTATE. The parameters are never part of it: they may be personal. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly sqlState: string;

  constructor(message: string, sqlState: string, options?: ErrorOptions) {
    super(message, options);
    this.sqlState = sqlState;
  }
}
