import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toByteText } from "#kaimen/protocol/byte-text.ts";
import {
  type Charset,
  charsets,
  decodeParameter,
  decodeText,
  encodeJson,
  parseCharset,
} from "#kaimen/protocol/charset.ts";

fc.configureGlobal(process.env["KAIMEN_SEED"] === undefined ? {} : { seed: Number(process.env["KAIMEN_SEED"]) });

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

test.each([
  ["utf-8", "utf-8"],
  ["UTF-8", "utf-8"],
  ["utf8", "utf-8"],
  ["UTF8", "utf-8"],
  ["GBK", "gbk"],
  ["gb2312", "gb2312"],
  ["GB18030", "gb18030"],
  ["", undefined],
  ["utf-16", undefined],
  ["latin1", undefined],
  ["gbk ", undefined],
  ["cp936", undefined],
  ["constructor", undefined],
])("the label %j is the charset %j", (label, expected) => {
  expect(parseCharset(label)).toBe(expected);
});

describe("bytes are decoded:", () => {
  test.each<[string, Charset, string | undefined]>([
    ["", "utf-8", ""],
    ["e4b8ad e59bbd", "utf-8", "中国"],
    ["d6d0b9fa", "gbk", "中国"],
    ["d6d0b9fa", "gb2312", "中国"],
    ["d6d0b9fa", "gb18030", "中国"],
    ["efbbbf 61", "utf-8", "\ufeffa"],
    ["84319533 61", "gb18030", "\ufeffa"],
    ["95329031", "gb18030", "\u{20087}"],
    ["f09fa094", "utf-8", "\u{1f814}"],
    ["a2e3", "gbk", "€"],
    ["fe9f", "gb18030", "䶮"],
    ["fe9f", "gbk", "䶮"],
    ["fe9f", "gb2312", "䶮"],
    ["a8bf", "gbk", "ǹ"],
    ["c3", "utf-8", undefined],
    ["e4b8", "utf-8", undefined],
    ["c0af", "utf-8", undefined],
    ["eda080", "utf-8", undefined],
    ["f4908080", "utf-8", undefined],
    ["d6d0", "utf-8", undefined],
    ["d6", "gbk", undefined],
    ["d6d0b9", "gbk", undefined],
    ["ff", "gbk", undefined],
    ["813081", "gb18030", undefined],
    ["ff", "gb18030", undefined],
  ])("%s in %s is %j", (bytes, charset, expected) => {
    expect(decodeText(hex(bytes), charset)).toBe(expected);
  });

  test.each(charsets)("a broken text in %s leaves no trace in the next one", (charset) => {
    const whole = encodeJson("中国", charset);
    expect(decodeText(whole.subarray(0, whole.length - 1), charset)).toBe(undefined);
    expect(decodeText(whole, charset)).toBe("中国");
  });
});

describe("a parameter whose charset label may lie is read:", () => {
  test.each<[string, string, Charset, string | undefined]>([
    ["UTF-8 under its own label", "e6af9b", "utf-8", "毛"],
    ["UTF-8 that calls itself gbk", "e6af9b", "gbk", "毛"],
    ["UTF-8 that calls itself gb18030", "e4b8ade59bbd", "gb18030", "中国"],
    ["a sign beyond the BMP that calls itself gbk", "f0a08294", "gbk", "\u{20094}"],
    ["ASCII under any label", "7b7d", "gbk", "{}"],
    ["nothing", "", "gbk", ""],
    ["GBK", "d6d0b9fa", "gbk", "中国"],
    ["毛 in GBK, which is valid UTF-8 by accident", "c3ab", "gbk", "毛"],
    ["毛 in GBK among ASCII", "7b226e223a22c3ab227d", "gbk", '{"n":"毛"}'],
    ["毛 in GB18030", "c3ab", "gb18030", "毛"],
    ["the same bytes under the label utf-8", "c3ab", "utf-8", "ë"],
    ["bytes that are neither", "ff", "utf-8", undefined],
    ["a cut GBK character", "d6", "gbk", undefined],
    ["GBK under the label utf-8", "d6d0b9fa", "utf-8", undefined],
  ])("%s", (_name, bytes, declared, expected) => {
    expect(decodeParameter(toByteText(hex(bytes)), declared)).toBe(expected);
  });

  test("any text with Chinese in it, sent as UTF-8, is read right under every label", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 30 }), fc.constantFrom(...charsets), (text, declared) => {
        const chinese = `${text}中`;
        expect(decodeParameter(toByteText(new TextEncoder().encode(chinese)), declared)).toBe(chinese);
      }),
    );
  });
});

describe("JSON is encoded:", () => {
  test.each<[string, Charset, string]>([
    ['"a"', "utf-8", "226122"],
    ["中", "utf-8", "e4b8ad"],
    ["中", "gbk", "d6d0"],
    ["中", "gb2312", "d6d0"],
    ["中", "gb18030", "d6d0"],
    ["\u{20087}", "gb18030", "95329031"],
    ["\u{20087}", "gbk", hexOf(Buffer.from("\\ud840\\udc87"))],
    ["é", "gbk", "a8a6"],
    ["ë", "gbk", hexOf(Buffer.from("\\u00eb"))],
    ["?", "gbk", "3f"],
    ["\u2028", "gbk", hexOf(Buffer.from("\\u2028"))],
  ])("%j in %s is %s", (text, charset, expected) => {
    expect(hexOf(encodeJson(text, charset))).toBe(expected);
  });

  const everyCharacter = Array.from({ length: 0x110000 }, (_, code) => code)
    .filter(
      (code) =>
        (code < 0xd800 || code > 0xdfff) && (code < 0xe000 || code > 0xf8ff) && (code < 0x10000 || code % 61 === 0),
    )
    .map((code) => String.fromCodePoint(code));

  test.each(["gbk", "gb18030"] as const)(
    "no character is lost in %s: it reads back, or stands as its JSON escape",
    (charset) => {
      const unescape = (text: string): string =>
        text.replaceAll(/\\u([0-9a-f]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
      const lost = everyCharacter.filter(
        (character) => unescape(decodeText(encodeJson(character, charset), charset) ?? "") !== character,
      );
      expect(lost.join("")).toBe("");
    },
  );

  test("what GBK cannot hold is an escape, so that the bytes parse to the same JSON in every charset", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 30 }), fc.constantFrom(...charsets), (text, charset) => {
        const read = decodeText(encodeJson(JSON.stringify(`${text}中ë\u{1f600}`), charset), charset);
        expect(JSON.parse(read ?? "")).toBe(`${text}中ë\u{1f600}`);
      }),
    );
  });
});
