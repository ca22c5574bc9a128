import "reflect-metadata";
import { createHash, createPublicKey, type KeyObject, randomBytes, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { KeyFormatError } from "./formats.ts";

/** A certificate (X.509), of which the platform needs the key, the term and the number that the wire calls its SN. */
export interface Certificate {
  readonly pem: string;
  readonly publicKey: KeyObject;
  readonly sn: string;
  /** It is valid from here to `notAfterMs`, both in milliseconds since 1970. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

const signing = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } as const;
const textLimit = 65_536;
const dayMs = 86_400_000;

/** The first certificate of a PEM text; a bundle goes on with those that signed it. */
export function parseCertificate(text: string): Certificate {
  const [pem] = pemBlocks(text, "CERTIFICATE");
  if (pem === undefined) throw new KeyFormatError("not a certificate: no BEGIN CERTIFICATE in the text");
  const certificate = readOr(
    () => new x509.X509Certificate(pem),
    "not a certificate: its PEM body does not read as X.509",
  );
  const publicKey = readOr(
    () => createPublicKey({ key: Buffer.from(certificate.publicKey.rawData), format: "der", type: "spki" }),
    "the certificate's key is of no kind known here",
  );
  if (publicKey.asymmetricKeyType !== "rsa") throw new KeyFormatError("the certificate's key is not an RSA key");
  return {
    pem: `${pem}\n`,
    publicKey,
    sn: serialNumberOf(certificate),
    notBeforeMs: certificate.notBefore.getTime(),
    notAfterMs: certificate.notAfter.getTime(),
  };
}

/** The SNs of a bundle's certificates that are signed with RSA, joined by `_`: what clients send as alipay_root_cert_sn. */
export function rootSerialNumber(bundle: string): string {
  return (
    pemBlocks(bundle, "CERTIFICATE")
      .map((pem) => new x509.X509Certificate(pem))
      // The library's type extends the browser's Algorithm, which has a name and is not among Node's types.
      .filter(({ signatureAlgorithm }) => (signatureAlgorithm as { name?: string }).name?.startsWith("RSA") === true)
      .map(serialNumberOf)
      .join("_")
  );
}

/** MD5 of the issuer, its most specific part first, and the serial number in decimal. */
function serialNumberOf(certificate: x509.X509Certificate): string {
  const issuer = certificate.issuerName
    .toJSON()
    .toReversed()
    .flatMap((part) =>
      Object.entries(part).flatMap(([name, values]) => values.map((value) => `${shortNames[name] ?? name}=${value}`)),
    )
    .join(",");
  return createHash("md5")
    .update(issuer + BigInt(`0x${certificate.serialNumber}`).toString(10))
    .digest("hex");
}

/** OpenSSL's names, which the SDKs print, for those that the library names otherwise. */
const shortNames: Readonly<Record<string, string>> = {
  E: "emailAddress",
  "1.2.840.113549.1.9.1": "emailAddress",
  "2.5.4.5": "serialNumber",
};

export interface Subject {
  readonly commonName: string;
  readonly organisationalUnit: string;
  readonly organisation: string;
}

export interface Issuer {
  readonly certificate: string;
  readonly privateKey: KeyObject;
}

/** A certificate that signs itself: the root, which clients have to be given by hand. */
export async function createRootCertificate(
  subject: Subject,
  privateKey: KeyObject,
  term: { nowMs: number; days: number },
): Promise<string> {
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...commonFields(term),
    name: nameOf(subject),
    keys: { privateKey: await signingKey(privateKey), publicKey: await verifyingKey(createPublicKey(privateKey)) },
    extensions: authorityExtensions(1),
  });
  return `${certificate.toString("pem")}\n`;
}

/** A certificate for a public key. An `authority` may sign certificates itself, but no further authorities. */
export async function issueCertificate(
  issuer: Issuer,
  wanted: { subject: Subject; publicKey: KeyObject; authority: boolean; nowMs: number; days: number },
): Promise<string> {
  const certificate = await x509.X509CertificateGenerator.create({
    ...commonFields(wanted),
    subject: nameOf(wanted.subject),
    issuer: new x509.X509Certificate(issuer.certificate).subjectName.toJSON(),
    publicKey: await verifyingKey(wanted.publicKey),
    signingKey: await signingKey(issuer.privateKey),
    extensions: wanted.authority
      ? authorityExtensions(0)
      : [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        ],
  });
  return `${certificate.toString("pem")}\n`;
}

