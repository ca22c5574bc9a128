import { hash } from "node:crypto";

/**
 * The number, 0 to 255, by which a large table's rows are spread: the first byte of a hash of what the row belongs to.
 * Every key of such a table begins with it, so that one PostgreSQL today can become many without a rewrite.
 */
export function bucketOf(...key: readonly string[]): number {
  return hash("sha256", key.join("\0"), "buffer")[0] ?? 0;
}

/** The bucket of something whose id is itself a hash: its first byte. */
export function bucketOfUuid(uuid: string): number {
  return Number.parseInt(uuid.slice(0, 2), 16);
}

export function bucketOfHash(hash: Uint8Array): number {
  return hash[0] ?? 0;
}
