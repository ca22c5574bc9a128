import type { KeyObject } from "node:crypto";
import { asByteText, type ByteText } from "../protocol/byte-text.ts";
import type { SignType } from "../protocol/signing.ts";
import { digestOf, RecentTexts } from "./recent-texts.ts";
import { createSignature } from "./rsa.ts";

/** How many signatures of a key are remembered, 12 MB of them: the base64 of a signature by 4,096 bits has room. */
const remembered = { count: 16_384, longest: 704 };
/** The signature of a longer text, in bytes, is not remembered: such a text is seldom signed twice. */
const rememberedLength = 1_024;
const signatures = new WeakMap<KeyObject, RecentTexts>();

/**
 * The base64 of a text's signature. PKCS#1 v1.5 is deterministic, so an answer that is given again has the signature of
 * the first time, which is remembered: as long as the key is, the last so many.
 */
export function signatureText(signType: SignType, privateKey: KeyObject, text: ByteText): string | Promise<string> {
  if (text.length > rememberedLength) return createSignature(signType, privateKey, text).then(base64);
  const known = signaturesBy(privateKey);
  const digest = digestOf(`${signType} ${text}`);
  return (
    known.get(digest) ??
    createSignature(signType, privateKey, text).then((bytes) => {
      const signature = base64(bytes);
      known.set(digest, asByteText(signature)); // Base64 is ASCII.
      return signature;
    })
  );
}

function signaturesBy(privateKey: KeyObject): RecentTexts {
  let known = signatures.get(privateKey);
  if (known === undefined) signatures.set(privateKey, (known = new RecentTexts(remembered)));
  return known;
}

function base64(signature: Buffer): string {
  return signature.toString("base64");
}
