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
  const decode = percentDecoder(bytes);
  let start = 0;
  while (start < bytes.length) {
    let end = bytes.indexOf(ampersand, start);
    if (end === -1) end = bytes.length;
    let split = start;
    while (split < end && bytes[split] !== equals) split += 1;
    const name = latin1(decode(start, split));
    if (name !== "") parameters.push({ name, value: decode(Math.min(split + 1, end), end) });
    start = end + 1;
  }
  return parameters;
}

/** Decodes stretches of a form into one piece of memory, which is made when the first needs it. */
function percentDecoder(bytes: Uint8Array): (start: number, end: number) => Uint8Array {
  let memory: Uint8Array | undefined;
  let used = 0;
  return (start, end) => {
    let index = start;
    while (index < end && bytes[index] !== percent && bytes[index] !== plus) index += 1;
    if (index === end) return bytes.subarray(start, end);
    // Nothing gets longer by decoding.
    memory ??= new Uint8Array(bytes.length - start);
    const from = used;
    memory.set(bytes.subarray(start, index), from);
    used += index - start;
    for (; index < end; index += 1) {
      const byte = bytes[index] ?? 0;
      const high = byte === percent && index + 2 < end ? hexDigit(bytes[index + 1]) : undefined;
      const low = high === undefined ? undefined : hexDigit(bytes[index + 2]);
      if (high !== undefined && low !== undefined) {
        memory[used++] = high * 16 + low;
        index += 2;
      } else memory[used++] = byte === plus ? space : byte;
    }
    return memory.subarray(from, used);
  };
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
