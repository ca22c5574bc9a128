import type { Bytes } from "../../src/sdk/bytes.ts";
import { fromBase64 } from "../../src/sdk/keys/base64.ts";
import { childrenOf, DerError, derTag, type DerValue, integerOf, objectIdOf, readDer } from "./der.ts";
import { md5Hex } from "../../src/sdk/keys/md5.ts";

/** What of a certificate (X.509) the wire and its owner want to know. */
export interface ReadCertificate {
  /** MD5 of the issuer and the serial number: app_cert_sn, alipay_cert_sn. */
  readonly sn: string;
  readonly issuer: string;
  readonly subject: string;
  readonly notBefore: string;
  readonly notAfter: string;
  /** Whether it is signed with RSA: only such ones are in a root SN. */
  readonly isRsaSigned: boolean;
  readonly spki: Bytes;
}

const names: Readonly<Record<string, string>> = {
  "2.5.4.3": "CN",
  "2.5.4.5": "serialNumber",
  "2.5.4.6": "C",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
  "0.9.2342.19200300.100.1.25": "DC",
  "1.2.840.113549.1.9.1": "emailAddress",
};
const bmpTag = 0x1e;
const versionTag = 0xa0;
const utcTimeTag = 0x17;

/** The certificates of a PEM text, in their order. @throws DerError */
export function readCertificates(text: string): readonly ReadCertificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => {
    const der = fromBase64(block.replaceAll(/-----(?:BEGIN|END) CERTIFICATE-----/g, ""));
    if (der === undefined) throw new DerError("not base64");
    return readCertificate(der);
  });
}

/** The certificates of a file: PEM, or one as DER. @throws DerError */
export function readCertificateFile(bytes: Bytes): readonly ReadCertificate[] {
  return bytes[0] === derTag.sequence ? [readCertificate(bytes)] : readCertificates(new TextDecoder().decode(bytes));
}

function readCertificate(der: Bytes): ReadCertificate {
  const [signed] = childrenOf(readDer(der));
  const all = signed === undefined ? [] : childrenOf(signed);
  const [serial, algorithm, issuer, term, subject, key] = all[0]?.tag === versionTag ? all.slice(1) : all;
  if (!serial || !algorithm || !issuer || !term || !subject || !key) throw new DerError("not a certificate");
  const [id] = childrenOf(algorithm);
  const [notBefore, notAfter] = childrenOf(term).map(timeOf);
  const issuerText = nameText(issuer);
  return {
    sn: md5Hex(new TextEncoder().encode(issuerText + integerOf(serial).toString(10))),
    issuer: issuerText,
    subject: nameText(subject),
    notBefore: notBefore ?? "",
    notAfter: notAfter ?? "",
    isRsaSigned: id !== undefined && objectIdOf(id).startsWith("1.2.840.113549.1.1."),
    spki: key.whole,
  };
}

/** What is sent as alipay_root_cert_sn: the SNs of those that are signed with RSA, joined by `_`. */
export function rootSnOf(certificates: readonly ReadCertificate[]): string {
  return certificates
    .filter(({ isRsaSigned }) => isRsaSigned)
    .map(({ sn }) => sn)
    .join("_");
}

/** `CN=…,OU=…,O=…,C=…`, the most specific part first. */
function nameText(name: DerValue): string {
  return childrenOf(name)
    .toReversed()
    .flatMap((part) =>
      childrenOf(part).map((pair) => {
        const [id, value] = childrenOf(pair);
        if (id === undefined || value === undefined) throw new DerError("not a name");
        const dotted = objectIdOf(id);
        return `${names[dotted] ?? dotted}=${textOf(value)}`;
      }),
    )
    .join(",");
}

function textOf({ tag, content }: DerValue): string {
  return new TextDecoder(tag === bmpTag ? "utf-16be" : "utf-8").decode(content);
}

/** ISO 8601; a year of two digits is of this century until 49 (RFC 5280, 4.1.2.5.1). */
function timeOf({ tag, content }: DerValue): string {
  const text = new TextDecoder().decode(content);
  const year =
    tag === utcTimeTag ? `${Number(text.slice(0, 2)) < 50 ? "20" : "19"}${text.slice(0, 2)}` : text.slice(0, 4);
  const rest = text.slice(tag === utcTimeTag ? 2 : 4);
  return `${year}-${rest.slice(0, 2)}-${rest.slice(2, 4)}T${rest.slice(4, 6)}:${rest.slice(6, 8)}:${rest.slice(8, 10)}Z`;
}