/** The key that a signing request (PKCS#10) is for. Its own signature proves that the sender holds the private key. */
export async function readSigningRequest(text: string): Promise<KeyObject> {
  const [pem] = [...pemBlocks(text, "CERTIFICATE REQUEST"), ...pemBlocks(text, "NEW CERTIFICATE REQUEST")];
  if (pem === undefined) throw new KeyFormatError("not a signing request: no BEGIN CERTIFICATE REQUEST in the text");
  const request = readOr(
    () => new x509.Pkcs10CertificateRequest(pem),
    "not a signing request: its PEM body does not read as PKCS#10",
  );
  if (!(await request.verify().catch(() => false)))
    throw new KeyFormatError("the signing request's own signature does not verify");
  const publicKey = createPublicKey({ key: Buffer.from(request.publicKey.rawData), format: "der", type: "spki" });
  const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0;
  if (publicKey.asymmetricKeyType !== "rsa" || bits < 2_048 || bits > 8_192) {
    throw new KeyFormatError("the signing request is not for an RSA key of 2,048 to 8,192 bits");
  }
  return publicKey;
}

/** A signing request for a key pair, as the CLI makes it for an app. */
export async function createSigningRequest(subject: Subject, privateKey: KeyObject): Promise<string> {
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: nameOf(subject),
    keys: { privateKey: await signingKey(privateKey), publicKey: await verifyingKey(createPublicKey(privateKey)) },
    signingAlgorithm: signing,
  });
  return `${request.toString("pem")}\n`;
}

function commonFields({ nowMs, days }: { nowMs: number; days: number }) {
  return {
    serialNumber: newSerialNumber(),
    // A client's clock may be behind ours.
    notBefore: new Date(nowMs - dayMs),
    notAfter: new Date(nowMs + days * dayMs),
    signingAlgorithm: signing,
  };
}

/** 126 bits, as the real platform's: PHP hashes a serial number of more than 128 bits in another notation. */
function newSerialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x1f) | 0x20;
  return bytes.toString("hex");
}

function authorityExtensions(furtherAuthorities: number): x509.Extension[] {
  return [
    new x509.BasicConstraintsExtension(true, furtherAuthorities, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
  ];
}

/** Exactly CN, OU, O and C: one client reads these four and no others. The most general comes first in the certificate. */
function nameOf(subject: Subject): x509.JsonName {
  return [
    { C: ["CN"] },
    { O: [subject.organisation] },
    { OU: [subject.organisationalUnit] },
    { CN: [subject.commonName] },
  ];
}

function signingKey(privateKey: KeyObject): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey("pkcs8", privateKey.export({ format: "der", type: "pkcs8" }), signing, false, [
    "sign",
  ]);
}

function verifyingKey(publicKey: KeyObject): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey("spki", publicKey.export({ format: "der", type: "spki" }), signing, true, [
    "verify",
  ]);
}

function pemBlocks(text: string, label: string): string[] {
  if (text.length > textLimit) throw new KeyFormatError(`a text of more than ${textLimit} characters`);
  const [begin, end] = [`-----BEGIN ${label}-----`, `-----END ${label}-----`];
  const blocks: string[] = [];
  for (let start = text.indexOf(begin); start !== -1; start = text.indexOf(begin, start + begin.length)) {
    const bodyEnd = text.indexOf("-", start + begin.length);
    const body = text.slice(start + begin.length, bodyEnd);
    if (text.startsWith(end, bodyEnd) && /^[A-Za-z0-9+/=\s]+$/.test(body)) blocks.push(begin + body + end);
  }
  return blocks;
}

function readOr<T>(read: () => T, otherwise: string): T {
  try {
    return read();
  } catch {
    throw new KeyFormatError(otherwise);
  }
}
