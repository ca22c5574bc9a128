import { StoreError } from "./store.ts";

/** What the database says of a statement that it refuses, where callers tell one from another. */
export const uniqueViolation = "23505";
export const foreignKeyViolation = "23503";
export const checkViolation = "23514";
export const lockNotAvailable = "55P03";
export const deadlockDetected = "40P01";
export const serializationFailure = "40001";

/** States we give ourselves, by PostgreSQL's own codes, where no database had a say. */
export const connectionLost = "08006";
export const connectionClosed = "08003";
export const commitUnknown = "08007";
export const tooManyWaiting = "53300";
export const waitedTooLong = lockNotAvailable;
export const tooManyParameters = "54023";
export const transactionAborted = "25P02";
export const transactionEnded = "25P01";
export const directoryInUse = "55006";
/** The files of a running database are gone, or another process has taken them. */
export const directoryLost = "58P01";
export const copyTooLarge = "54000";
export const migrationRefused = "55000";

/** Whether this is a failure of the store with one of these states. */
export function failedWith(error: unknown, ...sqlStates: readonly string[]): error is StoreError {
  return error instanceof StoreError && sqlStates.includes(error.sqlState);
}
