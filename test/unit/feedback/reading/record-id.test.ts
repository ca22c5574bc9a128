import { hash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { RecordIds } from "#kaimen/feedback/reading/record-id.ts";

const idOf = (merchantId: string, key: readonly string[]): string =>
  Buffer.from(new RecordIds(merchantId).of(key)).toString("hex");

describe("a record's id", () => {
  test.each([[["A", "2026-10"]], [[]], [['a"\\\n\ud800é', "张三", ""]]])("of %j is fixed for a merchant", (key) => {
    const digest = hash("sha256", JSON.stringify(["2088000000000001", ...key]), "hex");
    expect(idOf("2088000000000001", key)).toBe(digest.slice(0, 32));
  });

  test("differs wherever merchant or key differ, also in where one value ends and the next begins", () => {
    const keys: [string, string[]][] = [
      ["m", ["A", "2026-10"]],
      ["m", ["A", "2026-11"]],
      ["m", ["2026-10", "A"]],
      ["m", ["A2026-10"]],
      ["m", ["A,2026-10"]],
      ["m", ['A","2026-10']],
      ["m", ["A"]],
      ["m", ["A", ""]],
      ["m", []],
      ["n", ["A", "2026-10"]],
      ["mA", ["2026-10"]],
      ["m", ["a", "2026-10"]],
      ["m", ["\\"]],
      ["m", ["\\\\"]],
      ["m", ["\ud800"]],
      ["m", ["\ud801"]],
      ["m", ["\ufffd"]],
    ];
    expect(new Set(keys.map(([merchantId, key]) => idOf(merchantId, key))).size).toBe(keys.length);
  });
});
