import type { Bytes } from "../../src/sdk/bytes.ts";
import { certificateOf, nameText, type ReadCertificate, readCertificates } from "../../src/sdk/keys/certificate.ts";
import { childrenOf, DerError, derTag, type DerValue } from "../../src/sdk/keys/der.ts";

/** A certificate with what its owner wants to know of it. */
export interface ShownCertificate extends ReadCertificate {
  readonly subject: string;
  readonly notAfter: string;
}

/** The certificates of a file: PEM, or one as DER. @throws DerError */
export function readCertificateFile(bytes: Bytes): readonly ShownCertificate[] {
  const found =
    bytes[0] === derTag.sequence ? [certificateOf(bytes)] : readCertificates(new TextDecoder().decode(bytes));
  return found.map((certificate) => {
    const [, , , validity, subject] = certificate.fields;
    const notAfter = validity === undefined ? undefined : childrenOf(validity)[1];
    if (subject === undefined || notAfter === undefined) throw new DerError();
    return { ...certificate, subject: nameText(subject), notAfter: timeOf(notAfter) };
  });
}

const utcTimeTag = 0x17;

/** ISO 8601; a year of two digits is of this century until 49 (RFC 5280, 4.1.2.5.1). */
function timeOf({ tag, content }: DerValue): string {
  const text = new TextDecoder().decode(content);
  const year =
    tag === utcTimeTag ? `${Number(text.slice(0, 2)) < 50 ? "20" : "19"}${text.slice(0, 2)}` : text.slice(0, 4);
  const rest = text.slice(tag === utcTimeTag ? 2 : 4);
  return `${year}-${rest.slice(0, 2)}-${rest.slice(2, 4)}T${rest.slice(4, 6)}:${rest.slice(6, 8)}:${rest.slice(8, 10)}Z`;
}
