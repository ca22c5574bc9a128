import { type Bytes, joinBytes } from "../bytes.ts";

/** A value of DER (X.690): what keys and certificates are written in. */
export interface DerValue {
  readonly tag: number;
  readonly content: Bytes;
  /** With its tag and length. */
  readonly whole: Bytes;
}

export const derTag = {
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  objectId: 0x06,
  sequence: 0x30,
  set: 0x31,
} as const;

/** What it is asked to read is not the DER of a key or a certificate. */
export class DerError extends Error {
  override readonly name = "DerError";
}

/** A length of more bytes than these is none of a key or a certificate. */
const lengthLimitBytes = 4;

function readAt(bytes: Bytes, start: number): { value: DerValue; end: number } {
  const tag = bytes[start];
  const first = bytes[start + 1];
  if (tag === undefined || first === undefined) throw new DerError();
  let length = first;
  let at = start + 2;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > lengthLimitBytes) throw new DerError();
    length = 0;
    for (let index = 0; index < count; index += 1) length = length * 0x1_00 + (bytes[at + index] ?? 0);
    at += count;
  }
  const end = at + length;
  if (end > bytes.length) throw new DerError();
  return { value: { tag, content: bytes.slice(at, end), whole: bytes.slice(start, end) }, end };
}

/** The one value that these bytes are. @throws DerError */
export function readDer(bytes: Bytes): DerValue {
  const { value, end } = readAt(bytes, 0);
  if (end !== bytes.length) throw new DerError();
  return value;
}

/** The values inside a sequence or a set, one after the other. @throws DerError */
export function childrenOf({ content }: DerValue): readonly DerValue[] {
  const children: DerValue[] = [];
  for (let at = 0; at < content.length;) {
    const { value, end } = readAt(content, at);
    children.push(value);
    at = end;
  }
  return children;
}

export function writeDer(tag: number, ...parts: readonly Uint8Array[]): Bytes {
  const content = joinBytes(parts);
  const lengthBytes: number[] = [];
  for (let rest = content.length; rest > 0; rest = Math.floor(rest / 0x1_00)) lengthBytes.unshift(rest & 0xff);
  const head = content.length < 0x80 ? [tag, content.length] : [tag, 0x80 + lengthBytes.length, ...lengthBytes];
  return joinBytes([Uint8Array.from(head), content]);
}

/** 1.2.840.113549.1.1.1 */
export function objectIdOf({ content }: DerValue): string {
  const parts: number[] = [];
  let part = 0;
  for (const byte of content) {
    part = part * 0x80 + (byte & 0x7f);
    if (byte < 0x80) {
      if (parts.length === 0)
        parts.push(Math.min(Math.floor(part / 40), 2), part - Math.min(Math.floor(part / 40), 2) * 40);
      else parts.push(part);
      part = 0;
    }
  }
  return parts.join(".");
}

export function integerOf({ content }: DerValue): bigint {
  let value = 0n;
  for (const byte of content) value = value * 0x1_00n + BigInt(byte);
  return value;
}
