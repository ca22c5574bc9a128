import iconv from "iconv-lite";
import { type ByteText, isAscii, toBytes } from "./byte-text.ts";

/** The charsets a request may name. gb2312 is a part of gbk, and is read and written as it. */
export const charsets = ["utf-8", "gbk", "gb2312", "gb18030"] as const;
export type Charset = (typeof charsets)[number];

/** The charset behind a label, in whatever case; `utf8` is taken for `utf-8`. Undefined for any other. */
export function parseCharset(label: string): Charset | undefined {
  const lower = label.toLowerCase();
  return lower === "utf8" ? "utf-8" : charsets.find((charset) => charset === lower);
}

type Decoder = InstanceType<typeof TextDecoder>;
const decoders = new Map<Charset, Decoder>();

/**
 * The Encoding Standard reads gbk and gb2312 by gb18030's decoder. Some platforms' own gbk decoder gives private-use
 * characters for a few that are real, such as 䶮, which occurs in names; gb18030's does not.
 */
function decoderOf(charset: Charset): Decoder {
  const known = decoders.get(charset);
  if (known !== undefined) return known;
  const decoder = new TextDecoder(charset === "utf-8" ? "utf-8" : "gb18030", { fatal: true, ignoreBOM: true });
  decoders.set(charset, decoder);
  return decoder;
}

/** The text of these bytes; undefined when they are not valid in the charset. A byte order mark is kept as U+FEFF. */
export function decodeText(bytes: Uint8Array, charset: Charset): string | undefined {
  try {
    return decoderOf(charset).decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * The text of a parameter whose charset label may lie: the official Node SDK sends UTF-8 bytes under any label. Bytes
 * that are valid UTF-8 are read so, unless every character outside ASCII is one of UTF-8's two-byte forms: that is
 * what short GBK words look like by accident (毛 is C3 AB), and no Chinese character is encoded so in UTF-8.
 */
export function decodeParameter(value: ByteText, declared: Charset): string | undefined {
  if (isAscii(value)) return value;
  const bytes = toBytes(value);
  const utf8 = decodeText(bytes, "utf-8");
  if (declared === "utf-8") return utf8;
  if (utf8 !== undefined && /[\u0800-\uffff]/.test(utf8)) return utf8;
  return decodeText(bytes, declared) ?? utf8;
}

const utf8Encoder = new TextEncoder();
const outsideAscii = /[^\0-\x7f]/gu;

/**
 * JSON text in the bytes of a charset. What the charset cannot hold is written as a JSON escape, so nothing is lost or
 * turned into a question mark; outside a JSON string such characters do not occur.
 */
export function encodeJson(text: string, charset: Charset): Uint8Array {
  return encodeText(text, charset, jsonEscape);
}

/** XML text in the bytes of a charset, likewise with XML's escapes. */
export function encodeXml(text: string, charset: Charset): Uint8Array {
  return encodeText(text, charset, (character) => `&#${character.codePointAt(0)};`);
}

function encodeText(text: string, charset: Charset, escape: (character: string) => string): Uint8Array {
  if (charset === "utf-8") return utf8Encoder.encode(text);
  const bytes = iconv.encode(text, charset);
  if (decodeText(bytes, charset) === text) return bytes;
  const escaped = text.replace(outsideAscii, (character) =>
    canHold(charset, character) ? character : escape(character),
  );
  return iconv.encode(escaped, charset);
}

const holds = 1;
const holdsNot = 2;
/**
 * For each charset, whether it has a character, by the UTF-16 unit of the character: encoding one character alone costs as
 * much as encoding a page of text.
 */
const heldCharacters = new Map<Charset, Uint8Array>();

function canHold(charset: Charset, character: string): boolean {
  const isHeld = (): boolean => decodeText(iconv.encode(character, charset), charset) === character;
  if (character.length > 1) return charset === "gb18030" && isHeld();
  let known = heldCharacters.get(charset);
  if (known === undefined) heldCharacters.set(charset, (known = new Uint8Array(0x1_0000)));
  const unit = character.charCodeAt(0);
  known[unit] ||= isHeld() ? holds : holdsNot;
  return known[unit] === holds;
}

function jsonEscape(character: string): string {
  let escaped = "";
  for (let index = 0; index < character.length; index += 1) {
    escaped += `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`;
  }
  return escaped;
}
