import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asByteText } from "#kaimen/protocol/byte-text.ts";
import type { RawParameter } from "#kaimen/protocol/parameters.ts";
import { signingCandidates, stringToSign } from "#kaimen/protocol/signing.ts";

fc.configureGlobal(process.env["KAIMEN_SEED"] === undefined ? {} : { seed: Number(process.env["KAIMEN_SEED"]) });

type Pair = readonly [name: string, value: string];

const parameters = (pairs: readonly Pair[]): RawParameter[] =>
  pairs.map(([name, value]) => ({ name: asByteText(name), value: asByteText(value) }));

describe("the string to sign", () => {
  test.each<[string, Pair[], string]>([
    ["of nothing is empty", [], ""],
    ["of one parameter has no &", [["a", "1"]], "a=1"],
    [
      "is sorted by name",
      [
        ["b", "2"],
        ["a", "1"],
        ["c", "3"],
      ],
      "a=1&b=2&c=3",
    ],
    [
      "has upper case before _ before lower case, as bytes are",
      [
        ["a", "1"],
        ["_", "2"],
        ["B", "3"],
      ],
      "B=3&_=2&a=1",
    ],
    [
      "has a name before the longer names that begin with it",
      [
        ["ab", "1"],
        ["a", "2"],
        ["a0", "3"],
        ["a.b", "4"],
      ],
      "a=2&a.b=4&a0=3&ab=1",
    ],
    [
      "has bytes above ASCII after all of it",
      [
        ["\u00e4\u00b8\u00ad", "1"],
        ["zz", "2"],
      ],
      "zz=2&\u00e4\u00b8\u00ad=1",
    ],
    [
      "leaves out sign",
      [
        ["sign", "x"],
        ["a", "1"],
      ],
      "a=1",
    ],
    [
      "keeps sign_type",
      [
        ["sign_type", "RSA2"],
        ["sign", "x"],
      ],
      "sign_type=RSA2",
    ],
    ["keeps Sign, which is another name", [["Sign", "x"]], "Sign=x"],
    [
      "leaves out empty values",
      [
        ["b", ""],
        ["a", "1"],
        ["c", ""],
      ],
      "a=1",
    ],
    [
      "keeps a value of one byte 0x30",
      [
        ["records", "0"],
        ["a", "1"],
      ],
      "a=1&records=0",
    ],
    ["keeps a value of one space", [["a", " "]], "a= "],
    ["has values raw, whatever they hold", [["a", "x&b=2+%20\0\u00ff"]], "a=x&b=2+%20\0\u00ff"],
  ])("%s", (_name, pairs, expected) => {
    expect(stringToSign(parameters(pairs))).toBe(expected);
  });

  test.each<[string, Pair[], string]>([
    [
      "keeps empty values in their place",
      [
        ["b", ""],
        ["c", "3"],
        ["a", "1"],
      ],
      "a=1&b=&c=3",
    ],
    [
      "keeps an empty value at the end",
      [
        ["b", ""],
        ["a", "1"],
      ],
      "a=1&b=",
    ],
    [
      "still leaves out sign, empty or not",
      [
        ["sign", ""],
        ["a", "1"],
      ],
      "a=1",
    ],
    [
      "keeps a value of one byte 0x30",
      [
        ["a", "0"],
        ["b", ""],
      ],
      "a=0&b=",
    ],
  ])("with empty values kept %s", (_name, pairs, expected) => {
    expect(stringToSign(parameters(pairs), { keepEmpty: true })).toBe(expected);
  });

  test.each<[string, Pair[], string]>([
    [
      "leaves out a value of one byte 0x30",
      [
        ["records", "0"],
        ["a", "1"],
      ],
      "a=1",
    ],
    [
      "keeps 00, 0.0, a number and the letter O",
      [
        ["a", "00"],
        ["b", "0.0"],
        ["c", "10"],
        ["d", "O"],
      ],
      "a=00&b=0.0&c=10&d=O",
    ],
    [
      "leaves out empty values too",
      [
        ["a", ""],
        ["b", "0"],
        ["c", "1"],
      ],
      "c=1",
    ],
  ])("with zero values dropped %s", (_name, pairs, expected) => {
    expect(stringToSign(parameters(pairs), { dropZero: true })).toBe(expected);
  });

  test("does not depend on the order in which parameters came, and is the sorted, joined pairs", () => {
    const pair = fc.tuple(
      fc.string({ minLength: 1 }).filter((name) => name !== "sign"),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.uniqueArray(pair, { selector: ([name]) => name }), fc.infiniteStream(fc.nat()), (pairs, order) => {
        const shuffled = pairs
          .map((each) => [order.next().value ?? 0, each] as const)
          .toSorted(([left], [right]) => left - right);
        const expected = pairs
          .filter(([, value]) => value !== "")
          .toSorted(([left], [right]) => Buffer.compare(Buffer.from(left, "latin1"), Buffer.from(right, "latin1")))
          .map(([name, value]) => `${name}=${value}`)
          .join("&");
        expect(stringToSign(parameters(shuffled.map(([, each]) => each)))).toBe(expected);
      }),
    );
  });
});

describe("the candidates", () => {
  test.each<[string, Pair[], boolean, [string | undefined, string][]]>([
    ["are the rule alone where nothing would differ", [["a", "1"]], true, [[undefined, "a=1"]]],
    [
      "are the rule first, then with empty values",
      [
        ["a", "1"],
        ["b", ""],
      ],
      true,
      [
        [undefined, "a=1"],
        ["empty_value_signed", "a=1&b="],
      ],
    ],
    [
      "are the rule first, then without zero values",
      [
        ["a", "1"],
        ["b", "0"],
      ],
      true,
      [
        [undefined, "a=1&b=0"],
        ["zero_value_unsigned", "a=1"],
      ],
    ],
    [
      "are three where there are both",
      [
        ["a", ""],
        ["b", "0"],
        ["c", "1"],
      ],
      true,
      [
        [undefined, "b=0&c=1"],
        ["empty_value_signed", "a=&b=0&c=1"],
        ["zero_value_unsigned", "c=1"],
      ],
    ],
    [
      "do not count sign's own value, empty",
      [
        ["sign", ""],
        ["a", "1"],
      ],
      true,
      [[undefined, "a=1"]],
    ],
    [
      "do not count sign's own value, zero",
      [
        ["sign", "0"],
        ["a", "1"],
      ],
      true,
      [[undefined, "a=1"]],
    ],
    ["do not take 00 for a zero", [["a", "00"]], true, [[undefined, "a=00"]]],
    [
      "are the rule alone for a strict gateway",
      [
        ["a", ""],
        ["b", "0"],
        ["c", "1"],
      ],
      false,
      [[undefined, "b=0&c=1"]],
    ],
  ])("%s", (_name, pairs, takesDeviations, expected) => {
    expect(
      [...signingCandidates(parameters(pairs), takesDeviations)].map(({ deviation, text }) => [deviation, text]),
    ).toEqual(expected);
  });
});
