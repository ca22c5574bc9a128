import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/** `AES`: CBC with PKCS#5 padding and an initial vector of zeros. `AES_V2`: the same with a random one before the ciphertext. */
export const encryptTypes = ["AES", "AES_V2"] as const;
export type EncryptType = (typeof encryptTypes)[number];

const blockLength = 16;
/** The signs of equality that base64 may end with. */
const paddingLimit = 2;
const zeroVector = Buffer.alloc(blockLength);

/** Base64 of the ciphertext. The key has 16, 24 or 32 bytes. */
export function encryptAes(encryptType: EncryptType, key: Uint8Array, plain: Uint8Array): string {
  const vector = encryptType === "AES" ? zeroVector : randomBytes(blockLength);
  const cipher = createCipheriv(algorithmOf(key), key, vector);
  const body = [cipher.update(plain), cipher.final()];
  return Buffer.concat(encryptType === "AES" ? body : [vector, ...body]).toString("base64");
}

/** `too_short`: no room for a vector and a block. Undefined: not base64 of whole blocks, or the padding is wrong. */
export function decryptAes(
  encryptType: EncryptType,
  key: Uint8Array,
  ciphertext: string,
): Buffer | "too_short" | undefined {
  if (!isBase64(ciphertext)) return undefined;
  const bytes = Buffer.from(ciphertext, "base64");
  if (encryptType === "AES_V2" && bytes.length < 2 * blockLength) return "too_short";
  const vector = encryptType === "AES" ? zeroVector : bytes.subarray(0, blockLength);
  const body = encryptType === "AES" ? bytes : bytes.subarray(blockLength);
  if (body.length === 0 || body.length % blockLength !== 0) return undefined;
  const decipher = createDecipheriv(algorithmOf(key), key, vector);
  try {
    return Buffer.concat([decipher.update(body), decipher.final()]);
  } catch {
    return undefined;
  }
}

/**
 * What an SDK writes for a ciphertext: base64 of at least one block, with line breaks at most. The end is looked at before
 * the rest: a pattern in which both the rest and the end may hold white space would try every place where one could begin.
 */
export function isBase64(text: string): boolean {
  let end = text.trimEnd().length;
  for (let padding = 0; padding < paddingLimit && text[end - 1] === "="; padding += 1) end -= 1;
  return /^[A-Za-z0-9+/\s]{22,}$/.test(text.slice(0, end));
}

function algorithmOf(key: Uint8Array): string {
  return `aes-${key.length * 8}-cbc`;
}
