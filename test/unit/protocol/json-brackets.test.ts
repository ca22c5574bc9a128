import { describe, expect, test } from "vitest";
import { BracketScanner } from "#kaimen/protocol/json-brackets.ts";

const endOf = (text: string, start = 0): number | string =>
  new BracketScanner({ depthLimit: 3 }).endOf(Buffer.from(text), start);

describe("the end of an object or an array", () => {
  test.each<[string, number | string]>([
    ["{}", 2],
    ["[]", 2],
    ['{"a":[{}]}', 10],
    ['{"a":1},{"b":2}', 7],
    ['{"a":"}]"}', 10],
    ['{"a":"\\"}"}', 11],
    ['{"a":"\\\\"}', 10],
    ["{", "unended"],
    ['{"a":1', "unended"],
    ['{"a":"}', "unended"],
    ['{"a":"\\', "unended"],
    ["[[[]]]", 6],
    ["[[[[]]]]", "too_deep"],
    ['["[[[["]', 8],
  ])("of %j is %s", (text, end) => {
    expect(endOf(text)).toBe(end);
  });

  test("is looked for from where the value begins", () => {
    expect(endOf("[{},{}]", 4)).toBe(6);
  });

  test("is not found inside a character of two bytes", () => {
    // 0x81 0x5c and 0x81 0x22 are each one character of GBK.
    const bytes = Buffer.from([0x7b, 0x22, 0x81, 0x5c, 0x81, 0x22, 0x22, 0x7d]);
    expect(new BracketScanner({ depthLimit: 3, twoByteCharacters: true }).endOf(bytes, 0)).toBe(8);
    expect(new BracketScanner({ depthLimit: 3 }).endOf(bytes, 0)).toBe("unended");
  });
});

test.each([
  ['{"a":"1"}', false],
  ['{"a":null}', false],
  ['{"a":1}', true],
  ['{"a":-1}', true],
])("whether %s has a number without quotes is told: %s", (text, bare) => {
  const scanner = new BracketScanner({ depthLimit: 3 });
  scanner.endOf(Buffer.from(text), 0);
  expect(scanner.sawBareNumber).toBe(bare);
});
