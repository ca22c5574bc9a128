import { fromBase64, toBase64, type Bytes } from "../../src/sdk/bytes.ts";
import {
  childrenOf,
  DerError,
  derTag,
  type DerValue,
  integerOf,
  objectIdOf,
  readDer,
  writeDer,
} from "../../src/sdk/keys/der.ts";
import { rsaAlgorithm, rsaOid } from "../../src/sdk/keys/key-format.ts";

/** How a key is written: PKCS#8 and PKCS#1 are private ones, SPKI and PKCS#1 public ones. */
export type KeyForm = "pkcs8" | "pkcs1" | "spki" | "pkcs1-public";

/** An RSA key that was read from a text, whatever it was written in. */
export interface ReadKey {
  readonly form: KeyForm;
  readonly isPrivate: boolean;
  readonly isPem: boolean;
  readonly bits: number;
  readonly modulus: bigint;
  /** The private key as PKCS#8; undefined for a public one. */
  readonly pkcs8: Bytes | undefined;
  readonly pkcs1: Bytes | undefined;
  readonly spki: Bytes;
  readonly pkcs1Public: Bytes;
}

/** Why a text is no key, by a name that the pages have words for. It holds nothing of the text. */
export class KeyTextError extends Error {
  override readonly name = "KeyTextError";
  readonly fault: KeyTextFault;

  constructor(fault: KeyTextFault) {
    super(fault);
    this.fault = fault;
  }
}

export const keyTextFaults = {
  empty: { zh: "请粘贴密钥", en: "paste a key" },
  "too-long": { zh: "文本过长，不是一把密钥", en: "too long for a key" },
  encrypted: {
    zh: "私钥加了密码，先解开：openssl pkcs8 -in key.pem -out plain.pem",
    en: "the key has a password; take it off first: openssl pkcs8 -in key.pem -out plain.pem",
  },
  certificate: { zh: "这是证书，不是密钥", en: "this is a certificate, not a key" },
  "not-base64": {
    zh: "不是密钥：既不是 PEM，也不是 base64。检查是否只复制了一部分",
    en: "not a key: neither PEM nor base64; was it copied whole?",
  },
  "not-a-key": {
    zh: "不是 RSA 密钥（PKCS#8、PKCS#1 或 SPKI）。检查是否只复制了一部分",
    en: "not an RSA key (PKCS#8, PKCS#1 or SPKI); was it copied whole?",
  },
} as const;
export type KeyTextFault = keyof typeof keyTextFaults;

const lengthLimit = 16_384;
const zero = writeDer(derTag.integer, Uint8Array.of(0));

/** Reads an RSA key from PEM or one line of base64, in whichever form. @throws KeyTextError */
export function readKeyText(text: string): ReadKey {
  if (text.trim() === "") throw new KeyTextError("empty");
  if (text.length > lengthLimit) throw new KeyTextError("too-long");
  if (/ENCRYPTED/.test(text)) throw new KeyTextError("encrypted");
  if (/BEGIN CERTIFICATE/.test(text)) throw new KeyTextError("certificate");
  const isPem = /-----BEGIN [A-Z ]+-----/.test(text);
  const der = fromBase64(text.replaceAll(/-----(?:BEGIN|END) [A-Z ]+-----/g, ""));
  if (der === undefined || der.length === 0) throw new KeyTextError("not-base64");
  try {
    return { isPem, ...readKeyDer(der) };
  } catch (error) {
    if (error instanceof DerError) throw new KeyTextError("not-a-key");
    throw error;
  }
}

function readKeyDer(der: Bytes): Omit<ReadKey, "isPem"> {
  const parts = childrenOf(readDer(der));
  const [first, second, third] = parts;
  if (first?.tag === derTag.integer && second?.tag === derTag.sequence && third?.tag === derTag.octets) {
    requireRsa(second);
    return privateKey("pkcs8", third.content);
  }
  if (first?.tag === derTag.integer && parts.length >= 9) return privateKey("pkcs1", der);
  if (first?.tag === derTag.sequence && second?.tag === derTag.bits && parts.length === 2) {
    requireRsa(first);
    return publicKey("spki", second.content.slice(1));
  }
  if (first?.tag === derTag.integer && second?.tag === derTag.integer && parts.length === 2)
    return publicKey("pkcs1-public", der);
  throw new KeyTextError("not-a-key");
}

function requireRsa(algorithm: DerValue): void {
  const [id] = childrenOf(algorithm);
  if (id === undefined || objectIdOf(id) !== rsaOid) throw new KeyTextError("not-a-key");
}

function privateKey(form: KeyForm, pkcs1: Bytes): Omit<ReadKey, "isPem"> {
  const [, modulus, exponent] = childrenOf(readDer(pkcs1));
  if (modulus === undefined || exponent === undefined) throw new KeyTextError("not-a-key");
  const pkcs1Public = writeDer(derTag.sequence, modulus.whole, exponent.whole);
  const pkcs8 = writeDer(derTag.sequence, zero, rsaAlgorithm, writeDer(derTag.octets, pkcs1));
  return { ...publicKey(form, pkcs1Public), isPrivate: true, pkcs8, pkcs1 };
}

function publicKey(form: KeyForm, pkcs1Public: Bytes): Omit<ReadKey, "isPem"> {
  const [modulus] = childrenOf(readDer(pkcs1Public));
  if (modulus === undefined) throw new KeyTextError("not-a-key");
  const value = integerOf(modulus);
  const spki = writeDer(derTag.sequence, rsaAlgorithm, writeDer(derTag.bits, Uint8Array.of(0), pkcs1Public));
  return {
    form,
    isPrivate: false,
    bits: value.toString(2).length,
    modulus: value,
    pkcs8: undefined,
    pkcs1: undefined,
    spki,
    pkcs1Public,
  };
}

export const pemLabels = {
  pkcs8: "PRIVATE KEY",
  pkcs1: "RSA PRIVATE KEY",
  spki: "PUBLIC KEY",
  "pkcs1-public": "RSA PUBLIC KEY",
} as const;

export function toPem(label: string, der: Uint8Array): string {
  const lines = toBase64(der).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
