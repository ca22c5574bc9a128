import { fromBase64, toBase64, type Bytes } from "../bytes.ts";
import type { SignType } from "../../protocol/signing.ts";
import { ConfigurationError } from "../call-error.ts";

const hashes = { RSA2: "SHA-256", RSA: "SHA-1" } as const satisfies Record<SignType, string>;

/** WebCrypto, which Node and browsers share. @throws ConfigurationError where a page has none. */
export function subtle() {
  const found = globalThis.crypto?.subtle;
  if (found === undefined) {
    throw new ConfigurationError("there is no WebCrypto here: a page has it when it came over https or from localhost");
  }
  return found;
}

function algorithm(signType: SignType) {
  return { name: "RSASSA-PKCS1-v1_5", hash: hashes[signType] };
}

/** Signs bytes by RSA, PKCS#1 v1.5; gives base64. */
export type Signer = (bytes: Bytes) => Promise<string>;

export async function signerOf(pkcs8: Bytes, signType: SignType): Promise<Signer> {
  const key = await imported(
    () => subtle().importKey("pkcs8", pkcs8, algorithm(signType), false, ["sign"]),
    "privateKey",
  );
  return async (bytes) => toBase64(new Uint8Array(await subtle().sign("RSASSA-PKCS1-v1_5", key, bytes)));
}

/** Whether a signature, in base64, is the key's of these bytes. */
export type Verifier = (bytes: Bytes, signature: string) => Promise<boolean>;

export async function verifierOf(spki: Bytes, signType: SignType): Promise<Verifier> {
  const key = await imported(
    () => subtle().importKey("spki", spki, algorithm(signType), false, ["verify"]),
    "alipayPublicKey",
  );
  return async (bytes, signature) => {
    const given = fromBase64(signature);
    return given !== undefined && (await subtle().verify("RSASSA-PKCS1-v1_5", key, given, bytes));
  };
}

async function imported<T>(run: () => Promise<T>, option: string): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    throw new ConfigurationError(`${option} has the form of an RSA key, and its numbers make none: it may be cut off`);
  }
}
