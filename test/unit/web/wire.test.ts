import { fromBase64, toBase64 } from "../../../src/sdk/bytes.ts";
import "reflect-metadata"; // What @peculiar/x509 wants before it.
import { Pkcs10CertificateRequest } from "@peculiar/x509";
import { createHash, createSign, createVerify, generateKeyPairSync } from "node:crypto";
import iconv from "iconv-lite";
import { describe, expect, it } from "vitest";
import { decryptAes, encryptAes } from "#kaimen/keys/aes.ts";
import {
  createRootCertificate,
  issueCertificate,
  parseCertificate,
  rootSerialNumber,
} from "#kaimen/keys/certificates.ts";
import { buildCall, type CallDraft, CharsetError } from "../../../web/wire/call.ts";
import { readCertificates, rootSnOf } from "../../../src/sdk/keys/certificate.ts";
import { readCertificateFile } from "../../../web/wire/certificate-file.ts";
import { createCsr, generateKeyPair } from "../../../web/wire/csr.ts";
import { decodeBytes, encodeText, jsonEscape, unsendable } from "../../../web/wire/charset-bytes.ts";
import { decryptText, encryptText } from "../../../web/wire/encryption.ts";
import { KeyTextError, pemLabels, readKeyText, toPem } from "../../../web/wire/key-text.ts";
import { md5Hex } from "../../../src/sdk/keys/md5.ts";
import { readReply } from "../../../web/wire/reply.ts";

const stringToBytes = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(new TextEncoder().encode(text));
const pair = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const privatePem = (type: "pkcs8" | "pkcs1"): string => pair.privateKey.export({ type, format: "pem" }).toString();
const publicPem = (type: "spki" | "pkcs1"): string => pair.publicKey.export({ type, format: "pem" }).toString();

describe("GBK in a browser", () => {
  it.each(["中文，ＡＢ", "毛不易", "㐀 is none", "a\u4dae㎎", "€ 䶮 ‘’"])("writes %j as iconv-lite does", (text) => {
    const missing = new Set(unsendable(text, "gbk"));
    const sendable = [...text].filter((each) => !missing.has(each)).join("");
    expect(decodeBytes(encodeText(sendable, "gbk"), "gbk")).toBe(sendable);
    expect(iconv.decode(Buffer.from(encodeText(sendable, "gbk")), "gb18030")).toBe(sendable);
  });
  it("escapes in JSON what it has not", () => {
    expect(new TextDecoder("gbk").decode(encodeText('"中😀"', "gbk", jsonEscape))).toBe('"中\\ud83d\\ude00"');
  });
});

describe("MD5", () => {
  it.each([0, 1, 55, 56, 63, 64, 65, 1_000])("of %i bytes is Node's", (length) => {
    const bytes = new Uint8Array(length).map((_, at) => at * 7);
    expect(md5Hex(bytes)).toBe(createHash("md5").update(bytes).digest("hex"));
  });
});

describe("a key as text", () => {
  it.each<[string, string, string]>([
    ["PKCS#8, PEM", privatePem("pkcs8"), "pkcs8"],
    ["PKCS#1, PEM", privatePem("pkcs1"), "pkcs1"],
    ["PKCS#8, one line", privatePem("pkcs8").replaceAll(/-----[A-Z ]+-----|\n/g, ""), "pkcs8"],
    ["SPKI, PEM", publicPem("spki"), "spki"],
    ["PKCS#1 public", publicPem("pkcs1"), "pkcs1-public"],
  ])("%s is known and written in every form", (_, text, form) => {
    const key = readKeyText(text);
    expect([key.form, key.bits]).toEqual([form, 2_048]);
    expect(toPem(pemLabels.spki, key.spki)).toBe(publicPem("spki"));
    expect(toPem(pemLabels["pkcs1-public"], key.pkcs1Public)).toBe(publicPem("pkcs1"));
    if (!key.isPrivate || key.pkcs8 === undefined || key.pkcs1 === undefined) return;
    expect(toPem(pemLabels.pkcs8, key.pkcs8)).toBe(privatePem("pkcs8"));
    expect(toPem(pemLabels.pkcs1, key.pkcs1)).toBe(privatePem("pkcs1"));
  });

  it.each<[string, string]>([
    ["", "empty"],
    ["不是密钥", "not-base64"],
    ["aGVsbG8=", "not-a-key"],
    [privatePem("pkcs8").slice(0, 400), "not-a-key"],
    ["-----BEGIN ENCRYPTED PRIVATE KEY-----\nMII=\n-----END ENCRYPTED PRIVATE KEY-----", "encrypted"],
    ["-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----", "certificate"],
    [generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(), "not-a-key"],
    ["x".repeat(20_000), "too-long"],
  ])("%j is refused: %s", (text, fault) => {
    expect(() => readKeyText(text)).toThrow(new KeyTextError(fault as KeyTextError["fault"]));
  });
});

