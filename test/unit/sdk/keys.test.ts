import { createHash, generateKeyPairSync, webcrypto } from "node:crypto";
import fc from "fast-check";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import iconv from "iconv-lite";
import { describe, expect, it } from "vitest";
import { createRootCertificate, parseCertificate, rootSerialNumber } from "#kaimen/keys/certificates.ts";
import { decodeText, encodeJson, encodeText } from "#kaimen/sdk/charset.ts";
import { Client } from "#kaimen/sdk/index.ts";
import { readCertificate, rootSerialNumber as ownRootSerialNumber } from "#kaimen/sdk/keys/certificate.ts";
import { md5Hex } from "#kaimen/sdk/keys/md5.ts";

const app = generateKeyPairSync("rsa", { modulusLength: 2048 });
const platform = generateKeyPairSync("rsa", { modulusLength: 2048 });
const elliptic = generateKeyPairSync("ec", { namedCurve: "P-256" });
const pem = { pkcs8: { type: "pkcs8", format: "pem" }, pkcs1: { type: "pkcs1", format: "pem" } } as const;
const bare = (text: string): string => text.replaceAll(/-----[^-]+-----|\s/g, "");
const privateKey = app.privateKey.export(pem.pkcs8).toString();
const publicKey = platform.publicKey.export({ type: "spki", format: "pem" }).toString();
const ownPublicKey = app.publicKey.export({ type: "spki", format: "pem" }).toString();

const ready = (keys: { privateKey?: string; alipayPublicKey?: string; encryptKey?: string }): Promise<unknown> =>
  new Client({ gateway: "https://gateway.test", appId: "1", privateKey, alipayPublicKey: publicKey, ...keys }).ready();

describe("keys are taken in every form that platforms hand out", () => {
  const forms: [string, { privateKey?: string; alipayPublicKey?: string }][] = [
    ["PKCS#8 as PEM", {}],
    ["PKCS#8 as base64", { privateKey: bare(privateKey) }],
    ["PKCS#1 as PEM", { privateKey: app.privateKey.export(pem.pkcs1).toString() }],
    ["PKCS#1 as base64", { privateKey: bare(app.privateKey.export(pem.pkcs1).toString()) }],
    ["PEM with its line breaks written out", { privateKey: privateKey.replaceAll("\n", String.raw`\n`) }],
    ["SPKI as base64", { alipayPublicKey: bare(publicKey) }],
    ["a public key as PKCS#1", { alipayPublicKey: platform.publicKey.export(pem.pkcs1).toString() }],
  ];
  it.each(forms)("%s", async (_, keys) => {
    await expect(ready(keys)).resolves.toBeInstanceOf(Client);
  });
});

describe("a key that does not fit is told what it is", () => {
  const locked = app.privateKey.export({ ...pem.pkcs8, cipher: "aes-256-cbc", passphrase: "x" }).toString();
  const wrong: [string, { privateKey?: string; alipayPublicKey?: string; encryptKey?: string }, string][] = [
    ["a public key to sign with", { privateKey: publicKey }, "privateKey is a public key"],
    ["a private key to verify with", { alipayPublicKey: privateKey }, "alipayPublicKey is a private key"],
    ["the app's own public key", { alipayPublicKey: ownPublicKey }, "your application's own public key"],
    ["an elliptic key", { privateKey: elliptic.privateKey.export(pem.pkcs8).toString() }, "privateKey is no RSA key"],
    [
      "an elliptic public key",
      { alipayPublicKey: elliptic.publicKey.export({ type: "spki", format: "pem" }).toString() },
      "no RSA key",
    ],
    ["a locked key", { privateKey: locked }, "locked by a passphrase"],
    ["a path", { privateKey: "./keys/app_private_key.pem" }, "the name of a file"],
    ["nothing", { privateKey: " " }, "privateKey is empty"],
    ["no base64", { privateKey: "not a key!" }, "neither PEM nor base64"],
    ["base64 of something else", { privateKey: "aGVsbG8gd29ybGQ=" }, "base64 of something that is no key"],
    ["a key that was cut off", { privateKey: bare(privateKey).slice(0, 800) }, "base64 of something that is no key"],
    ["an AES key of a wrong length", { encryptKey: "c2hvcnQ=" }, "encryptKey is not base64 of 16, 24 or 32 bytes"],
  ];
  it.each(wrong)("%s", async (_, keys, message) => {
    const error: unknown = await ready(keys).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "ConfigurationError", message: expect.stringContaining(message) });
    for (const key of Object.values(keys)) {
      if (key.length > 30) expect((error as Error).message).not.toContain(bare(key).slice(0, 30));
    }
  });

  it("and no client is made that cannot verify", async () => {
    const blind = new Client({ gateway: "https://gateway.test", appId: "1", privateKey });
    await expect(blind.ready()).rejects.toThrow("no reply is taken that cannot be verified");
  });
});

it("a certificate has the SN that the platform gives it", async () => {
  const subject = { commonName: "开门 Root", organisationalUnit: "Unit", organisation: "Org, Ltd." };
  const root = await createRootCertificate(subject, app.privateKey, { nowMs: Date.now(), days: 10 });
  const own = readCertificate(root, "appCert");
  expect(own.sn).toBe(parseCertificate(root).sn);
  expect(Buffer.from(own.spki)).toEqual(app.publicKey.export({ type: "spki", format: "der" }));
  expect(ownRootSerialNumber(root + root, "root")).toBe(rootSerialNumber(root + root));
  expect(() => readCertificate(publicKey, "appCert")).toThrow("appCert holds no certificate");
});

it("an issuer's parts have OpenSSL's names in the SN, in the client as in the gateway", async () => {
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2048 };
  const keys = await webcrypto.subtle.generateKey({ ...algorithm, publicExponent: new Uint8Array([1, 0, 1]) }, true, [
    "sign",
    "verify",
  ]);
  const name = "C=CN, ST=Zhejiang, L=Hangzhou, O=Org, OU=Unit, DC=test, 2.5.4.5=91330106, E=a@kaimen.test, CN=Root";
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    name,
    keys,
    serialNumber: "0a",
    signingAlgorithm: algorithm,
  });
  const written =
    "CN=Root,emailAddress=a@kaimen.test,serialNumber=91330106,DC=test,OU=Unit,O=Org,L=Hangzhou,ST=Zhejiang,C=CN";
  const sn = createHash("md5").update(`${written}10`).digest("hex");
  const pemText = made.toString("pem");
  expect([readCertificate(pemText, "appCert").sn, parseCertificate(pemText).sn]).toEqual([sn, sn]);
});

it("MD5 is that of the platform's library", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(md5Hex(bytes)).toBe(createHash("md5").update(bytes).digest("hex"));
    }),
  );
});

describe("GBK", () => {
  it("is written so that it reads as the same text", () => {
    const text = Array.from({ length: 0x9fa5 - 0x4e00 }, (_, index) => String.fromCharCode(0x4e00 + index)).join("");
    const bytes = encodeText(text, "gbk") ?? new Uint8Array();
    expect(decodeText(bytes, "gbk")).toBe(text);
    expect(Buffer.from(bytes).equals(iconv.encode(text, "gbk"))).toBe(true);
  });

  it("does not hold everything: JSON escapes it, another text is undefined", () => {
    expect(decodeText(encodeJson('"💡é"', "gbk"), "gbk")).toBe(String.raw`"\ud83d\udca1é"`);
    expect(encodeText("💡", "gbk")).toBeUndefined();
  });
});
