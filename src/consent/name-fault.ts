import iconv from "iconv-lite";
import { decodeText } from "../protocol/charset.ts";
import { isKnownPrivateUse } from "./name-key.ts";

/** Why a text is no name of anybody, for whoever has to mend it. */
export interface NameFault {
  readonly kind: "empty" | "replaced" | "misread" | "private" | "escaped" | "masked";
  readonly en: string;
  readonly zh: string;
}

const faults = {
  empty: { en: "has no letter or character of a name", zh: "不含姓名文字" },
  replaced: {
    en: "has lost characters (U+FFFD, a question mark or a box in their place): the charset of whoever wrote it, GBK most likely, lacks them; send UTF-8 or GB18030",
    zh: "含有“?”、“�”、“□”等替代字符，原字已丢失：写出时的编码（多为GBK）没有这个字，请改用UTF-8或GB18030重新生成",
  },
  misread: {
    en: "was read in another charset than it was written in, and is garbled; make it anew in UTF-8 or GB18030",
    zh: "是乱码：以一种编码写出、又按另一种编码读入（例如把UTF-8当作GBK），请以UTF-8或GB18030重新生成",
  },
  private: {
    en: "has a private-use character, which no other system knows; send Unicode's own character in UTF-8 or GB18030",
    zh: "含有私用区字符（自造字），其他系统无法辨认，请以UTF-8或GB18030发送该字的正式编码",
  },
  escaped: {
    en: "is escaped (&#…;, %E5… or \\u…); send the characters themselves",
    zh: "含有转义写法（&#…;、%E5…或\\u…），请直接发送文字",
  },
  masked: { en: "is masked; send the whole name", zh: "是脱敏后的姓名，请发送完整姓名" },
} as const satisfies Record<NameFault["kind"], { en: string; zh: string }>;

const signs: readonly (readonly [NameFault["kind"], RegExp])[] = [
  ["escaped", /&(?:#\d+|#x[\da-f]+|[a-z]+\d*);|%[\da-f]{2}|\\u[\da-f]{4}|\\x[\da-f]{2}/iu],
  ["replaced", /[\ufffd?\uff1f\ufe56\u2047\u25a0-\u25a2\u25af\u3013\ufffc]/u],
  ["masked", /[*\uff0a\ufe61\u2217\u00d7\u25cb\u25ef]/u],
  // EF BF BD, EF BB BF and what debuggers fill memory with, read as GBK; the first two read as Latin-1.
  ["misread", /锟斤|斤拷|拷锟|锘|烫{3}|屯{3}|葺{3}|铪{3}|^(?:烫+|屯{2,}|葺{2,}|铪{2,})$|ï¿½|ï»¿/u],
  // A letter of UTF-8's first bytes and a sign of its further ones, as Latin-1 or windows-1252 have them.
  ["misread", /[ÂÃÄÅÐÑà-ï][\u0080-\u009f\u00a1-\u00a9\u00ab\u00ac\u00ae-\u00b6\u00b8\u00b9\u00bb-\u00bf]|Â·/u],
  // Signs of Latin-1 and windows-1252 that no name has.
  ["misread", /[\u0080-\u009f¡-§©¬®±²³µ¶¹¼-¿÷€ƒ†‡‰‹›™]/u],
  // Bytes of GBK as Latin-1: no name has four letters and each of them accented.
  ["misread", /^[\u00a1-\u00ff]{4,}$/u],
];

/** What GBK's reader makes of the first two bytes of a Han character in UTF-8. */
const garbledBeginnings = new Set(
  [0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9].flatMap((first) =>
    Array.from({ length: 64 }, (_, second) => decodeText(Uint8Array.of(first, 0x80 + second), "gb18030") ?? ""),
  ),
);

/**
 * What is wrong with a text that is meant to be a name, or undefined: it is nobody's, or somebody else's, once characters are
 * gone from it. It may be of any script.
 */
export function nameFault(name: string): NameFault | undefined {
  const found = signs.find(([, sign]) => sign.test(name))?.[0] ?? faultOfCharacters(name);
  return found === undefined ? undefined : { kind: found, ...faults[found] };
}

function faultOfCharacters(name: string): NameFault["kind"] | undefined {
  if (/\p{Co}/u.test(name) && [...name].some((each) => /\p{Co}/u.test(each) && !isKnownPrivateUse(each)))
    return "private";
  if (isUtf8ReadAsGbk(name)) return "misread";
  // What this version of Unicode does not know yet is taken for a character.
  return /[\p{L}\p{Co}\p{Cn}〇]/u.test(name) ? undefined : "empty";
}

function isUtf8ReadAsGbk(name: string): boolean {
  const [first = ""] = name;
  if (!garbledBeginnings.has(first)) return false;
  const original = decodeText(iconv.encode(name, "gbk"), "utf-8");
  return original !== undefined && /^[\p{Script=Han}·]{2,}$/u.test(original);
}