describe("certificates in a browser", () => {
  it("have the SNs that the gateway computes", async () => {
    const nowMs = Date.parse("2026-11-30T00:00:00Z");
    const subject = { commonName: "开门 Root", organisationalUnit: "Trust", organisation: "Kaimen" };
    const root = await createRootCertificate(subject, pair.privateKey, { nowMs, days: 30 });
    const leaf = await issueCertificate(
      { certificate: root, privateKey: pair.privateKey },
      {
        subject: { ...subject, commonName: "2021000000000001" },
        publicKey: pair.publicKey,
        authority: false,
        nowMs,
        days: 10,
      },
    );
    const [read] = readCertificates(leaf);
    const known = parseCertificate(leaf);
    expect(read?.sn).toBe(known.sn);
    const [shown] = readCertificateFile(stringToBytes(leaf));
    expect(Date.parse(shown?.notAfter ?? "")).toBe(known.notAfterMs);
    expect(rootSnOf(readCertificates(root + leaf))).toBe(rootSerialNumber(root + leaf));
    expect(toPem(pemLabels.spki, read?.spki ?? new Uint8Array())).toBe(publicPem("spki"));
    expect(readCertificateFile(stringToBytes(root + leaf))).toHaveLength(2);
    const der = fromBase64(leaf.replaceAll(/-----[A-Z ]+-----/g, "")) ?? new Uint8Array();
    expect(readCertificateFile(der).map(({ sn }) => sn)).toEqual([known.sn]);
  });
  it("are asked for by a request that the authority takes, with its own key in it", async () => {
    const subject = { commonName: "2021000000000001", organisation: "开门", organisationalUnit: "", country: "CN" };
    const request = new Pkcs10CertificateRequest(await createCsr(subject, privatePem("pkcs1")));
    expect(await request.verify()).toBe(true);
    expect(request.subject).toBe("C=CN, O=开门, CN=2021000000000001");
    expect(toPem(pemLabels.spki, new Uint8Array(request.publicKey.rawData))).toBe(publicPem("spki"));
    await expect(createCsr(subject, publicPem("spki"))).rejects.toThrow(KeyTextError);
  });
});

describe("a pair of keys made in a browser", () => {
  it("is of the bits asked for, and belongs together", async () => {
    const made = await generateKeyPair(2048);
    const [privateKey, publicKey] = [readKeyText(toBase64(made.pkcs8)), readKeyText(toBase64(made.spki))];
    expect([privateKey.form, publicKey.form, privateKey.bits]).toEqual(["pkcs8", "spki", 2_048]);
    expect(privateKey.modulus).toBe(publicKey.modulus);
  });
});

const draft: CallDraft = {
  method: "zhima.credit.score.get",
  appId: "2021000000000001",
  signType: "RSA2",
  charset: "gbk",
  timestamp: "2026-11-30 12:00:00",
  fieldsIn: "biz_content",
  fields: { product_code: "w1", transaction_id: "中1", left_out: "" },
  files: [],
};

describe("a call made in a browser", () => {
  it("is signed over the bytes of its charset, and sent as these", async () => {
    const built = await buildCall(draft, privatePem("pkcs1"));
    expect(built.stringToSign).toBe(
      'app_id=2021000000000001&biz_content={"product_code":"w1","transaction_id":"中1"}&charset=gbk&format=JSON' +
        "&method=zhima.credit.score.get&sign_type=RSA2&timestamp=2026-11-30 12:00:00&version=1.0",
    );
    const verify = createVerify("RSA-SHA256").update(iconv.encode(built.stringToSign, "gbk"));
    expect(verify.verify(pair.publicKey, built.parameters["sign"] ?? "", "base64")).toBe(true);
    expect(built.bodyText).toContain("%D6%D01");
  });
  it("names the character that its charset has not", async () => {
    await expect(
      buildCall({ ...draft, fieldsIn: "form", fields: { note: "😀" } }, privatePem("pkcs8")),
    ).rejects.toThrow(CharsetError);
  });
  it.each(["AES", "AES_V2"] as const)("is encrypted by %s as the gateway reads it", async (encryptType) => {
    const key = toBase64(new Uint8Array(16).fill(7));
    const sent = await encryptText(stringToBytes("内容"), key, encryptType);
    expect(String(decryptAes(encryptType, fromBase64(key) ?? new Uint8Array(), sent))).toBe("内容");
    const answered = encryptAes(encryptType, fromBase64(key) ?? new Uint8Array(), Buffer.from("应答"));
    expect(new TextDecoder().decode(await decryptText(answered, key, encryptType))).toBe("应答");
    expect(await decryptText(answered, toBase64(new Uint8Array(16)), encryptType)).not.toEqual(stringToBytes("应答"));
  });
});

describe("a reply read in a browser", () => {
  const node = '{"code":"40004","msg":"Business Failed","sub_code":"X","sub_msg":"坏\\\\人}"}';
  const keys = { charset: "gbk", signType: "RSA2", publicKey: publicPem("spki"), encryption: undefined } as const;
  const signed = (signedNode: string, sent = signedNode, tail = ""): Buffer => {
    const sign = createSign("RSA-SHA256").update(iconv.encode(signedNode, "gbk")).sign(pair.privateKey, "base64");
    return iconv.encode(`{"a_response":${sent}${tail},"sign":"${sign}"}`, "gbk");
  };
  it.each<[string, Uint8Array, string]>([
    ["as it was signed", signed(node), "holds"],
    ["with a certificate's SN", signed(node, node, ',"alipay_cert_sn":"0a1b"'), "holds"],
    ["changed on the way", signed(node, node.replace("40004", "10000")), "fails"],
    ["unsigned", iconv.encode(`{"error_response":${node}}`, "gbk"), "unsigned"],
  ])("%s", async (_, bytes, verification) => {
    const reply = await readReply(bytes, keys);
    expect(reply).toMatchObject({ verification, subCode: "X", subMessage: "坏\\人}" });
  });
  it("is not verified without a key", async () => {
    expect((await readReply(signed(node), { ...keys, publicKey: undefined })).verification).toBe("no-key");
  });
});
