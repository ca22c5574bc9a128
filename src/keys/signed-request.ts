import type { KeyObject } from "node:crypto";
import { createSignature } from "./rsa.ts";
import { type ByteText, toByteText } from "../protocol/byte-text.ts";
import { type SignType, stringToSign } from "../protocol/signing.ts";

/** A call's parameters with its signature added. `timestamp` is `yyyy-MM-dd HH:mm:ss`. UTF-8 throughout. */
export async function signParameters(
  parameters: Readonly<Record<string, string>>,
  key: { privateKey: KeyObject; signType: SignType },
): Promise<URLSearchParams> {
  const signed = { ...parameters, sign_type: key.signType };
  const encoder = new TextEncoder();
  const bytesOf = (text: string): ByteText => toByteText(encoder.encode(text));
  const raw = Object.entries(signed).map(([name, value]) => ({ name: bytesOf(name), value: bytesOf(value) }));
  const signature = await createSignature(key.signType, key.privateKey, stringToSign(raw));
  return new URLSearchParams({ ...signed, sign: signature.toString("base64") });
}
