import { randomUUID } from "node:crypto";
import type { Instant } from "./clock.ts";

/** What ties a reply to its lines in the log: 30 characters, as the real gateway's: where it was handled, when, and a part that is unlike any other. */
export function newTraceId(at: Instant): string {
  const random = randomUUID(); // Its first four and last twelve digits are random, and drawn in advance by the hundred.
  return `0b${Math.floor(at / 1_000)
    .toString(16)
    .padStart(12, "0")}${random.slice(0, 4)}${random.slice(24)}`;
}
