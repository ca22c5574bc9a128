import type { Bytes } from "./bytes.ts";

/** The charsets in which a browser can send a request here. A browser reads GBK and writes none: the table is made of what it reads. */
export const sendingCharsets = ["utf-8", "gbk"] as const;
export type SendingCharset = (typeof sendingCharsets)[number];

const utf8 = new TextEncoder();
let table: ReadonlyMap<string, number> | undefined;

/** Each character that two bytes stand for in GBK, with these. */
function gbkTable(): ReadonlyMap<string, number> {
  if (table !== undefined) return table;
  // By gb18030's decoder, as src/protocol/charset.ts has it: some platforms' own one for gbk reads a few as private-use.
  const decoder = new TextDecoder("gb18030", { fatal: true });
  const made = new Map<string, number>();
  for (let lead = 0x81; lead <= 0xfe; lead += 1)
    for (let trail = 0x40; trail <= 0xfe; trail += 1) {
      const character = decodeOr(decoder, Uint8Array.of(lead, trail));
      if (character !== undefined && !made.has(character)) made.set(character, lead * 0x1_00 + trail);
    }
  return (table = made);
}

function decodeOr(decoder: InstanceType<typeof TextDecoder>, bytes: Bytes): string | undefined {
  try {
    const text = decoder.decode(bytes);
    return [...text].length === 1 ? text : undefined;
  } catch {
    return undefined;
  }
}

/** The characters of a text that a charset has not, each once. */
export function unsendable(text: string, charset: SendingCharset): readonly string[] {
  if (charset === "utf-8") return [];
  const known = gbkTable();
  return [...new Set(text)].filter((character) => (character.codePointAt(0) ?? 0) > 0x7f && !known.has(character));
}

/** The bytes of a text; what the charset has not becomes what `escape` makes of it. */
export function encodeText(
  text: string,
  charset: SendingCharset,
  escape: (character: string) => string = () => "?",
): Bytes {
  if (charset === "utf-8") return Uint8Array.from(utf8.encode(text));
  const known = gbkTable();
  const bytes: number[] = [];
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    const pair = known.get(character);
    if (point <= 0x7f) bytes.push(point);
    else if (pair !== undefined) bytes.push(pair >> 8, pair & 0xff);
    else bytes.push(...utf8.encode(escape(character)));
  }
  return Uint8Array.from(bytes);
}

/** As JSON writes a character in ASCII. */
export function jsonEscape(character: string): string {
  return Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`,
  ).join("");
}

export function decodeBytes(bytes: Uint8Array, charset: SendingCharset): string {
  return new TextDecoder(charset === "utf-8" ? "utf-8" : "gb18030").decode(bytes);
}
