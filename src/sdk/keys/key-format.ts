import { fromBase64 } from "../bytes.ts";
import { ConfigurationError } from "../call-error.ts";
import { childrenOf, DerError, derTag, type DerValue, objectIdOf, readDer, writeDer } from "./der.ts";

type Der = Uint8Array<ArrayBuffer>;

export const rsaOid = "1.2.840.113549.1.1.1";
/** The object identifier of RSA, and NULL for its parameters. */
export const rsaAlgorithm = new Uint8Array([
  0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
]);
const textLimit = 65_536;

/** What a text that should hold a key turned out to be. */
type KeyForm =
  | { readonly form: "pkcs8" | "pkcs1 private" | "spki" | "pkcs1 public"; readonly modulus: Der }
  | { readonly form: "certificate" | "another algorithm" | "unknown" };

/** An app's private key as PKCS#8, from PEM or bare base64, as PKCS#8 or PKCS#1. @throws ConfigurationError */
export function readPrivateKey(text: string, option: string): { pkcs8: Der; modulus: Der } {
  const der = derOfText(text, option);
  const key = formOf(der);
  switch (key.form) {
    case "pkcs8":
      return { pkcs8: der, modulus: key.modulus };
    case "pkcs1 private":
      return {
        pkcs8: writeDer(
          derTag.sequence,
          new Uint8Array([0x02, 0x01, 0x00]),
          rsaAlgorithm,
          writeDer(derTag.octets, der),
        ),
        modulus: key.modulus,
      };
    default:
      throw new ConfigurationError(`${option} ${misfit(key.form, "private")}`);
  }
}

/** The platform's public key as SPKI, from PEM or bare base64, as SPKI or PKCS#1. @throws ConfigurationError */
export function readPublicKey(text: string, option: string): { spki: Der; modulus: Der } {
  const der = derOfText(text, option);
  const key = formOf(der);
  switch (key.form) {
    case "spki":
      return { spki: der, modulus: key.modulus };
    case "pkcs1 public":
      return {
        spki: writeDer(derTag.sequence, rsaAlgorithm, writeDer(derTag.bits, new Uint8Array([0]), der)),
        modulus: key.modulus,
      };
    default:
      throw new ConfigurationError(`${option} ${misfit(key.form, "public")}`);
  }
}

export function sameModulus(left: Der, right: Der): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

function misfit(form: KeyForm["form"], wanted: "private" | "public"): string {
  switch (form) {
    case "spki":
    case "pkcs1 public":
      return "is a public key: give the private key that your application signs with";
    case "pkcs8":
    case "pkcs1 private":
      return "is a private key: give the platform's public key, which the platform's page of your application shows";
    case "certificate":
      return wanted === "public"
        ? "is a certificate: give it as certificates.alipayCert, with certificates.appCert and certificates.alipayRootCert"
        : "is a certificate: give the private key that belongs to it, as PKCS#8 or PKCS#1";
    case "another algorithm":
      return "is no RSA key: the gateway signs and verifies with RSA only";
    case "unknown":
      return "is base64 of something that is no key: give PEM or its base64 body, as PKCS#8, PKCS#1 or SPKI";
  }
}

function derOfText(text: string, option: string): Der {
  if (typeof text !== "string" || text.trim() === "") throw new ConfigurationError(`${option} is empty: give the key`);
  if (text.length > textLimit) throw new ConfigurationError(`${option} is longer than any key`);
  if (/BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(text)) {
    throw new ConfigurationError(
      `${option} is locked by a passphrase: unlock it first, with "openssl pkey -in locked.pem -out key.pem"`,
    );
  }
  if (/BEGIN (?:EC|DSA|OPENSSH) PRIVATE KEY/.test(text)) {
    throw new ConfigurationError(`${option} ${misfit("another algorithm", "private")}`);
  }
  if (/^\s*(?:\/|\.\.?\/|[A-Za-z]:\\)[^\n]*\.(?:pem|key|txt|crt)\s*$/.test(text)) {
    throw new ConfigurationError(`${option} is the name of a file: give what the file holds`);
  }
  const der = fromBase64(text.replaceAll(/-----(?:BEGIN|END) [A-Z0-9 ]+-----/g, "").replaceAll(String.raw`\n`, "\n"));
  if (der === undefined || der.length === 0) {
    throw new ConfigurationError(`${option} is neither PEM nor base64: it may be cut off, or quoted twice`);
  }
  return der;
}

function formOf(der: Der): KeyForm {
  try {
    return formOfParts(childrenOf(readDer(der)));
  } catch (error) {
    if (error instanceof DerError) return { form: "unknown" };
    throw error;
  }
}

function formOfParts([first, second, third]: readonly DerValue[]): KeyForm {
  if (first?.tag === derTag.integer && second?.tag === derTag.integer) {
    // PKCS#1: a private key begins with the version 0, a public one with the modulus.
    const isPrivate = third !== undefined;
    return { form: isPrivate ? "pkcs1 private" : "pkcs1 public", modulus: isPrivate ? second.content : first.content };
  }
  if (first?.tag === derTag.integer && second?.tag === derTag.sequence && third?.tag === derTag.octets) {
    if (algorithmOf(second) !== rsaOid) return { form: "another algorithm" };
    const inner = formOf(third.content);
    return inner.form === "pkcs1 private" ? { form: "pkcs8", modulus: inner.modulus } : { form: "unknown" };
  }
  if (first?.tag === derTag.sequence && second?.tag === derTag.bits) {
    if (algorithmOf(first) !== rsaOid) return { form: "another algorithm" };
    const inner = formOf(second.content.slice(1));
    return inner.form === "pkcs1 public" ? { form: "spki", modulus: inner.modulus } : { form: "unknown" };
  }
  if (first?.tag === derTag.sequence && second?.tag === derTag.sequence && third?.tag === derTag.bits) {
    return { form: "certificate" };
  }
  return { form: "unknown" };
}

function algorithmOf(algorithm: DerValue): string | undefined {
  const [oid] = childrenOf(algorithm);
  return oid?.tag === derTag.objectId ? objectIdOf(oid) : undefined;
}
