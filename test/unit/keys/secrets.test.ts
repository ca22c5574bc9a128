import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { hashToken, randomToken, sameSecret } from "#kaimen/keys/secrets.ts";

describe("a random token", () => {
  test.each([1, 2, 3, 4, 32, 40, 64, 100])("of length %i has that many characters of base64url", (length) => {
    expect(randomToken(length)).toMatch(new RegExp(`^[A-Za-z0-9_-]{${length}}$`));
  });

  test("is another each time", () => {
    expect(new Set(Array.from({ length: 10_000 }, () => randomToken(40))).size).toBe(10_000);
  });

  test("has every character at its end, so that each carries six bits", () => {
    expect(new Set(Array.from({ length: 5_000 }, () => randomToken(7).at(-1))).size).toBe(64);
  });
});

test("a token is stored as its SHA-256", () => {
  expect(hashToken("abc").toString("hex")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  expect(hashToken("刘").equals(createHash("sha256").update("刘", "utf8").digest())).toBe(true);
});

test.each([
  ["", "", true],
  ["a", "a", true],
  ["a", "b", false],
  ["a", "ab", false],
  ["", "a", false],
  ["刘", Buffer.from("刘"), true],
  [Uint8Array.of(1, 2), Uint8Array.of(1, 2), true],
  [Uint8Array.of(1, 2), Uint8Array.of(1, 3), false],
])("the secrets %j and %j are the same: %s", (left, right, expected) => {
  expect(sameSecret(left, right)).toBe(expected);
});
