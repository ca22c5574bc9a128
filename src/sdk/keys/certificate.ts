import { ConfigurationError } from "../call-error.ts";
import { fromBase64 } from "./base64.ts";
import { contentOf, derAt, derChildren, derTags, type DerValue, oidText } from "./der.ts";
import { md5Hex } from "./md5.ts";

/** What the protocol needs of a certificate (X.509): the key, as SPKI, and the number that the wire calls its SN. */
export interface Certificate {
  readonly spki: Uint8Array<ArrayBuffer>;
  readonly sn: string;
  readonly signedWithRsa: boolean;
}

/** The first certificate of a PEM text. @throws ConfigurationError */
export function readCertificate(pem: string, option: string): Certificate {
  const [first] = certificatesIn(pem, option);
  if (first === undefined) {
    throw new ConfigurationError(`${option} holds no certificate: give PEM, with BEGIN CERTIFICATE in it`);
  }
  return first;
}

/** What is sent as alipay_root_cert_sn: the SNs of a bundle's certificates that are signed with RSA, joined by `_`. */
export function rootSerialNumber(bundle: string, option: string): string {
  const serialNumbers = certificatesIn(bundle, option).filter(({ signedWithRsa }) => signedWithRsa);
  if (serialNumbers.length === 0) {
    throw new ConfigurationError(
      `${option} holds no certificate that is signed with RSA: give the platform's root bundle`,
    );
  }
  return serialNumbers.map(({ sn }) => sn).join("_");
}

function certificatesIn(pem: string, option: string): Certificate[] {
  return [...pem.matchAll(/-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g)].map(
    ([, body = ""]) => {
      const certificate = parse(fromBase64(body) ?? new Uint8Array());
      if (certificate === undefined) throw new ConfigurationError(`${option} does not read as a certificate (X.509)`);
      return certificate;
    },
  );
}

const rsaSignatures = "1.2.840.113549.1.1.";

function parse(der: Uint8Array): Certificate | undefined {
  const whole = derAt(der, 0);
  const [signed, algorithm] = whole === undefined ? [] : derChildren(der, whole);
  if (signed === undefined || algorithm === undefined) return undefined;
  const fields = derChildren(der, signed);
  // The version stands first where it is not 1: serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo.
  const [serialNumber, , issuer, , , publicKey] = fields[0]?.tag === derTags.context0 ? fields.slice(1) : fields;
  const [signatureOid] = derChildren(der, algorithm);
  if (serialNumber?.tag !== derTags.integer || issuer === undefined || publicKey === undefined) return undefined;
  const decimal = [...contentOf(der, serialNumber)].reduce((sum, byte) => sum * 256n + BigInt(byte), 0n).toString();
  return {
    spki: der.slice(publicKey.start, publicKey.end) as Uint8Array<ArrayBuffer>, // A slice is a copy of its own.
    sn: md5Hex(new TextEncoder().encode(issuerText(der, issuer) + decimal)),
    signedWithRsa: signatureOid !== undefined && oidText(contentOf(der, signatureOid)).startsWith(rsaSignatures),
  };
}

/** OpenSSL's short names, which the number is made of. */
const shortNames: Readonly<Record<string, string>> = {
  "2.5.4.3": "CN",
  "2.5.4.5": "serialNumber",
  "2.5.4.6": "C",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
  "1.2.840.113549.1.9.1": "emailAddress",
  "0.9.2342.19200300.100.1.25": "DC",
};

/** `CN=…,OU=…,O=…,C=…`: the most specific part first. */
function issuerText(der: Uint8Array, issuer: DerValue): string {
  return derChildren(der, issuer)
    .toReversed()
    .flatMap((set) =>
      derChildren(der, set).map((attribute) => {
        const [oid, value] = derChildren(der, attribute);
        const name = oid === undefined ? "" : oidText(contentOf(der, oid));
        return `${shortNames[name] ?? name}=${value === undefined ? "" : textOf(der, value)}`;
      }),
    )
    .join(",");
}

const bmpString = 0x1e;

function textOf(der: Uint8Array, value: DerValue): string {
  return new TextDecoder(value.tag === bmpString ? "utf-16be" : "utf-8").decode(contentOf(der, value));
}
