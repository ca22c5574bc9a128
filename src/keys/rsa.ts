import { generateKeyPair, type KeyObject, sign, verify } from "node:crypto";
import { promisify } from "node:util";
import type { SignType } from "../protocol/signing.ts";

const digests = { RSA2: "RSA-SHA256", RSA: "RSA-SHA1" } as const satisfies Record<SignType, string>;

/** Some 15 MB when every answer is of the usual size. */
const rememberedSignatures = 20_000;
/** A longer text is seldom signed twice. */
const rememberedLength = 1_024;
const signatures = new WeakMap<KeyObject, Map<string, Buffer>>();

/**
 * PKCS#1 v1.5 in the thread pool: a 2,048-bit signature takes a quarter of a millisecond, too long for the event loop.
 * The scheme is deterministic, so the answer to a repeat has the signature of the first one, which is remembered.
 */
export function createSignature(signType: SignType, privateKey: KeyObject, data: Uint8Array): Buffer | Promise<Buffer> {
  const known = remembered(privateKey);
  const text = data.length > rememberedLength ? undefined : `${signType} ${Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("latin1")}`;
  const signature = text === undefined ? undefined : known.get(text);
  if (signature !== undefined) return signature;
  return new Promise((resolve, reject) => {
    sign(digests[signType], data, privateKey, (error, signed) => {
      if (error) return reject(error);
      if (text !== undefined) {
        const oldest = known.size < rememberedSignatures ? undefined : known.keys().next().value;
        if (oldest !== undefined) known.delete(oldest);
        known.set(text, signed);
      }
      return resolve(signed);
    });
  });
}

function remembered(privateKey: KeyObject): Map<string, Buffer> {
  const known = signatures.get(privateKey) ?? new Map<string, Buffer>();
  signatures.set(privateKey, known);
  return known;
}

/**
 * False for any signature that does not verify, whatever its length or shape. Verifying costs a tenth of signing, less
 * than the way to the thread pool and back, where it would also wait behind signatures.
 */
export function verifySignature(
  signType: SignType,
  publicKey: KeyObject,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  return verify(digests[signType], data, publicKey, signature);
}

export function generateRsaKeys(): Promise<{ publicKey: KeyObject; privateKey: KeyObject }> {
  return promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
}
