import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, expect, test } from "vitest";
import { exportKey, KeyFormatError, parsePrivateKey, parsePublicKey } from "#kaimen/keys/formats.ts";

const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const curve = generateKeyPairSync("ec", { namedCurve: "P-256" });
const padded = generateKeyPairSync("rsa-pss", { modulusLength: 2048 });
const small = generateKeyPairSync("rsa", { modulusLength: 512 });
const least = generateKeyPairSync("rsa", { modulusLength: 1024 });

type Form = "spki" | "pkcs1" | "pkcs8" | "sec1";
const pem = (key: KeyObject, type: Form): string => key.export({ format: "pem", type: type as "pkcs1" }).toString();
const body = (key: KeyObject, type: Form): string =>
  (key.export({ format: "der", type: type as "pkcs1" }) as Buffer).toString("base64");
const encrypted = privateKey
  .export({ format: "pem", type: "pkcs8", cipher: "aes-256-cbc", passphrase: "x" })
  .toString();
const unknown = "not a key in a form known here: SPKI, PKCS#1 or PKCS#8, as PEM or base64";
/** A newer Node reads the form, and then it is a key of another kind. */
const sec1Refusal = Number(process.versions.node.split(".")[0]) >= 22 ? "not an RSA key" : unknown;

describe("a public key is read from", () => {
  const spki = body(publicKey, "spki");
  test.each([
    ["an SPKI PEM", pem(publicKey, "spki")],
    ["a PKCS#1 PEM", pem(publicKey, "pkcs1")],
    ["an SPKI body", spki],
    ["a PKCS#1 body", body(publicKey, "pkcs1")],
    ["a PEM with Windows line ends and space around it", `\r\n ${pem(publicKey, "spki").replaceAll("\n", "\r\n")} `],
    ["a PEM on one line", pem(publicKey, "spki").replaceAll("\n", "")],
    ["a body broken into lines", spki.replaceAll(/(.{64})/g, "$1\n")],
    [
      "a PKCS#1 body under the label of an SPKI",
      pem(publicKey, "spki").replace(/\n[^-]*\n-/, `\n${body(publicKey, "pkcs1")}\n-`),
    ],
  ])("%s", (_name, text) => {
    const key = parsePublicKey(text);
    expect(key.type).toBe("public");
    expect(key.equals(publicKey)).toBe(true);
  });
});

describe("a private key is read from", () => {
  test.each([
    ["a PKCS#8 PEM", pem(privateKey, "pkcs8")],
    ["a PKCS#1 PEM", pem(privateKey, "pkcs1")],
    ["a PKCS#8 body", body(privateKey, "pkcs8")],
    ["a PKCS#1 body", body(privateKey, "pkcs1")],
    [
      "a PKCS#8 body under the label of a PKCS#1",
      pem(privateKey, "pkcs1").replace(/\n[^-]*\n-/, `\n${body(privateKey, "pkcs8")}\n-`),
    ],
  ])("%s", (_name, text) => {
    const key = parsePrivateKey(text);
    expect(key.type).toBe("private");
    expect(key.equals(privateKey)).toBe(true);
  });
});

