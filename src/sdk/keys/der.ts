import { joinBytes } from "../bytes.ts";

/**
 * DER (ITU-T X.690), as far as keys and certificates need it: where values lie, and nothing of what they mean.
 */
export interface DerValue {
  readonly tag: number;
  /** Where the value begins, with its tag and length. */
  readonly start: number;
  readonly contentStart: number;
  readonly end: number;
}

export const derTags = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  sequence: 0x30,
  set: 0x31,
  context0: 0xa0,
} as const;

/** The value at a place. Undefined where none lies whole. */
export function derAt(bytes: Uint8Array, start: number, limit: number = bytes.length): DerValue | undefined {
  const tag = bytes[start];
  const first = bytes[start + 1];
  if (tag === undefined || first === undefined) return undefined;
  let length = first;
  let contentStart = start + 2;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > 3) return undefined;
    length = 0;
    for (let index = 0; index < count; index += 1) length = length * 256 + (bytes[contentStart + index] ?? 0);
    contentStart += count;
  }
  const end = contentStart + length;
  return end > limit ? undefined : { tag, start, contentStart, end };
}

/** The values inside another, up to the first that is not whole. */
export function derChildren(bytes: Uint8Array, parent: DerValue): DerValue[] {
  const children: DerValue[] = [];
  for (let at = parent.contentStart; at < parent.end;) {
    const child = derAt(bytes, at, parent.end);
    if (child === undefined) break;
    children.push(child);
    at = child.end;
  }
  return children;
}

export function contentOf(bytes: Uint8Array, value: DerValue): Uint8Array<ArrayBuffer> {
  return bytes.slice(value.contentStart, value.end) as Uint8Array<ArrayBuffer>; // A slice is a copy of its own.
}

/** `1.2.840.113549.1.1.1` from the content of an object identifier. */
export function oidText(content: Uint8Array): string {
  const parts: number[] = [];
  let value = 0;
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      parts.push(value);
      value = 0;
    }
  }
  const [first = 0, ...rest] = parts;
  const top = Math.min(Math.floor(first / 40), 2);
  return [top, first - top * 40, ...rest].join(".");
}

/** A value of this tag around some bytes. */
export function derOf(tag: number, ...contents: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const content = joinBytes(contents);
  const { length } = content;
  const head = length < 0x80 ? [tag, length] : [tag, 0x80 + lengthBytes(length).length, ...lengthBytes(length)];
  return joinBytes([new Uint8Array(head), content]);
}

function lengthBytes(length: number): number[] {
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return bytes;
}
