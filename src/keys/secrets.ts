import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** A secret for somebody to carry: `length` characters of base64url, six random bits each. */
export function randomToken(length: number): string {
  return randomBytes(length).toString("base64url").slice(0, length);
}

/** How a random secret is stored: it has too many bits to guess, so a plain hash hides it. */
export function hashToken(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

export function sameSecret(left: Uint8Array | string, right: Uint8Array | string): boolean {
  return timingSafeEqual(createHash("sha256").update(left).digest(), createHash("sha256").update(right).digest());
}
