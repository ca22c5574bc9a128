import { openEmbedded } from "./embedded/embedded.ts";
import { openPostgres } from "./postgres.ts";
import type { Store } from "./store.ts";

const defaultConnections = 10;

export interface OpenStoreOptions {
  /** A PostgreSQL server. Without it the embedded database in `dataDirectory` serves. */
  databaseUrl?: string | undefined;
  dataDirectory: string;
  /** The most connections held open to a server; the embedded database always has one. */
  connections?: number | undefined;
}

/** Opens the store of this installation. Throws a StoreError that says what to do about it. */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  const { databaseUrl, dataDirectory, connections = defaultConnections } = options;
  if (databaseUrl === undefined || databaseUrl === "") return openEmbedded({ dataDirectory });
  return openPostgres({ url: databaseUrl, connections });
}
