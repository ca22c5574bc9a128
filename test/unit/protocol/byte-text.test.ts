import fc from "fast-check";
import { expect, test } from "vitest";
import { isAscii, ownCopy, toBytes, toByteText } from "#kaimen/protocol/byte-text.ts";

fc.configureGlobal(process.env["KAIMEN_SEED"] === undefined ? {} : { seed: Number(process.env["KAIMEN_SEED"]) });

test("bytes come back as they were, a character each, however many", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 10_000 }), (bytes) => {
      const text = toByteText(bytes);
      expect(text).toBe(Buffer.from(bytes).toString("latin1"));
      expect(toBytes(text)).toEqual(bytes);
      expect(ownCopy(text)).toBe(text);
    }),
  );
});

test.each([
  ["", true],
  ["a\0\x7f", true],
  ["\x80", false],
  ["a中", false],
])("that %j is ASCII is %s", (text, expected) => {
  expect(isAscii(text)).toBe(expected);
});
