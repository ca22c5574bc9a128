import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PlainRecords } from "#kaimen/feedback/reading/plain-records.ts";
import { type Charset, encodeJson } from "#kaimen/protocol/charset.ts";

fc.configureGlobal(process.env["KAIMEN_SEED"] === undefined ? {} : { seed: Number(process.env["KAIMEN_SEED"]) });

const names = ["a", "bc", "absent"];
const bytesOf = (text: string, charset: Charset = "utf-8"): Uint8Array => encodeJson(text, charset);

/** Reads the texts one after the other, learning from each that is not plain, as the file's reader does. */
function readAll(
  texts: readonly string[],
  charset: Charset = "utf-8",
): ({ texts: string[]; same: number[] } | undefined)[] {
  const plain = new PlainRecords(names, charset);
  return texts.map((text) => {
    const bytes = Buffer.concat([Buffer.from("  "), bytesOf(text, charset), Buffer.from(",")]);
    if (plain.read(bytes, 2, bytes.length - 1)) return { texts: [...plain.texts], same: [...plain.same] };
    plain.learn(bytes, 2, bytes.length - 1);
    return undefined;
  });
}

describe("a record written like the one before", () => {
  test("is read, and its values that are the same are told", () => {
    const first = '{"a":"x","bc":"1"}';
    expect(readAll([first, first, first, '{"a":"x","bc":"2"}', '{"a":" x ","bc":"2"}', '{"a":"","bc":""}'])).toEqual([
      undefined,
      { texts: ["x", "1", ""], same: [0, 0, 0] },
      { texts: ["x", "1", ""], same: [1, 1, 1] },
      { texts: ["x", "2", ""], same: [1, 0, 1] },
      { texts: ["x", "2", ""], same: [1, 1, 1] },
      { texts: ["", "", ""], same: [0, 0, 1] },
    ]);
  });

  test.each<[string, string]>([
    ["an escape", '{"a":"\\u0041","bc":"1"}'],
    ["a number", '{"a":1,"bc":"1"}'],
    ["null", '{"a":null,"bc":"1"}'],
    ["an object", '{"a":{"b":"c"},"bc":"1"}'],
    ["another order", '{"bc":"1","a":"x"}'],
    ["a key too few", '{"a":"x"}'],
    ["a key too many", '{"a":"x","bc":"1","d":"2"}'],
    ["a key twice", '{"a":"x","bc":"1","a":"y"}'],
    ["other white space", '{"a": "x","bc":"1"}'],
    ["a control character", '{"a":"\n","bc":"1"}'],
  ])("is not one with %s: JSON.parse has to read it", (_name, other) => {
    const first = '{"a":"x","bc":"1"}';
    expect(readAll([first, first, other])[2]).toBe(undefined);
  });

  test("is read as JSON.parse reads it, whatever it holds, in every charset", () => {
    const value = fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.string({ unit: fc.constantFrom(...'芝麻开门䶮é"\\{}[], \t'), maxLength: 12 }),
      fc.constantFrom("x", ""),
    );
    const record = fc
      .tuple(value, value, fc.boolean())
      .map(([a, bc, swapped]) => JSON.stringify(swapped ? { bc, a } : { a, bc }));
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 6 }),
        fc.constantFrom<Charset>("utf-8", "gbk", "gb18030"),
        (texts, charset) => {
          readAll(
            texts.flatMap((text) => [text, text]),
            charset,
          ).forEach((read, index) => {
            if (read === undefined) return;
            const parsed = JSON.parse(texts[index >> 1] ?? "") as { a: string; bc: string };
            expect(read.texts).toEqual([parsed.a.trim(), parsed.bc.trim(), ""]);
          });
        },
      ),
      { numRuns: 500 },
    );
  });
});
