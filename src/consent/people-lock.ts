import type { Transaction } from "../store/store.ts";

/** Any fixed number: who adds people shares the lock, who erases one has it alone. */
const peopleLock = 730_002;

/** Until the transaction ends nobody is erased: what it adds to a person's file finds the person still there. */
export async function keepPeople(transaction: Transaction): Promise<void> {
  await transaction.query("select pg_advisory_xact_lock_shared($1)", [peopleLock]);
}

/**
 * Until the transaction ends nothing is added to anybody's file, after what is under way: a feedback file takes seconds.
 * Gives up after `timeoutMs`, with a StoreError of SQLSTATE 55P03, so that files do not queue behind it for long.
 */
export async function holdPeople(transaction: Transaction, timeoutMs: number): Promise<void> {
  await transaction.execute(`set local lock_timeout = ${Math.ceil(timeoutMs)}`);
  await transaction.query("select pg_advisory_xact_lock($1)", [peopleLock]);
}
