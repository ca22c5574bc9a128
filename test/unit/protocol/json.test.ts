import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type JsonFault, JsonNumber, type JsonValue, parseJson, tooManyValues } from "#kaimen/protocol/json.ts";

fc.configureGlobal(process.env["KAIMEN_SEED"] === undefined ? {} : { seed: Number(process.env["KAIMEN_SEED"]) });

function valueOf(text: string): JsonValue {
  const result = parseJson(text);
  if ("fault" in result) throw new Error(`refused: ${JSON.stringify(result.fault)}`);
  return result.value;
}

function faultOf(text: string): JsonFault {
  const result = parseJson(text);
  if ("value" in result) throw new Error("was accepted");
  return result.fault;
}

/** Whether a value is what JSON.parse gave for the same text, which has rounded its numbers to doubles. */
function isSame(value: JsonValue, parsed: unknown): boolean {
  if (value instanceof JsonNumber) return Object.is(Number(value.text), parsed);
  if (Array.isArray(value)) {
    return (
      Array.isArray(parsed) &&
      parsed.length === value.length &&
      value.every((item, index) => isSame(item, parsed[index]))
    );
  }
  if (!(value instanceof Map)) return value === parsed;
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return false;
  const entries = new Map<string, unknown>(Object.entries(parsed));
  return (
    entries.size === value.size && [...value].every(([key, item]) => entries.has(key) && isSame(item, entries.get(key)))
  );
}

