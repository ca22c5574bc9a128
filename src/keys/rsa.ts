import { generateKeyPair, type KeyObject, sign, verify } from "node:crypto";
import { promisify } from "node:util";
import type { ByteText } from "../protocol/byte-text.ts";
import type { SignType } from "../protocol/signing.ts";

const digests = { RSA2: "RSA-SHA256", RSA: "RSA-SHA1" } as const satisfies Record<SignType, string>;

/** PKCS#1 v1.5 in the thread pool: a 2,048-bit signature takes a quarter of a millisecond, too long for the event loop. */
export function createSignature(signType: SignType, privateKey: KeyObject, text: ByteText): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    sign(digests[signType], Buffer.from(text, "latin1"), privateKey, (error, signature) =>
      error ? reject(error) : resolve(signature),
    );
  });
}

/**
 * False for any signature that does not verify, whatever its length or shape. Verifying costs a tenth of signing, less
 * than the way to the thread pool and back, where it would also wait behind signatures.
 */
export function verifySignature(
  signType: SignType,
  publicKey: KeyObject,
  text: ByteText,
  signature: Uint8Array,
): boolean {
  return verify(digests[signType], Buffer.from(text, "latin1"), publicKey, signature);
}

export function generateRsaKeys(): Promise<{ publicKey: KeyObject; privateKey: KeyObject }> {
  return promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
}
