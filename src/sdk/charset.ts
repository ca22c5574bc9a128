import type { Bytes } from "./bytes.ts";
import { isAscii } from "../protocol/byte-text.ts";

/** The charsets that a client may speak; the gateway answers in the one it is asked in. */
export const charsets = ["utf-8", "gbk"] as const;
export type Charset = (typeof charsets)[number];

/** The bytes of a text. What the charset cannot hold is written as `escape` says, or undefined is given without one. */
export function encodeText(text: string, charset: Charset, escape?: (character: string) => string): Bytes | undefined {
  if (charset === "utf-8" || isAscii(text)) return new TextEncoder().encode(text);
  const bytes: number[] = [];
  for (const character of text) {
    const code = gbkCodes().get(character);
    if (character <= "\x7f") bytes.push(character.charCodeAt(0));
    else if (code !== undefined) bytes.push(code >> 8, code & 0xff);
    else if (escape === undefined) return undefined;
    else for (const each of escape(character)) bytes.push(each.charCodeAt(0));
  }
  return new Uint8Array(bytes);
}

/** JSON text in the bytes of a charset: what GBK cannot hold is written as JSON's escapes, so nothing is lost. */
export function encodeJson(json: string, charset: Charset): Bytes {
  // With an escape for every character there is always a text.
  return encodeText(json, charset, jsonEscape) ?? new Uint8Array();
}

function jsonEscape(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}

/** The text of these bytes; undefined when they are not valid in the charset. */
export function decodeText(bytes: Uint8Array, charset: Charset): string | undefined {
  try {
    return new TextDecoder(decoderName(charset), { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Some platforms' own gbk decoder gives private-use characters for a few that are real, such as 䶮; gb18030's does not. */
function decoderName(charset: Charset): string {
  return charset === "gbk" ? "gb18030" : "utf-8";
}

let codes: Map<string, number> | undefined;

/** No platform writes GBK, and all read it: the table is what reading each of its two-byte codes gives, made once. */
function gbkCodes(): Map<string, number> {
  if (codes !== undefined) return codes;
  codes = new Map();
  for (let lead = 0x81; lead <= 0xfe; lead += 1) {
    for (let trail = 0x40; trail <= 0xfe; trail += 1) {
      if (trail === 0x7f) continue;
      const character = decodeText(new Uint8Array([lead, trail]), "gbk");
      if (character === undefined || /[\uE000-\uF8FF\uFFFD]/.test(character) || codes.has(character)) continue;
      codes.set(character, (lead << 8) | trail);
    }
  }
  return codes;
}
