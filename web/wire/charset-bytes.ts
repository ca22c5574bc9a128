import { type Charset, encodeText as encodeOrNothing } from "../../src/sdk/charset.ts";
import type { Bytes } from "../../src/sdk/bytes.ts";

export { charsets as sendingCharsets, type Charset as SendingCharset } from "../../src/sdk/charset.ts";

/** The characters of a text that a charset has not, each once. */
export function unsendable(text: string, charset: Charset): readonly string[] {
  return [...new Set(text)].filter((character) => encodeOrNothing(character, charset) === undefined);
}

/** The bytes of a text; what the charset has not becomes what `escape` makes of it, in ASCII. */
export function encodeText(text: string, charset: Charset, escape: (character: string) => string = () => "?"): Bytes {
  // With an escape for every character there is always a text.
  return encodeOrNothing(text, charset, escape) ?? new Uint8Array();
}

/** As JSON writes a character in ASCII. */
export function jsonEscape(character: string): string {
  return Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`,
  ).join("");
}

export function decodeBytes(bytes: Uint8Array, charset: Charset): string {
  return new TextDecoder(charset === "utf-8" ? "utf-8" : "gb18030").decode(bytes);
}
