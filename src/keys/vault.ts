import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";
import type { MasterKey } from "./master-key.ts";

export interface VaultKeys {
  readonly sealing: Uint8Array;
  readonly lookup: Uint8Array;
}

/**
 * Seals what must not lie in the clear (AES-256-GCM) and finds people without reading them (HMAC-SHA-256). `context`
 * names the place a sealed value belongs to and is authenticated with it, so that one moved elsewhere does not open.
 */
export interface Vault {
  /** The keys, for a thread of this process that makes a vault of its own. */
  readonly keys: VaultKeys;
  seal(plain: Uint8Array | string, context: string): Uint8Array;
  /** Throws when the value was altered, sealed under another key, or belongs to another context. */
  open(sealed: Uint8Array, context: string): Buffer;
  /** A keyed hash of 128 bits in the form of a uuid: equal texts give equal ids, and only with the key. */
  lookupId(context: string, text: string): string;
}

const version = 1;
const nonceLength = 12;
const tagLength = 16;

export function createVault(keys: VaultKeys): Vault {
  return {
    keys,
    seal: (plain, context) => seal(keys.sealing, plain, context),
    open: (sealed, context) => unseal(keys.sealing, sealed, context),
    lookupId(context, text) {
      const digest = createHmac("sha256", keys.lookup).update(`${context}\0${text}`).digest();
      return uuidOf(digest);
    },
  };
}

/** The key that wraps data keys, derived so that the master key itself encrypts nothing. */
export function wrappingKey(master: MasterKey): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", master, new Uint8Array(), "kaimen data key wrapping", 32));
}

export function seal(key: Uint8Array, plain: Uint8Array | string, context: string): Uint8Array {
  const nonce = nextNonce();
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(context));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([Buffer.of(version), nonce, body, cipher.getAuthTag()]);
}

/** Random bytes are asked of the system for many nonces at once; each is used once. */
const noncesAtOnce = 512;
let nonces = new Uint8Array();

function nextNonce(): Uint8Array {
  if (nonces.length < nonceLength) nonces = randomBytes(noncesAtOnce * nonceLength);
  const nonce = nonces.subarray(0, nonceLength);
  nonces = nonces.subarray(nonceLength);
  return nonce;
}

export function unseal(key: Uint8Array, sealed: Uint8Array, context: string): Buffer {
  if (sealed[0] !== version || sealed.length < 1 + nonceLength + tagLength) throw new Error("not a sealed value");
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(1, 1 + nonceLength))
    .setAAD(Buffer.from(context))
    .setAuthTag(sealed.subarray(sealed.length - tagLength));
  const body = sealed.subarray(1 + nonceLength, sealed.length - tagLength);
  return Buffer.concat([decipher.update(body), decipher.final()]);
}

/** The first 128 bits of a digest, written as a uuid: 16 bytes in the database, and a type every tool knows. */
export function uuidOf(digest: Uint8Array): string {
  const hex = Buffer.from(digest.buffer, digest.byteOffset, 16).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
