import type { Bytes } from "../../src/sdk/bytes.ts";
import { derTag, writeDer } from "../../src/sdk/keys/der.ts";
import { writeObjectId } from "./object-id.ts";
import { KeyTextError, readKeyText } from "./key-text.ts";

/** Whom a certificate is asked for; an empty part is left out. */
export interface CsrSubject {
  readonly commonName: string;
  readonly organisation: string;
  readonly organisationalUnit: string;
  /** Two letters. */
  readonly country: string;
}

const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const sha256WithRsa = "1.2.840.113549.1.1.11";
const attributesTag = 0xa0;
const nullTag = 0x05;
const utf8Tag = 0x0c;
const printableTag = 0x13;

/** A request for a certificate (PKCS#10, RFC 2986) as DER, signed in the browser. @throws KeyTextError */
export async function createCsr(subject: CsrSubject, privateKey: string): Promise<Bytes> {
  const { pkcs8, spki } = readKeyText(privateKey);
  if (pkcs8 === undefined) throw new KeyTextError("not-a-key");
  const version = writeDer(derTag.integer, Uint8Array.of(0));
  const info = writeDer(derTag.sequence, version, nameOf(subject), spki, writeDer(attributesTag));
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]);
  const signature = new Uint8Array(await crypto.subtle.sign(algorithm, key, info));
  return writeDer(
    derTag.sequence,
    info,
    writeDer(derTag.sequence, writeObjectId(sha256WithRsa), writeDer(nullTag)),
    writeDer(derTag.bits, Uint8Array.of(0), signature),
  );
}

/** From the least specific part to the most, as X.500 writes a name. */
function nameOf({ country, organisation, organisationalUnit, commonName }: CsrSubject): Bytes {
  const parts: readonly (readonly [string, number, string])[] = [
    ["2.5.4.6", printableTag, country],
    ["2.5.4.10", utf8Tag, organisation],
    ["2.5.4.11", utf8Tag, organisationalUnit],
    ["2.5.4.3", utf8Tag, commonName],
  ];
  return writeDer(
    derTag.sequence,
    ...parts
      .filter(([, , value]) => value !== "")
      .map(([id, tag, value]) =>
        writeDer(
          derTag.set,
          writeDer(derTag.sequence, writeObjectId(id), writeDer(tag, new TextEncoder().encode(value))),
        ),
      ),
  );
}

/** A new pair of RSA keys, both as DER: the private one as PKCS#8, the public one as SPKI. */
export async function generateKeyPair(bits: 2048 | 4096): Promise<{ pkcs8: Bytes; spki: Bytes }> {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(
    { ...algorithm, modulusLength: bits, publicExponent: Uint8Array.of(1, 0, 1) },
    true,
    ["sign", "verify"],
  );
  return {
    pkcs8: new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey)),
    spki: new Uint8Array(await crypto.subtle.exportKey("spki", publicKey)),
  };
}
