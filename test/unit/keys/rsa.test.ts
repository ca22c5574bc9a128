import { type KeyObject, sign, verify } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { createSignature, generateRsaKeys, verifySignature } from "#kaimen/keys/rsa.ts";
import { asByteText, type ByteText } from "#kaimen/protocol/byte-text.ts";
import { signTypes } from "#kaimen/protocol/signing.ts";

const data = asByteText("app_id=2014072300007148&method=zhima.credit.score.get");
const bytes = Buffer.from(data);
let keys: { publicKey: KeyObject; privateKey: KeyObject };
let others: { publicKey: KeyObject; privateKey: KeyObject };

beforeAll(async () => {
  [keys, others] = await Promise.all([generateRsaKeys(), generateRsaKeys()]);
});

test("a generated pair has 2,048 bits and belongs together", async () => {
  expect(keys.privateKey.asymmetricKeyDetails?.modulusLength).toBe(2_048);
  expect(
    await verifySignature("RSA2", keys.publicKey, data, await createSignature("RSA2", keys.privateKey, data)),
  ).toBe(true);
});

describe.each([
  ["RSA2", "sha256"],
  ["RSA", "sha1"],
] as const)("%s", (signType, digest) => {
  test(`is PKCS#1 v1.5 with ${digest}, 344 characters in base64`, async () => {
    const signature = await createSignature(signType, keys.privateKey, data);
    expect(signature.equals(sign(digest, bytes, keys.privateKey))).toBe(true);
    expect(verify(digest, bytes, keys.publicKey, signature)).toBe(true);
    expect(signature.toString("base64").length).toBe(344);
  });

  test("verifies nothing but the signature of these bytes with this key", async () => {
    const signature = await createSignature(signType, keys.privateKey, data);
    const flipped = Buffer.from(signature);
    flipped[100] = (flipped[100] ?? 0) ^ 1;
    const cases: [string, KeyObject, ByteText, Uint8Array, boolean][] = [
      ["itself", keys.publicKey, data, signature, true],
      ["another key", others.publicKey, data, signature, false],
      ["another text", keys.publicKey, asByteText(`${data} `), signature, false],
      ["one bit flipped", keys.publicKey, data, flipped, false],
      ["empty", keys.publicKey, data, Buffer.alloc(0), false],
      ["one byte short", keys.publicKey, data, signature.subarray(1), false],
      ["one byte long", keys.publicKey, data, Buffer.concat([signature, Buffer.of(0)]), false],
      ["zeros", keys.publicKey, data, Buffer.alloc(256), false],
      ["all ones", keys.publicKey, data, Buffer.alloc(256, 0xff), false],
    ];
    for (const [name, key, text, given, expected] of cases) {
      expect(await verifySignature(signType, key, text, given), name).toBe(expected);
    }
  });

  test("does not verify as the other sign type", async () => {
    const signature = await createSignature(signType, keys.privateKey, data);
    const other = signTypes.find((each) => each !== signType) ?? signType;
    expect(await verifySignature(other, keys.publicKey, data, signature)).toBe(false);
  });
});
