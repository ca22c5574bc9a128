import { beijingTime } from "./time.ts";

/**
 * A new transaction_id: the time in Beijing and 80 random bits, 34 letters and digits behind the prefix. Make one for each
 * inquiry and keep it with the order: asking again with it gives the first answer and is billed once.
 *
 * @param prefix up to 30 letters, digits and underscores
 */
export function newTransactionId(prefix = ""): string {
  if (!/^\w{0,30}$/.test(prefix)) {
    throw new RangeError("the prefix of a transaction_id has up to 30 letters, digits and underscores");
  }
  const random = globalThis.crypto.getRandomValues(new Uint8Array(10));
  const time = beijingTime(Date.now()).replaceAll(/\D/g, "");
  return prefix + time + [...random].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
