import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { decryptAes, encryptAes, encryptTypes, isBase64 } from "#kaimen/keys/aes.ts";

test.each<[string, string, boolean]>([
  ["a block", "AAAAAAAAAAAAAAAAAAAAAA==", true],
  ["a block without its padding", "AAAAAAAAAAAAAAAAAAAAAA", true],
  ["line breaks in it and after it", "AAAAAAAAAAAA\r\nAAAAAAAAAAAAAA==\r\n", true],
  ["less than a block", "AAAAAAAAAAAAAAAAAAAAA==", false],
  ["three signs of equality", "AAAAAAAAAAAAAAAAAAAAAA===", false],
  ["a sign of equality in the middle", "AAAAAAAAAAA=AAAAAAAAAAAAAAA", false],
  ["a character that is none of base64", "AAAAAAAAAAAAAAAAAAAAAA-=", false],
  ["JSON", '{"transaction_id":"T1","product_code":"w1"}', false],
  ["a long run of spaces, and a character after it", `${" ".repeat(1_000_000)}!`, false],
  ["white space only", " ".repeat(1_000), false],
  ["nothing", "", false],
])("%s: %#", (_what, text, expected) => {
  expect(isBase64(text)).toBe(expected);
});

test.each(encryptTypes)("what %s encrypted is base64, and opens", (encryptType) => {
  const key = randomBytes(16);
  const ciphertext = encryptAes(encryptType, key, Buffer.from("中文"));
  expect(isBase64(ciphertext)).toBe(true);
  expect(decryptAes(encryptType, key, ciphertext)?.toString()).toBe("中文");
});