function parsedByLanguage(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

describe("a value is read:", () => {
  test.each<[string, JsonValue]>([
    ["true", true],
    ["false", false],
    ["null", null],
    ['""', ""],
    [' \t\r\n"a"\n', "a"],
    ['"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\\/\b\f\n\r\t'],
    ['"\\u4e2d\\u4E2D\\u0000"', "中中\0"],
    ['"\\ud83d\\ude00"', "\u{1f600}"],
    ['"\\ud83d"', "\ud83d"],
    ['"\\ude00\\ud83d"', "\ude00\ud83d"],
    ['"\ud83d"', "\ud83d"],
    ['"\u2028\u007f\ufeff"', "\u2028\u007f\ufeff"],
    ["[]", []],
    ["[ ]", []],
    ["[[],[true]]", [[], [true]]],
    ["{}", new Map()],
    ["{ }", new Map()],
    ['{"a":1}', new Map([["a", new JsonNumber("1")]])],
    ['{ "a" : { "b" : [ null ] } }', new Map([["a", new Map([["b", [null]]])]])],
    ['{"":""}', new Map([["", ""]])],
    [
      '{"__proto__":{"x":1},"constructor":null}',
      new Map<string, JsonValue>([
        ["__proto__", new Map([["x", new JsonNumber("1")]])],
        ["constructor", null],
      ]),
    ],
  ])("%j", (text, expected) => {
    expect(valueOf(text)).toEqual(expected);
  });

  test("a key __proto__ leaves the prototype of what is read alone", () => {
    const value = valueOf('{"__proto__":{"polluted":true}}');
    expect(Object.getPrototypeOf(value)).toBe(Map.prototype);
    expect("polluted" in {}).toBe(false);
  });

  test.each([
    "0",
    "-0",
    "1",
    "-1",
    "10",
    "0.10",
    "-0.0",
    "1e5",
    "1E+05",
    "1.5e-300",
    "1e400",
    "201512100936588040000000465158",
    "-99999999999999999999999999999999.000000000000000001",
  ])("the number %s keeps each digit", (text) => {
    expect(valueOf(text)).toEqual(new JsonNumber(text));
    expect(valueOf(`{"id": ${text} }`)).toEqual(new Map([["id", new JsonNumber(text)]]));
  });
});

test.each([
  ['{"a":1,"b":2,"a":3}', "a", 14],
  ['{"\\u0061":true,"a":false}', "a", 16],
  ['[{"b":{"":1,"":1}}]', "", 13],
])("a key that stands twice is refused by its name: %s", (text, repeatedKey, column) => {
  expect(parseJson(text)).toMatchObject({ fault: { repeatedKey, column, line: 1 } });
});

describe("a fault is placed:", () => {
  const value = "a value was expected";
  const ended = "the text ends where a value was expected";
  const follows = "something follows the end of the value";
  const key = "a key in double quotes was expected";
  const colon = "a colon was expected after the key";
  const inObject = "a comma or } was expected";
  const inArray = "a comma or ] was expected";
  const unended = "a string does not end";
  const control = "a control character stands in a string";
  const escape = "an unknown escape";
  test.each<[string, string, number, number]>([
    ["", ended, 1, 1],
    [" \n\t", ended, 2, 2],
    ["x", value, 1, 1],
    ["\ufeff1", value, 1, 1],
    ["'a'", value, 1, 1],
    ["+1", value, 1, 1],
    [".5", value, 1, 1],
    ["-", value, 1, 1],
    ["-a", value, 1, 1],
    ["NaN", value, 1, 1],
    ["True", value, 1, 1],
    ["nul", value, 1, 1],
    ["\u00a01", value, 1, 1],
    ["01", follows, 1, 2],
    ["1.", follows, 1, 2],
    ["1.e5", follows, 1, 2],
    ["1e", follows, 1, 2],
    ["0x10", follows, 1, 2],
    ["truex", follows, 1, 5],
    ["1 2", follows, 1, 3],
    ["{}\n{}", follows, 2, 1],
    ["1 // note", follows, 1, 3],
    ["{", key, 1, 2],
    ["{a:1}", key, 1, 2],
    ["{'a':1}", key, 1, 2],
    ['{"a":1,}', key, 1, 8],
    ["{,}", key, 1, 2],
    ['{\n  "a": 1,\n  b: 2\n}', key, 3, 3],
    ['{"a"', colon, 1, 5],
    ['{"a" 1}', colon, 1, 6],
    ['{"a","b"}', colon, 1, 5],
    ['{"a":', ended, 1, 6],
    ['{"a":}', value, 1, 6],
    ['{"a":1', inObject, 1, 7],
    ['{"a":1 "b":2}', inObject, 1, 8],
    ['{"a":1]', inObject, 1, 7],
    ['{"a":01}', inObject, 1, 7],
    ['{"records":[\r\n{"a":1}\r\n{"a":2}]}', inArray, 3, 1],
    ["[", ended, 1, 2],
    ["[1,", ended, 1, 4],
    ["[1,]", value, 1, 4],
    ["[,]", value, 1, 2],
    ["[1 2]", inArray, 1, 4],
    ["[1}", inArray, 1, 3],
    ["[1", inArray, 1, 3],
    ['"', unended, 1, 2],
    ['"abc', unended, 1, 5],
    ['{"a', unended, 1, 4],
    ['"a\nb"', control, 1, 3],
    ['"a\tb"', control, 1, 3],
    ['"\0"', control, 1, 2],
    ['"\u001f"', control, 1, 2],
    ['"a\\x"', escape, 1, 3],
    ['"\\u12"', escape, 1, 2],
    ['"\\u12g4"', escape, 1, 2],
    ['"\\u 123"', escape, 1, 2],
    ['"\\U0041"', escape, 1, 2],
    ['"a\\', escape, 1, 3],
    ['["中\u{1f600}",\n "国" x]', inArray, 2, 6],
    ['["中\u{1f600}" x]', inArray, 1, 8],
  ])("%j: %s, line %i, column %i", (text, reason, line, column) => {
    expect(faultOf(text)).toMatchObject({ reason, line, column });
  });

  test("the excerpt is at most twenty characters before the place and twenty after it", () => {
    expect(faultOf("x").excerpt).toBe("x");
    expect(faultOf(`["${"a".repeat(50)}" x${"b".repeat(50)}`).excerpt).toBe(`${"a".repeat(18)}" x${"b".repeat(19)}`);
  });
});

describe("values are nested", () => {
  const arrays = (depth: number, inside = ""): string => "[".repeat(depth) + inside + "]".repeat(depth);
  const objects = (depth: number, inside: string): string => '{"a":'.repeat(depth) + inside + "}".repeat(depth);

  test.each([
    arrays(31),
    arrays(32),
    arrays(32, "1"),
    objects(31, "{}"),
    objects(32, "1"),
    `[${arrays(31)},${arrays(31)}]`,
  ])("32 deep and are read: %s", (text) => {
    expect(parseJson(text)).toHaveProperty("value");
  });

  test.each([arrays(33), arrays(33, "1"), objects(32, "{}"), objects(33, "1"), arrays(34), `[1,${arrays(32, "1")}]`])(
    "33 deep and are refused: %s",
    (text) => {
      expect(faultOf(text).reason).toBe("nested deeper than 32");
    },
  );

  test("a million deep and are refused like any other", () => {
    expect(faultOf("[".repeat(1_000_000)).reason).toBe("nested deeper than 32");
    expect(faultOf('{"a":'.repeat(1_000_000)).reason).toBe("nested deeper than 32");
  });
});

test.each<[string, number, boolean]>([
  ["1", 1, true],
  ["[]", 1, true],
  ["[0,0]", 3, true],
  ["[0,0]", 2, false],
  ['{"a":[{}]}', 3, true],
  ['{"a":[{}]}', 2, false],
  [`[${"0,".repeat(99_998)}0]`, 100_000, true],
  [`[${"0,".repeat(99_999)}0]`, 100_000, false],
])(
  "%# of a text whose values are limited, those within the limit are read and others are refused",
  (text, limit, isRead) => {
    const result = parseJson(text, limit);
    expect("value" in result).toBe(isRead);
    if ("fault" in result) expect(result.fault.reason).toBe(tooManyValues);
  },
);

test("any JSON value, written in any layout, is read as JSON.parse reads it", () => {
  fc.assert(
    fc.property(
      fc.json({ stringUnit: "binary", maxDepth: 6 }),
      fc.constantFrom("", " ", "\t", "   "),
      (text, space) => {
        const laidOut = JSON.stringify(JSON.parse(text), undefined, space);
        for (const each of [text, laidOut]) expect(isSame(valueOf(each), JSON.parse(each))).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});

test("a text with one character changed is refused if and only if JSON.parse refuses it, and is read the same otherwise", () => {
  const changes = fc.constantFrom(
    '"',
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "0",
    "-",
    ".",
    "e",
    "u",
    "t",
    " ",
    "\n",
    "\0",
    "中",
    "",
  );
  let accepted = 0;
  let refused = 0;
  fc.assert(
    fc.property(fc.json({ maxDepth: 4 }), fc.nat(), fc.boolean(), changes, (text, place, insert, change) => {
      const at = place % (text.length + 1);
      const changed = text.slice(0, at) + change + text.slice(insert ? at : at + 1);
      const expected = parsedByLanguage(changed);
      const result = parseJson(changed);
      // JSON.parse takes a key twice and keeps the last; what follows it nobody has judged.
      if ("fault" in result && result.fault.repeatedKey !== undefined) return;
      expect("value" in result).toBe(expected !== undefined);
      if ("value" in result) {
        accepted += 1;
        expect(isSame(result.value, expected?.value)).toBe(true);
      } else {
        refused += 1;
        const lines = changed.split("\n");
        expect(result.fault.line).toBeLessThanOrEqual(lines.length);
        expect(result.fault.column).toBeLessThanOrEqual((lines[result.fault.line - 1]?.length ?? 0) + 1);
      }
    }),
    { numRuns: 3_000 },
  );
  expect(Math.min(accepted, refused)).toBeGreaterThan(100);
});
