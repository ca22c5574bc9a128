/** Texts of some length, as bytes of one character each, that parsers and patterns have been known to be slow on. */
export type WorstText = (length: number) => string;

/** What plain requests have in their place: nothing in it means anything to anybody. */
export const plainText: WorstText = (length) => repeat("Kaimen0123456789credit", length);

export function repeat(unit: string, length: number): string {
  return unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
}

/** A run, and at its end what makes a pattern that had taken the run give it back. */
const then =
  (unit: string, end: string): WorstText =>
  (length) =>
    repeat(unit, length - end.length) + end;
const latin1 = (text: string): string => Buffer.from(text).toString("latin1");

export const worstTexts: Readonly<Record<string, WorstText>> = {
  spaces: then(" ", ""),
  "spaces, then a letter": then(" ", "!"),
  "white space of all kinds, then a letter": then("\t\n\v\f\r \xa0", "!"),
  "a letter, then a sign": then("a", "!"),
  "base64, then a bad character": then("QUJD", "!"),
  "base64 with line breaks, then =!": then("QUJD\n", "==\n=!"),
  "signs of equality": then("=", ""),
  "digits, then a letter": then("0123456789", "x"),
  zeros: then("0", ""),
  "a number that does not end": then("-0.1e+1", "e"),
  "opening brackets": then("[", ""),
  "opening braces": then("{", ""),
  "objects in objects": then('{"a":', ""),
  "lists of nothing": (length) => `[${repeat("0,", length - 3)}0]`.slice(0, length - 1) + "]",
  "empty objects": (length) => `[${"{},".repeat(Math.floor((length - 4) / 3))}{}]`,
  "many keys": (length) =>
    `{${Array.from({ length: Math.floor(length / 12) }, (_, at) => `"${at.toString(36)}":1`).join(",")}}`,
  "one key many times": (length) => `{${repeat('"a":1,', length - 7)}"a":1}`,
  escapes: (length) => `{"a":"${repeat("\\u4e2d\\n", length - 8)}"}`,
  "a string that does not end": (length) => `{"a":"${repeat("x\\\\", length - 6)}`,
  quotes: then('"', ""),
  "backslashes and quotes": then('\\"', "x"),
  "percent signs": then("%", ""),
  "escaped percent signs": then("%25", ""),
  "%41": then("%41", ""),
  "half an escape": then("%4", ""),
  "plus signs": then("+", ""),
  ampersands: then("&", ""),
  pairs: then("a=1&", ""),
  "pairs of names": (length) =>
    Array.from({ length: Math.floor(length / 7) }, (_, at) => `${at.toString(36)}=1`).join("&"),
  markup: then('<&">', ""),
  lines: then("\r\n", ""),
  "lines of headers": then("a: b\r\n ", "\r"),
  "commas and semicolons": then(", ;", "x"),
  "dots and slashes": then("/../.", "x"),
  "a day that does not end": then("2026-11-22 12:00:0", "x"),
  "lead bytes of GBK": then("\x81", ""),
  "pairs of GBK": then("\x81\x5c", "\x81"),
  "quarters of GB18030": then("\x81\x30\x81\x30", "\x81\x30"),
  "lead bytes of UTF-8": then("\xf0\x9f", ""),
  "full-width digits": then(latin1("９"), ""),
  "combining marks": then(latin1("\u0301\u0323"), ""),
  "what no charset of China holds": then(latin1("😀"), ""),
  "the end of the planes": then(latin1("\u{10ffff}"), ""),
};
