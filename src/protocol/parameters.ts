import { asByteText, type ByteText, emptyByteText, toByteText } from "./byte-text.ts";

/**
 * A request parameter as it came, percent-decoded and no further: a signature covers these bytes, whatever charset the
 * client says or believes they are in.
 */
export interface RawParameter {
  readonly name: ByteText;
  readonly value: ByteText;
}

const percent = 0x25;
const plus = 0x2b;
const space = 0x20;

/**
 * Reads `a=1&b=%E4%B8%AD+x` (application/x-www-form-urlencoded, a query or a body). A `%` that no two hexadecimal
 * digits follow stays as it is, as browsers and the real gateway treat it. Pairs with an empty name are left out.
 */
export function parseForm(form: ByteText): RawParameter[] {
  const parameters: RawParameter[] = [];
  for (let start = 0; start < form.length;) {
    const ampersand = form.indexOf("&", start);
    const end = ampersand === -1 ? form.length : ampersand;
    const pair = form.slice(start, end);
    const equals = pair.indexOf("=");
    const name = decode(equals === -1 ? pair : pair.slice(0, equals));
    if (name !== "") parameters.push({ name, value: equals === -1 ? emptyByteText : decode(pair.slice(equals + 1)) });
    start = end + 1;
  }
  return parameters;
}

/** A text of up to so many bytes is put together from its parts; the parts of a longer one would cost more than its bytes. */
const shortLength = 4_096;

/** `text` is a part of a ByteText, here and below. */
function decode(text: string): ByteText {
  return text.length <= shortLength ? decodeShort(text) : decodeLong(text);
}

function decodeShort(text: string): ByteText {
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text;
  let decoded = "";
  let start = 0;
  for (let escape = spaced.indexOf("%"); escape !== -1; escape = spaced.indexOf("%", Math.max(start, escape + 1))) {
    const byte = escapedByte(spaced, escape);
    if (byte === undefined) continue;
    decoded += spaced.slice(start, escape) + String.fromCharCode(byte);
    start = escape + 3;
  }
  return asByteText(start === 0 ? spaced : decoded + spaced.slice(start));
}

function decodeLong(text: string): ByteText {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    const byte = code === percent ? escapedByte(text, index) : undefined;
    if (byte !== undefined) index += 2;
    bytes[length++] = byte ?? (code === plus ? space : code);
  }
  return toByteText(bytes.subarray(0, length));
}

/** What `%xx` at that place stands for. */
function escapedByte(text: string, at: number): number | undefined {
  const high = hexDigit(text.charCodeAt(at + 1));
  const low = hexDigit(text.charCodeAt(at + 2));
  return high === undefined || low === undefined ? undefined : high * 16 + low;
}

function hexDigit(code: number): number | undefined {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const upper = code & 0xdf;
  return upper >= 0x41 && upper <= 0x46 ? upper - 0x41 + 10 : undefined;
}

/**
 * Adds the parameters of one place, the query or the body, to those of the places before: SDKs put any parameter in either.
 * Where both have a name the later place counts, so the body is added last: clients that send `charset` twice sign the
 * body's. Gives the first name that this place alone has with two different values, if there is one: no signature can
 * cover both, so such a request is refused.
 */
export function addParameters(parameters: Map<string, ByteText>, place: readonly RawParameter[]): string | undefined {
  let conflict: string | undefined;
  const seen = new Set<string>();
  for (const { name, value } of place) {
    if (seen.has(name)) {
      if (parameters.get(name) !== value) conflict ??= name;
    } else seen.add(name);
    parameters.set(name, value);
  }
  return conflict;
}
