import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asByteText, type ByteText, toByteText } from "#kaimen/protocol/byte-text.ts";
import { addParameters, parseForm, type RawParameter } from "#kaimen/protocol/parameters.ts";

fc.configureGlobal(process.env["KAIMEN_SEED"] === undefined ? {} : { seed: Number(process.env["KAIMEN_SEED"]) });

const parameter = (name: string, value: string): RawParameter => ({
  name: asByteText(name),
  value: asByteText(value),
});
const readForm = (form: string): RawParameter[] => parseForm(asByteText(form));
const pairs = (text: string): string[][] => readForm(text).map(({ name, value }) => [name, value]);

describe("a form is read as", () => {
  test.each<[string, string[][]]>([
    ["", []],
    ["a=1", [["a", "1"]]],
    [
      "a=1&b=2",
      [
        ["a", "1"],
        ["b", "2"],
      ],
    ],
    [
      "b=2&a=1",
      [
        ["b", "2"],
        ["a", "1"],
      ],
    ],
    [
      "a=1&a=2",
      [
        ["a", "1"],
        ["a", "2"],
      ],
    ],
    ["a=", [["a", ""]]],
    ["a", [["a", ""]]],
    [
      "a&b=2",
      [
        ["a", ""],
        ["b", "2"],
      ],
    ],
    ["a=1=2", [["a", "1=2"]]],
    ["a==", [["a", "="]]],
    ["=1", []],
    ["=", []],
    ["&&", []],
    [
      "&a=1&&b=2&",
      [
        ["a", "1"],
        ["b", "2"],
      ],
    ],
    ["=1&a=1", [["a", "1"]]],
    ["a+b=c+d", [["a b", "c d"]]],
    ["a=%2B+%20", [["a", "+  "]]],
    ["a=%26%3D%25", [["a", "&=%"]]],
    ["%61=1", [["a", "1"]]],
    ["%3Da=1", [["=a", "1"]]],
    ["a=%e4%B8%aD", [["a", "\u00e4\u00b8\u00ad"]]],
    ["a=%00%0d%0A", [["a", "\0\r\n"]]],
    ["a=%", [["a", "%"]]],
    ["a=%4", [["a", "%4"]]],
    [
      "a=%4&b=1",
      [
        ["a", "%4"],
        ["b", "1"],
      ],
    ],
    ["a=%zz", [["a", "%zz"]]],
    ["a=%4g", [["a", "%4g"]]],
    ["a=%g4", [["a", "%g4"]]],
    ["a=%%41", [["a", "%A"]]],
    ["a=%4%41", [["a", "%4A"]]],
    ["a=%/0%:0%@0%G0%`0", [["a", "%/0%:0%@0%G0%`0"]]],
    ["a=%2541", [["a", "%41"]]],
    ["a=\u00ff\u0080", [["a", "\u00ff\u0080"]]],
    ["__proto__=1", [["__proto__", "1"]]],
    ["a=1;b=2", [["a", "1;b=2"]]],
  ])("%j gives %j", (text, expected) => {
    expect(pairs(text)).toEqual(expected);
  });

  const byteArrays = fc.uint8Array({ maxLength: 40 });

  test("what was percent-encoded, byte for byte, in either case of the digits", () => {
    const encode = (value: Uint8Array, upper: boolean): string =>
      [...value]
        .map((byte) => `%${byte.toString(16).padStart(2, "0")}`)
        .map((code) => (upper ? code.toUpperCase() : code))
        .join("");
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            byteArrays.filter(({ length }) => length > 0),
            byteArrays,
          ),
        ),
        fc.boolean(),
        (sent, upper) => {
          const text = sent.map(([name, value]) => `${encode(name, upper)}=${encode(value, upper)}`).join("&");
          expect(pairs(text)).toEqual(sent.map(([name, value]) => [toByteText(name), toByteText(value)]));
        },
      ),
    );
  });

  test("what URLSearchParams wrote", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.string({ minLength: 1, maxLength: 10, unit: "binary" }),
            fc.string({ maxLength: 20, unit: "binary" }),
          ),
          { maxLength: 6 },
        ),
        (sent) => {
          const read = parseForm(asByteText(new URLSearchParams(sent).toString()));
          expect(
            read.map(({ name, value }) => [
              Buffer.from(name, "latin1").toString(),
              Buffer.from(value, "latin1").toString(),
            ]),
          ).toEqual(sent);
        },
      ),
    );
  });
});

