import type { SignType } from "../../src/protocol/signing.ts";
import { fromBase64, toBase64, type Bytes } from "../../src/sdk/bytes.ts";
import { KeyTextError, readKeyText } from "./key-text.ts";

const algorithmOf = (signType: SignType) => ({
  name: "RSASSA-PKCS1-v1_5",
  hash: signType === "RSA2" ? "SHA-256" : "SHA-1",
});

/** Whether this page may sign: browsers do so on https and on localhost only. */
export const canSign = (): boolean => (globalThis as { crypto?: { subtle?: unknown } }).crypto?.subtle !== undefined;

/** The signature of these bytes in base64, by a private key as text. The key leaves the page nowhere. @throws KeyTextError */
export async function signBytes(bytes: Bytes, privateKey: string, signType: SignType): Promise<string> {
  const { pkcs8 } = readKeyText(privateKey);
  if (pkcs8 === undefined) throw new KeyTextError("not-a-key");
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, algorithmOf(signType), false, ["sign"]);
  return toBase64(new Uint8Array(await crypto.subtle.sign(algorithmOf(signType), key, bytes)));
}

/** Whether a signature in base64 is of these bytes, by a public key as text. @throws KeyTextError */
export async function verifyBytes(
  bytes: Bytes,
  sign: string,
  { publicKey, signType }: { publicKey: string; signType: SignType },
): Promise<boolean> {
  const { spki } = readKeyText(publicKey);
  const key = await crypto.subtle.importKey("spki", spki, algorithmOf(signType), false, ["verify"]);
  const signature = fromBase64(sign);
  return signature !== undefined && crypto.subtle.verify(algorithmOf(signType), key, signature, bytes);
}
