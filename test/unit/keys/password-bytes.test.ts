import { expect, test } from "vitest";
import { hashPassword, passwordMatches } from "#kaimen/keys/secrets.ts";

/** One hash, which is slow to make, and each form that differs from it by one byte. */
const hash = await hashPassword("correct horse 开门");
const parts = hash.split("$");
const [salt = "", key = ""] = parts.slice(-2);
const head = parts.slice(0, -2).join("$");
const flipped = (text: string, at: number): string => {
  const bytes = Buffer.from(text, "base64");
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes.toString("base64");
};
const length = Buffer.from(key, "base64").length;

test("a password matches the hash that was made of it", async () => {
  expect(await passwordMatches("correct horse 开门", hash)).toBe(true);
});

test.each([0, 1, 3, 4, 7, 8, 15, 16, length - 2, length - 1])("and not one that differs in byte %i of its key alone", async (at) => {
  expect(await passwordMatches("correct horse 开门", `${head}$${salt}$${flipped(key, at)}`)).toBe(false);
});

test.each([0, 15])("nor one that differs in byte %i of its salt alone", async (at) => {
  expect(await passwordMatches("correct horse 开门", `${head}$${flipped(salt, at)}$${key}`)).toBe(false);
});

test.each([0, 4, 16, length - 1])("nor one whose key is cut to %i bytes", async (kept) => {
  const cut = `${head}$${salt}$${Buffer.from(key, "base64").subarray(0, kept).toString("base64")}`;
  expect(await passwordMatches("correct horse 开门", cut).catch(() => "refused")).not.toBe(true);
});
