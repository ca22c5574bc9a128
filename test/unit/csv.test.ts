import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { csvLine, readCsv } from "#kaimen/csv.ts";

fc.configureGlobal(process.env["KAIMEN_SEED"] === undefined ? {} : { seed: Number(process.env["KAIMEN_SEED"]) });

const rowsOf = (text: string, comments = false): (string | number)[][] =>
  readCsv(text, { comments }).map(({ line, cells }) => [line, ...cells]);

describe("CSV", () => {
  test.each<[string, (string | number)[][]]>([
    ["", []],
    ["\n\r\n", []],
    ["a", [[1, "a"]]],
    ["a,b\n", [[1, "a", "b"]]],
    ["a,", [[1, "a", ""]]],
    [",", [[1, "", ""]]],
    ['""', [[1, ""]]],
    ['\ufeffa,"b ""c"", d"', [[1, "a", 'b "c", d']]],
    ['5" pipe, x ', [[1, '5" pipe', " x "]]],
    [
      "a\rb\n\nc\r\nd",
      [
        [1, "a"],
        [2, "b"],
        [4, "c"],
        [5, "d"],
      ],
    ],
    [
      '"e\nf","\r\n"\n# x',
      [
        [1, "e\nf", "\r\n"],
        [4, "# x"],
      ],
    ],
  ])("%j is read", (text, rows) => {
    expect(rowsOf(text)).toEqual(rows);
  });

  test("is read without its comments where it may have some, and the lines are counted with them", () => {
    expect(rowsOf('# a,"\nb\n#\nc,#d\n# e', true)).toEqual([
      [2, "b"],
      [4, "c", "#d"],
    ]);
  });

  test.each([
    ['a\n"b', "line 2"],
    ['a\n"b\nc', "line 2"],
    ['"a"b', "line 1"],
    ['"a" ,b', "line 1"],
  ])("%j is refused with the line of the quote", (text, message) => {
    expect(() => readCsv(text)).toThrow(RangeError);
    expect(() => readCsv(text)).toThrow(message);
  });

  test("that was written is read to the same cells", () => {
    const cell = fc.string({ unit: fc.constantFrom("a", "信", '"', ",", "\r", "\n", " ", "#"), maxLength: 6 });
    fc.assert(
      fc.property(
        fc.array(fc.array(cell, { minLength: 2, maxLength: 4 })),
        fc.constantFrom("\n", "\r\n"),
        (rows, end) => {
          const text = rows.map((row) => csvLine(row) + end).join("");
          expect(readCsv(text).map(({ cells }) => cells)).toEqual(rows);
        },
      ),
    );
  });
});