const refusals: [string, (text: string) => KeyObject, string, string][] = [
  ["nothing as a public key", parsePublicKey, "", "the key is empty"],
  ["white space as a public key", parsePublicKey, " \n", "the key is empty"],
  [
    "an empty PEM as a public key",
    parsePublicKey,
    "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----",
    "the key is empty",
  ],
  ["prose as a public key", parsePublicKey, "see the file key.pem", "not a key: neither PEM nor base64"],
  ["base64url as a public key", parsePublicKey, "ab-_", "not a key: neither PEM nor base64"],
  ["base64 of no key as a public key", parsePublicKey, "aGVsbG8=", unknown],
  ["half a body as a public key", parsePublicKey, body(publicKey, "spki").slice(0, 200), unknown],
  ["16,385 characters as a public key", parsePublicKey, "A".repeat(16_385), "a key of more than 16384 characters"],
  ["16,384 characters of no key as a public key", parsePublicKey, "A".repeat(16_384), unknown],
  [
    "a private PKCS#8 PEM as a public key",
    parsePublicKey,
    pem(privateKey, "pkcs8"),
    "this is a private key; give the public key that belongs to it",
  ],
  [
    "a private PKCS#1 PEM as a public key",
    parsePublicKey,
    pem(privateKey, "pkcs1"),
    "this is a private key; give the public key that belongs to it",
  ],
  [
    "an encrypted private PEM as a public key",
    parsePublicKey,
    encrypted,
    "this is a private key; give the public key that belongs to it",
  ],
  [
    "a public PEM as a private key",
    parsePrivateKey,
    pem(publicKey, "spki"),
    "this is a public key; give the private key that belongs to it",
  ],
  [
    "a public PKCS#1 PEM as a private key",
    parsePrivateKey,
    pem(publicKey, "pkcs1"),
    "this is a public key; give the private key that belongs to it",
  ],
  ["a public SPKI body as a private key", parsePrivateKey, body(publicKey, "spki"), unknown],
  ["a public PKCS#1 body as a private key", parsePrivateKey, body(publicKey, "pkcs1"), unknown],
  ["an encrypted private PEM", parsePrivateKey, encrypted, unknown],
  ["a public key on an elliptic curve, PEM", parsePublicKey, pem(curve.publicKey, "spki"), "not an RSA key"],
  ["a public key on an elliptic curve, body", parsePublicKey, body(curve.publicKey, "spki"), "not an RSA key"],
  ["a private key on an elliptic curve", parsePrivateKey, pem(curve.privateKey, "pkcs8"), "not an RSA key"],
  ["a private key on an elliptic curve, SEC1", parsePrivateKey, pem(curve.privateKey, "sec1"), sec1Refusal],
  ["a public key for RSA-PSS alone", parsePublicKey, pem(padded.publicKey, "spki"), "not an RSA key"],
  [
    "a public key of 512 bits",
    parsePublicKey,
    pem(small.publicKey, "spki"),
    "an RSA key of 512 bits; 1024 to 8192 are accepted, 2048 is usual",
  ],
  [
    "a private key of 512 bits",
    parsePrivateKey,
    pem(small.privateKey, "pkcs8"),
    "an RSA key of 512 bits; 1024 to 8192 are accepted, 2048 is usual",
  ],
];

describe("a key is refused:", () => {
  test.each(refusals)("%s", (_name, parse, text, message) => {
    expect(() => parse(text)).toThrow(new KeyFormatError(message));
  });

  test.each([
    ["a private PKCS#8 body as a public key", body(privateKey, "pkcs8")],
    ["a private PKCS#1 body as a public key", body(privateKey, "pkcs1")],
  ])("%s", (_name, text) => {
    expect(() => parsePublicKey(text)).toThrow(KeyFormatError);
  });

  test.each(refusals.filter(([, , text]) => text.length > 100))(
    "without eight characters of it in the message: %s",
    (_name, parse, text) => {
      const characters = text.replaceAll(/-----[^-]*-----|\s/g, "");
      const messageOf = (): string => {
        try {
          parse(text);
        } catch (error) {
          return String(error);
        }
        throw new Error("was accepted");
      };
      const message = messageOf();
      for (let start = 0; start + 8 <= characters.length; start += 1)
        expect(message).not.toContain(characters.slice(start, start + 8));
    },
  );
});

test("a key of 1,024 bits is accepted", () => {
  expect(parsePublicKey(pem(least.publicKey, "spki")).equals(least.publicKey)).toBe(true);
});

test.each([
  ["spki", publicKey, parsePublicKey],
  ["pkcs1", publicKey, parsePublicKey],
  ["pkcs8", privateKey, parsePrivateKey],
  ["pkcs1", privateKey, parsePrivateKey],
] as const)("a key exported as %s is the base64 body that is read back", (form, key, parse) => {
  const text = exportKey(key, form);
  expect(text).toBe(body(key, form));
  expect(parse(text).equals(key)).toBe(true);
});
