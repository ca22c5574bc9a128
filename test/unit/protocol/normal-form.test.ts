import { expect, test } from "vitest";
import { normalForm } from "#kaimen/protocol/normal-form.ts";

test.each<[string, string, string]>([
  ["full-width digits", "１２３Ｘ", "123X"],
  ["a letter and its mark", "e\u0301", "é"],
  ["thirty marks in a row", `a${"\u0301\u0323".repeat(15)}`, `a${"\u0301\u0323".repeat(15)}`.normalize("NFKC")],
  [
    "thirty-one, which stay as they are",
    `１${"\u0301\u0323".repeat(15)}\u0301`,
    `１${"\u0301\u0323".repeat(15)}\u0301`,
  ],
  ["many runs of thirty", `a${"\u0301".repeat(30)}`.repeat(3), `a${"\u0301".repeat(30)}`.repeat(3).normalize("NFKC")],
  ["nothing", "", ""],
])("%s", (_what, text, expected) => {
  expect(normalForm(text)).toBe(expected);
});
