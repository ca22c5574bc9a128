/**
 * A request parameter as it came, percent-decoded to bytes and no further: a signature covers these bytes, whatever
 * charset the client says or believes they are in. The name is kept one character a byte, so that comparing names
 * compares bytes.
 */
export interface RawParameter {
  readonly name: string;
  readonly value: Uint8Array;
}

const percent = 0x25;
const plus = 0x2b;
const space = 0x20;
const ampersand = 0x26;
const equals = 0x3d;

/**
 * Reads `a=1&b=%E4%B8%AD+x` (application/x-www-form-urlencoded, a query or a body). A `%` that no two hexadecimal
 * digits follow stays as it is, as browsers and the real gateway treat it. Pairs with an empty name are left out.
 */
export function parseForm(bytes: Uint8Array): RawParameter[] {
  const parameters: RawParameter[] = [];
  let start = 0;
  while (start < bytes.length) {
    let end = bytes.indexOf(ampersand, start);
    if (end === -1) end = bytes.length;
    const pair = bytes.subarray(start, end);
    const found = pair.indexOf(equals);
    const split = found === -1 ? pair.length : found;
    const name = latin1(percentDecode(pair.subarray(0, split)));
    if (name !== "") parameters.push({ name, value: percentDecode(pair.subarray(split + 1)) });
    start = end + 1;
  }
  return parameters;
}

function percentDecode(encoded: Uint8Array): Uint8Array {
  if (!encoded.includes(percent) && !encoded.includes(plus)) return encoded;
  const decoded = new Uint8Array(encoded.length);
  let length = 0;
  for (let index = 0; index < encoded.length; index += 1) {
    const byte = encoded[index] ?? 0;
    if (byte === plus) {
      decoded[length++] = space;
      continue;
    }
    if (byte === percent) {
      const high = hexDigit(encoded[index + 1]);
      const low = hexDigit(encoded[index + 2]);
      if (high !== undefined && low !== undefined) {
        decoded[length++] = high * 16 + low;
        index += 2;
        continue;
      }
    }
    decoded[length++] = byte;
  }
  return decoded.subarray(0, length);
}

function hexDigit(byte: number | undefined): number | undefined {
  if (byte === undefined) return undefined;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const upper = byte & 0xdf;
  return upper >= 0x41 && upper <= 0x46 ? upper - 0x41 + 10 : undefined;
}

/** Bytes to a string of one character a byte. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/**
 * One value a name, from the query and the body together: SDKs put any parameter in either place. Where both have the
 * name, the body's counts, since clients that send `charset` twice sign the body's. `conflict` names a parameter that
 * one place alone gives two different values: no signature can cover both, so such a request is refused.
 */
export function mergeParameters(
  query: readonly RawParameter[],
  body: readonly RawParameter[],
): { parameters: Map<string, Uint8Array>; conflict: string | undefined } {
  const parameters = new Map<string, Uint8Array>();
  let conflict: string | undefined;
  for (const place of [query, body]) {
    const seen = new Map<string, Uint8Array>();
    for (const { name, value } of place) {
      const earlier = seen.get(name);
      if (earlier !== undefined && !sameBytes(earlier, value)) conflict ??= name;
      seen.set(name, value);
      parameters.set(name, value);
    }
  }
  return { parameters, conflict };
}

export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
