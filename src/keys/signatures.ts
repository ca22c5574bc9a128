import type { KeyObject } from "node:crypto";
import type { ByteText } from "../protocol/byte-text.ts";
import type { SignType } from "../protocol/signing.ts";
import { Recent } from "./recent.ts";
import { createSignature } from "./rsa.ts";

/** Some 12 MB when every answer is of the usual size. */
const rememberedCount = 20_000;
/** A longer text is seldom signed twice. */
const rememberedLength = 1_024;
const remembered = new WeakMap<KeyObject, Recent<string>>();

/**
 * The base64 of a text's signature. PKCS#1 v1.5 is deterministic, so an answer that is given again has the signature of
 * the first time, which is remembered: as long as the key is, the last so many.
 */
export function signatureText(signType: SignType, privateKey: KeyObject, text: ByteText): string | Promise<string> {
  if (text.length > rememberedLength) return createSignature(signType, privateKey, text).then(base64);
  const known = knownOf(privateKey);
  const name = `${signType} ${text}`;
  return known.get(name) ?? createSignature(signType, privateKey, text).then((signature) => remember(known, name, base64(signature)));
}

function remember(known: Recent<string>, name: string, signature: string): string {
  known.set(name, signature);
  return signature;
}

function knownOf(privateKey: KeyObject): Recent<string> {
  const known = remembered.get(privateKey) ?? new Recent<string>(rememberedCount);
  remembered.set(privateKey, known);
  return known;
}

function base64(signature: Buffer): string {
  return signature.toString("base64");
}