test("a form of many names without a value is read in a time that grows with its length, not with its square", () => {
  const timeOf = (pair: string): number => {
    const form = asByteText(pair.repeat(15_000));
    const runs = Array.from({ length: 7 }, () => {
      const before = process.cpuUsage();
      expect(parseForm(form)).toHaveLength(15_000);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    });
    return Math.min(...runs);
  };
  timeOf("a=&");
  const withEquals = timeOf("a=&");
  // With the square of its length it would be some hundred times.
  expect(timeOf("aa&") / withEquals).toBeLessThan(30);
});

test.each<[string, string]>([
  ["+", " "],
  ["%41", "A"],
  ["%e4%B8%aD", "\u00e4\u00b8\u00ad"],
  ["%", "%"],
  ["%4", "%4"],
  ["%zz", "%zz"],
  ["a+%2B%%41\u00ff", "a +%A\u00ff"],
])("a long value of %j is read like a short one, without an object for each part of it", (piece, expected) => {
  const times = 1_000_000;
  const form = asByteText(`a=${piece.repeat(times)}`);
  const before = process.memoryUsage().heapUsed;
  const [read] = parseForm(form);
  // An object for each would be 32 MB beside what is read, for two of them twice that.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(31_000_000 + form.length);
  expect(read?.value === expected.repeat(times)).toBe(true);
});

describe("query and body are merged so that", () => {
  test.each<[string, RawParameter[], RawParameter[], string[][], string | undefined]>([
    ["neither has any", [], [], [], undefined],
    [
      "each has its own",
      [parameter("a", "1")],
      [parameter("b", "2")],
      [
        ["a", "1"],
        ["b", "2"],
      ],
      undefined,
    ],
    ["the body's value counts", [parameter("a", "1")], [parameter("a", "2")], [["a", "2"]], undefined],
    ["an empty value of the body counts too", [parameter("a", "1")], [parameter("a", "")], [["a", ""]], undefined],
    ["the same twice in one place is one", [parameter("a", "1"), parameter("a", "1")], [], [["a", "1"]], undefined],
    ["two values in the query conflict", [parameter("a", "1"), parameter("a", "2")], [], [["a", "2"]], "a"],
    ["two values in the body conflict", [], [parameter("b", "1"), parameter("b", "2")], [["b", "2"]], "b"],
    ["a value and an empty one conflict", [], [parameter("b", "1"), parameter("b", "")], [["b", ""]], "b"],
    [
      "a value, another, the first again conflict",
      [],
      ["1", "2", "1"].map((value) => parameter("b", value)),
      [["b", "1"]],
      "b",
    ],
    [
      "a conflict in the query stays one when the body agrees with itself",
      [parameter("a", "1"), parameter("a", "2")],
      [parameter("a", "3")],
      [["a", "3"]],
      "a",
    ],
    [
      "the first conflict is the one named",
      [],
      ["c", "c", "a", "a"].map((name, index) => parameter(name, String(index))),
      [
        ["c", "1"],
        ["a", "3"],
      ],
      "c",
    ],
    [
      "names of the language are only names",
      [parameter("__proto__", "1")],
      [parameter("constructor", "2")],
      [
        ["__proto__", "1"],
        ["constructor", "2"],
      ],
      undefined,
    ],
    [
      "names differ by case",
      [parameter("a", "1"), parameter("A", "2")],
      [],
      [
        ["a", "1"],
        ["A", "2"],
      ],
      undefined,
    ],
  ])("%s", (_name, query, body, expected, conflict) => {
    const parameters = new Map<string, ByteText>();
    const [inQuery, inBody] = [query, body].map((place) => addParameters(parameters, place));
    expect([...parameters]).toEqual(expected);
    expect(inQuery ?? inBody).toBe(conflict);
  });
});
