import { asByteText, type ByteText, isAscii, toByteText } from "./byte-text.ts";
import { type Charset, encodeXml } from "./charset.ts";
import type { ReplyTail } from "./envelope.ts";

/** The fields of a node, given as its JSON text, as XML elements in the same order; a list is an element of items. */
export function xmlFields(node: string): string {
  return elements(JSON.parse(node) as Readonly<Record<string, unknown>>); // A node is an object that was rendered here.
}

/** A node's JSON text as the text of an element. */
export function xmlText(node: string): string {
  // JSON in UTF-16 has no character that XML cannot hold but those that JSON.stringify has escaped.
  return node.replaceAll(/[&<>]/g, (character) => entities[character] ?? character);
}

function elements(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `<${name}>${content(value)}</${name}>`)
    .join("");
}

function content(value: unknown): string {
  if (Array.isArray(value)) return value.map((each) => `<item>${content(each)}</item>`).join("");
  if (typeof value === "object" && value !== null) return elements(value as Readonly<Record<string, unknown>>);
  return escapeXml(String(value));
}

/** What XML 1.0 has no place for, half surrogate pairs among it, is replaced: no parser would take it, escaped or not. */
// oxlint-disable-next-line no-control-regex -- control characters are just what XML has no place for
const noXml = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/gu;
const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escapeXml(text: string): string {
  return text.replaceAll(noXml, "\ufffd").replaceAll(/[&<>"]/g, (character) => entities[character] ?? character);
}

/** The fields in the bytes that are both signed and sent. */
export function encodeFields(fields: string, charset: Charset): ByteText {
  return isAscii(fields) ? asByteText(fields) : toByteText(encodeXml(fields, charset));
}

/** A ciphertext in the element where the SDKs look for it. */
export function encryptedFields(ciphertext: string): ByteText {
  return asByteText(`<response_encrypted>${ciphertext}</response_encrypted>`); // Base64 is ASCII.
}

/**
 * `<?xml …?><x_response>…<alipay_cert_sn>…</alipay_cert_sn><sign>…</sign></x_response>`: the signature covers what stands
 * between the root's tag and the first of the two.
 */
export function assembleXml(
  name: string,
  fields: ByteText,
  charset: Charset,
  { certificateSn, sign }: ReplyTail,
): ByteText {
  const certificate = certificateSn === undefined ? "" : `<alipay_cert_sn>${certificateSn}</alipay_cert_sn>`;
  const signature = sign === undefined ? "" : `<sign>${sign}</sign>`;
  // All around the fields is ASCII.
  return asByteText(
    `<?xml version="1.0" encoding="${charset}"?><${name}>${fields}${certificate}${signature}</${name}>`,
  );
}
