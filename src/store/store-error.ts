import { DatabaseError } from "pg";
import type { SqlValue } from "./store.ts";
import { connectionLost } from "./sql-state.ts";
import { StoreError } from "./store.ts";

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
