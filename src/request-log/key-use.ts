import { createHash, type KeyObject } from "node:crypto";

const idLength = 16;
const known = new WeakMap<KeyObject, string>();

/** What a public key is called where its use is counted: the beginning of the SHA-256 of its SPKI, in hexadecimal. */
export function keyIdOf(publicKey: KeyObject): string {
  const id = known.get(publicKey) ?? keyIdOfSpki(publicKey.export({ type: "spki", format: "der" }));
  known.set(publicKey, id);
  return id;
}

/** `spki` in DER. */
export function keyIdOfSpki(spki: Uint8Array): string {
  return createHash("sha256").update(spki).digest("hex").slice(0, idLength);
}
