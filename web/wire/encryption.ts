import { fromBase64, toBase64, type Bytes, joinBytes } from "../../src/sdk/bytes.ts";

/** As src/keys/aes.ts has them: CBC with a vector of zeros, or with a random one before the ciphertext. */
export const encryptTypes = ["AES", "AES_V2"] as const;
export type EncryptType = (typeof encryptTypes)[number];

const blockLength = 16;

async function importAes(key: string) {
  const bytes = fromBase64(key);
  if (bytes === undefined || ![16, 24, 32].includes(bytes.length)) throw new AesKeyError();
  return crypto.subtle.importKey("raw", bytes, "AES-CBC", false, ["encrypt", "decrypt"]);
}

/** The AES key is not base64 of 16, 24 or 32 bytes. */
export class AesKeyError extends Error {
  override readonly name = "AesKeyError";
}

/** Base64 of the ciphertext, under a key in base64. @throws AesKeyError */
export async function encryptText(plain: Bytes, key: string, encryptType: EncryptType): Promise<string> {
  const vector = new Uint8Array(blockLength);
  if (encryptType === "AES_V2") crypto.getRandomValues(vector);
  const body = await crypto.subtle.encrypt({ name: "AES-CBC", iv: vector }, await importAes(key), plain);
  return toBase64(encryptType === "AES" ? new Uint8Array(body) : joinBytes([vector, new Uint8Array(body)]));
}

/** Undefined where it is not encrypted under this key. @throws AesKeyError */
export async function decryptText(
  ciphertext: string,
  key: string,
  encryptType: EncryptType,
): Promise<Bytes | undefined> {
  const bytes = fromBase64(ciphertext);
  if (bytes === undefined) return undefined;
  const iv = encryptType === "AES" ? new Uint8Array(blockLength) : bytes.slice(0, blockLength);
  const body = encryptType === "AES" ? bytes : bytes.slice(blockLength);
  const imported = await importAes(key);
  return crypto.subtle.decrypt({ name: "AES-CBC", iv }, imported, body).then(
    (plain) => new Uint8Array(plain),
    () => undefined,
  );
}
