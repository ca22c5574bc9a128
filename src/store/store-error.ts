import { DatabaseError } from "pg";
import type { SqlValue } from "./store.ts";
import { StoreError } from "./store.ts";

/** States we give ourselves, by PostgreSQL's own codes, where no database had a say. */
export const connectionLost = "08006";
export const connectionClosed = "08003";
export const commitUnknown = "08007";
export const tooManyWaiting = "53300";
export const waitedTooLong = "55P03";
export const tooManyParameters = "54023";
export const transactionAborted = "25P02";
export const transactionEnded = "25P01";
export const directoryInUse = "55006";
/** The files of a running database are gone, or another process has taken them. */
export const directoryLost = "58P01";
export const copyTooLarge = "54000";
export const migrationRefused = "55000";

/** Any failure of an engine as a StoreError without a trace of the values that were sent. */
export function toStoreError(error: unknown, parameters: readonly SqlValue[] = []): StoreError {
  if (error instanceof StoreError) return error;
  const message = error instanceof Error ? error.message : String(error);
  // A cause would carry the database's detail and context, which quote values; so there is none.
  if (error instanceof DatabaseError && error.code !== undefined) return databaseError(message, error.code, parameters);
  return new StoreError(`the database failed: ${withoutValues(message, parameters)}`, connectionLost);
}

export function databaseError(message: string, sqlState: string, parameters: readonly SqlValue[] = []): StoreError {
  // Class 22, data exceptions, quotes the offending value, in whatever quotation marks the server's language has.
  const quoteAt = sqlState.startsWith("22") ? message.search(/["'«»„“”‘’「」『』]/) : -1;
  const safe = quoteAt === -1 ? message : `${message.slice(0, quoteAt)}…`;
  return new StoreError(withoutValues(safe, parameters), sqlState);
}

/** Replacing one- and two-letter ASCII values would only garble the message; they identify nobody. */
const shortestAsciiValue = 3;

function withoutValues(message: string, parameters: readonly SqlValue[]): string {
  let safe = message;
  for (const value of parameters.flat()) {
    if (typeof value !== "string" && typeof value !== "number") continue;
    const text = String(value);
    if (text.length < shortestAsciiValue && /^[ -~]*$/.test(text)) continue;
    safe = safe.replaceAll(text, "…");
  }
  return safe;
}
