import { sign } from "node:crypto";
import { expect, test } from "vitest";
import { generateRsaKeys } from "#kaimen/keys/rsa.ts";
import { signatureText } from "#kaimen/keys/signatures.ts";
import { asByteText } from "#kaimen/protocol/byte-text.ts";

test("a signature that is remembered is that of the same text, key and sign type, and no other", async () => {
  const [first, second] = [await generateRsaKeys(), await generateRsaKeys()];
  const texts = ['{"code":"10000"}', '{"code":"40004"}', "2 x", "x".repeat(1_025), "\u00ff\u0080"];
  for (let time = 0; time < 2; time += 1) {
    for (const { privateKey } of [first, second]) {
      for (const [signType, digest] of [
        ["RSA2", "sha256"],
        ["RSA", "sha1"],
      ] as const) {
        for (const text of texts) {
          const given = signatureText(signType, privateKey, asByteText(text));
          expect(await given).toBe(sign(digest, Buffer.from(text, "latin1"), privateKey).toString("base64"));
          expect(typeof given).toBe(time === 1 && text.length <= 1_024 ? "string" : "object");
        }
      }
    }
  }
});
