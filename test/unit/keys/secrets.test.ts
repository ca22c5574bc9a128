import { createHash, scryptSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { hashPassword, hashToken, passwordMatches, randomToken, sameSecret } from "#kaimen/keys/secrets.ts";

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

describe("a password", () => {
  test("is stored as scrypt with its cost, a salt of 16 bytes and a key of 32", async () => {
    const [scheme, n, r, p, salt = "", key = ""] = (await hashPassword("开门123")).split("$");
    expect([scheme, n, r, p]).toEqual(["scrypt", "16384", "8", "1"]);
    expect(Buffer.from(salt, "base64").length).toBe(16);
    expect(key).toBe(scryptSync("开门123", Buffer.from(salt, "base64"), 32).toString("base64"));
  });

  test("is stored differently each time", async () => {
    expect(await hashPassword("a")).not.toBe(await hashPassword("a"));
  });

  test("matches itself, and no other", async () => {
    const hash = await hashPassword("Kaimen ①2");
    const tries: [string, boolean][] = [
      ["Kaimen ①2", true],
      ["Kaimen 12", true],
      ["kaimen ①2", false],
      ["Kaimen ①2 ", false],
      ["", false],
    ];
    for (const [password, expected] of tries) expect(await passwordMatches(password, hash), password).toBe(expected);
  });

  test("of 256 characters is accepted, and of 257 is refused when it is set, since nobody could log in with it", async () => {
    expect(await passwordMatches("a".repeat(256), await hashPassword("a".repeat(256)))).toBe(true);
    await expect(hashPassword("a".repeat(257))).rejects.toThrow("256");
  });

  test("of more than 256 characters matches nothing", async () => {
    expect(await passwordMatches("a".repeat(257), await hashPassword("a"))).toBe(false);
  });

  test.each(["", "scrypt", "bcrypt$1$2$3$4$5", "scrypt$32768$8$1$AA==$AA==", "scrypt$16384$8$2$AA==$AA=="])(
    "cannot be compared with the stored form %j, which is an error and no mismatch",
    async (hash) => {
      await expect(passwordMatches("a", hash)).rejects.toThrow(/unknown password/);
    },
  );
});
