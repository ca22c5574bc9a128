import { fromBase64, toBase64, type Bytes } from "../bytes.ts";
import { ConfigurationError } from "../call-error.ts";
import { subtle } from "./rsa.ts";

/** The protocol's `encrypt_type=AES`: CBC with PKCS#5 padding and an initial vector of zeros. */
const algorithm = { name: "AES-CBC", iv: new Uint8Array(16) };
const keyLengths = new Set([16, 24, 32]);

export interface Cipher {
  encrypt(plain: Bytes): Promise<string>;
  /** Undefined for what the key does not open. */
  decrypt(ciphertext: string): Promise<Bytes | undefined>;
}

/** @throws ConfigurationError unless the key is base64 of 16, 24 or 32 bytes, as the platform shows it. */
export async function cipherOf(encryptKey: string): Promise<Cipher> {
  const bytes = fromBase64(encryptKey);
  if (bytes === undefined || !keyLengths.has(bytes.length)) {
    throw new ConfigurationError(
      "encryptKey is not base64 of 16, 24 or 32 bytes: copy the AES key as the platform shows it",
    );
  }
  const key = await subtle().importKey("raw", bytes, algorithm, false, ["encrypt", "decrypt"]);
  return {
    encrypt: async (plain) => toBase64(new Uint8Array(await subtle().encrypt(algorithm, key, plain))),
    async decrypt(ciphertext) {
      const given = fromBase64(ciphertext);
      if (given === undefined) return undefined;
      try {
        return new Uint8Array(await subtle().decrypt(algorithm, key, given));
      } catch {
        return undefined;
      }
    },
  };
}
