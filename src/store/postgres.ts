import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import pg from "pg";
import type { ClientBase, PoolClient } from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { copyChunks } from "./copy-chunks.ts";
import type { CopyFormat, CopySource } from "./copy-chunks.ts";
import { InFlight } from "./in-flight.ts";
import { runTransaction, Session } from "./session.ts";
import { StatementNames } from "./statement-names.ts";
import { connectionLost } from "./sql-state.ts";
import { toStoreError } from "./store-error.ts";
import { StoreError } from "./store.ts";
import type { Row, SqlValue, Store, Transaction } from "./store.ts";
import { valueTypes } from "./values.ts";

const connectTimeoutMs = 10_000;
const idleConnectionMs = 60_000;
/** After so long without an answer a connection is taken for dead, where an answer is a matter of milliseconds. */
const silenceMs = 10_000;
/** Long enough to rescore tens of millions of records in one statement; short enough to end by itself. */
const statementTimeoutMs = 15 * 60_000;
const idleTransactionTimeoutMs = 5 * 60_000;

/** What the value parsers rely on, whatever the server's, the database's or the role's own settings are. */
const sessionSettings = [
  "TimeZone=UTC",
  "DateStyle=ISO",
  "bytea_output=hex",
  `statement_timeout=${statementTimeoutMs}`,
  `idle_in_transaction_session_timeout=${idleTransactionTimeoutMs}`,
];

/**
 * A store on a PostgreSQL server, 15 or newer. `connections` is the most it holds open at a time; calls beyond that
 * wait, up to ten seconds. Throws a StoreError when the URL is none or nobody answers there.
 */
export async function openPostgres({ url, connections }: { url: string; connections: number }): Promise<Store> {
  const store = new PostgresStore(url, connections);
  try {
    await store.query("SELECT 1");
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;
}

class PostgresStore implements Store {
  readonly engine = "postgresql";
  readonly #pool: pg.Pool;
  readonly #names = new StatementNames();
  readonly #inFlight = new InFlight();
  #closing: Promise<void> | undefined;

  constructor(url: string, connections: number) {
    this.#pool = new pg.Pool({
      connectionString: withSessionSettings(url),
      application_name: "kaimen",
      max: connections,
      connectionTimeoutMillis: connectTimeoutMs,
      idleTimeoutMillis: idleConnectionMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: silenceMs,
      onConnect: noticeLostClients,
      types: valueTypes,
    });
    // A lost connection fails the statement that runs on it, and the pool drops it; nobody else needs to know.
    this.#pool.on("error", () => {});
    this.#pool.on("connect", (client) => client.on("error", () => {}));
  }

  query<R = Row>(sql: string, parameters: readonly SqlValue[] = []): Promise<R[]> {
    return this.#withConnection((client) => new Session(this.#connection(client)).query<R>(sql, parameters));
  }

  queryBriefly<R = Row>(sql: string, parameters: readonly SqlValue[] = []): Promise<R[]> {
    return this.#withConnection(async (client) => {
      const silence = setTimeout(() => drop(client), silenceMs);
      try {
        return await new Session(this.#connection(client)).query<R>(sql, parameters);
      } finally {
        clearTimeout(silence);
      }
    });
  }

  execute(sql: string): Promise<void> {
    return this.#withConnection((client) => new Session(this.#connection(client)).execute(sql));
  }

  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.#withConnection((client, broken) => runTransaction(this.#connection(client), work, broken));
  }

  close(): Promise<void> {
    this.#closing ??= this.#inFlight.close().then(() => this.#pool.end());
    return this.#closing;
  }

  #connection(client: PoolClient) {
    const copy = (target: string, source: CopySource, format: CopyFormat) => copyIn(client, target, source, format);
    return { client, names: this.#names, copyIn: copy };
  }

  #withConnection<T>(work: (client: PoolClient, broken: () => void) => Promise<T>): Promise<T> {
    return this.#inFlight.run(async () => {
      const client = await this.#pool.connect().catch((error: unknown) => {
        throw toStoreError(error);
      });
      let isBroken = false;
      try {
        return await work(client, () => (isBroken = true));
      } finally {
        client.release(isBroken);
      }
    });
  }
}

/**
 * A statement whose connection was dropped, or whose process was killed, goes on for no longer than this; a server on
 * Windows cannot do that, and then it goes on.
 */
function noticeLostClients(client: ClientBase): Promise<unknown> {
  return client.query(`SET client_connection_check_interval = ${silenceMs}`).catch(() => undefined);
}

/** The statement under way fails, as if the network had broken; the pool lets go of the connection. */
function drop(client: PoolClient): void {
  // pg's types leave it out: the socket, which its Client has always had here.
  (client as PoolClient & { readonly connection: { readonly stream: Duplex } }).connection.stream.destroy();
}

async function copyIn(client: PoolClient, target: string, source: CopySource, format: CopyFormat): Promise<number> {
  const copy = client.query(copyFrom(`COPY ${target} FROM STDIN WITH (FORMAT ${format})`));
  await pipeline(copyChunks(source), copy);
  return copy.rowCount;
}

/** The URL may carry `options` of its own; ours come last, so they hold. */
function withSessionSettings(url: string): string {
  if (!URL.canParse(url)) throw new StoreError("DATABASE_URL is not a URL", connectionLost);
  const address = new URL(url);
  const theirs = address.searchParams.get("options") ?? "";
  const ours = sessionSettings.map((setting) => `-c ${setting}`).join(" ");
  address.searchParams.set("options", `${theirs} ${ours}`.trim());
  return address.href;
}
