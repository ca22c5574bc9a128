import { fromBase64, type Bytes } from "../bytes.ts";
import { ConfigurationError } from "../call-error.ts";
import { childrenOf, DerError, type DerValue, integerOf, objectIdOf, readDer } from "./der.ts";
import { md5Hex } from "./md5.ts";

/** What of a certificate (X.509) the wire wants to know. */
export interface ReadCertificate {
  /** MD5 of the issuer and the serial number: app_cert_sn, alipay_cert_sn. */
  readonly sn: string;
  readonly issuer: string;
  /** Whether it is signed with RSA: only such ones are in a root SN. */
  readonly isRsaSigned: boolean;
  readonly spki: Bytes;
  /** What is signed, from the serial number on: signature, issuer, validity, subject, subjectPublicKeyInfo. */
  readonly fields: readonly DerValue[];
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

/** The certificates of a PEM text, in their order. @throws DerError */
export function readCertificates(text: string): readonly ReadCertificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => {
    const der = fromBase64(block.replaceAll(/-----(?:BEGIN|END) CERTIFICATE-----/g, ""));
    if (der === undefined) throw new DerError();
    return certificateOf(der);
  });
}

/** The first certificate of a PEM text that was given as this option. @throws ConfigurationError */
export function readCertificate(pem: string, option: string): ReadCertificate {
  const [first] = certificatesOf(pem, option);
  if (first === undefined) {
    throw new ConfigurationError(`${option} holds no certificate: give PEM, with BEGIN CERTIFICATE in it`);
  }
  return first;
}

/** What is sent as alipay_root_cert_sn, of a bundle that was given as this option. @throws ConfigurationError */
export function rootSerialNumber(bundle: string, option: string): string {
  const serialNumbers = rootSnOf(certificatesOf(bundle, option));
  if (serialNumbers === "") {
    throw new ConfigurationError(
      `${option} holds no certificate that is signed with RSA: give the platform's root bundle`,
    );
  }
  return serialNumbers;
}

function certificatesOf(pem: string, option: string): readonly ReadCertificate[] {
  try {
    return readCertificates(pem);
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    throw new ConfigurationError(`${option} does not read as a certificate (X.509)`);
  }
}

/** @throws DerError */
export function certificateOf(der: Bytes): ReadCertificate {
  const [signed] = childrenOf(readDer(der));
  const all = signed === undefined ? [] : childrenOf(signed);
  // The version stands first where it is not 1.
  const fields = all[0]?.tag === versionTag ? all.slice(1) : all;
  const [serial, algorithm, issuerName, , , key] = fields;
  if (!serial || !algorithm || !issuerName || !key) throw new DerError();
  const [id] = childrenOf(algorithm);
  const issuer = nameText(issuerName);
  return {
    sn: md5Hex(new TextEncoder().encode(issuer + integerOf(serial).toString(10))),
    issuer,
    isRsaSigned: id !== undefined && objectIdOf(id).startsWith("1.2.840.113549.1.1."),
    spki: key.whole,
    fields,
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
export function nameText(name: DerValue): string {
  return childrenOf(name)
    .toReversed()
    .flatMap((part) =>
      childrenOf(part).map((pair) => {
        const [id, value] = childrenOf(pair);
        if (id === undefined || value === undefined) throw new DerError();
        const dotted = objectIdOf(id);
        return `${names[dotted] ?? dotted}=${textOf(value)}`;
      }),
    )
    .join(",");
}

function textOf({ tag, content }: DerValue): string {
  return new TextDecoder(tag === bmpTag ? "utf-16be" : "utf-8").decode(content);
}
