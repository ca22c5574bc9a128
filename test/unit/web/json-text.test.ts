import { describe, expect, it } from "vitest";
import { layOutJson } from "../../../web/parts/json-text.ts";

const shown = (text: string): string | undefined =>
  layOutJson(text)
    ?.map((piece) => piece.text)
    .join("");

describe("JSON to read", () => {
  it.each<[string, string | undefined]>([
    ['{"a":1,"b":[1,2]}', '{\n  "a": 1,\n  "b": [\n    1,\n    2\n  ]\n}'],
    ['{"a":{},"b":[]}', '{\n  "a": {},\n  "b": []\n}'],
    // Digits and escapes stay as they came.
    [
      '{"n":2088000000000000000001.10,"t":"\\u4e2d\\" {x}"}',
      '{\n  "n": 2088000000000000000001.10,\n  "t": "\\u4e2d\\" {x}"\n}',
    ],
    ["[true,null]", "[\n  true,\n  null\n]"],
    ["12", undefined],
    ['{"a":', undefined],
    ["<xml/>", undefined],
  ])("%s", (text, expected) => {
    expect(shown(text)).toBe(expected);
  });

  it("tells names from texts", () => {
    const kinds = layOutJson('{"a":"b","c":1}')
      ?.filter(({ kind }) => kind !== "sign")
      .map(({ kind }) => kind);
    expect(kinds).toEqual(["name", "text", "name", "number"]);
  });
});
