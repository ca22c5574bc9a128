import { createHash, X509Certificate } from "node:crypto";
import type { AlipaySdk, AlipaySdkConfig } from "alipay-sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decryptAes, encryptAes } from "#kaimen/keys/aes.ts";
import { parseCertificate, rootSerialNumber } from "#kaimen/keys/certificates.ts";
import { verifyAsEveryClient } from "../support/clients.ts";
import { recentMonths, recordOf, testPerson } from "../support/feedback-data.ts";
import { askScore, feedBack, newTransactionId, productCode, rawCall } from "../support/integrator.ts";
import { officialSdk, type RunningKaimen, startKaimen } from "../support/kaimen.ts";
import { askAsOperator } from "../support/operator.ts";

let kaimen: RunningKaimen;
let token = "";
let row: ReturnType<typeof recordOf>;

beforeAll(async () => {
  kaimen = await startKaimen();
  token = kaimen.sandbox.users[0]?.access_token ?? "";
  row = recordOf(testPerson(1), recentMonths(1)[0] ?? "");
});
afterAll(() => kaimen.stop());

function certificateConfig(): Partial<AlipaySdkConfig> {
  const { sandbox } = kaimen;
  return {
    appCertContent: sandbox.app_cert,
    alipayPublicCertContent: sandbox.alipay_cert,
    alipayRootCertContent: sandbox.alipay_root_cert,
  };
}

/** The SNs as the SDK computes them from the certificates it is given. */
function sdkSns(): { app: string; gateway: string; root: string } {
  const { config } = officialSdk(kaimen.sandbox, certificateConfig());
  return { app: config.appCertSn ?? "", gateway: config.alipayCertSn ?? "", root: config.alipayRootCertSn ?? "" };
}

const inquiry = (): Record<string, string> => ({ transaction_id: newTransactionId(), product_code: productCode });

describe("the official SDK", () => {
  it.each([
    ["in key mode", () => ({})],
    ["in certificate mode, with the texts of sandbox.json", certificateConfig],
    [
      "in certificate mode, with its files",
      () => ({
        appCertPath: kaimen.sandbox.app_cert_path ?? "",
        alipayPublicCertPath: kaimen.sandbox.alipay_cert_path ?? "",
        alipayRootCertPath: kaimen.sandbox.alipay_root_cert_path ?? "",
      }),
    ],
    ["with RSA", () => ({ signType: "RSA" as const })],
    [
      "with the PKCS#1 form of its key",
      () => ({ keyType: "PKCS1" as const, privateKey: kaimen.sandbox.app_private_key_pkcs1 }),
    ],
  ])("asks and feeds back %s, replies verified", async (_, config) => {
    const sdk = officialSdk(kaimen.sandbox, config());
    expect(await askScore(sdk, token, inquiry())).toMatchObject({
      code: "10000",
      zmScore: expect.stringMatching(/^\d{3}$/),
    });
    expect(await askScore(sdk, token, {})).toMatchObject({ code: "40004", subCode: "PRODUCT_CODE_IS_NULL" });
    expect(await feedBack(sdk, { rows: [row] })).toMatchObject({ code: "10000" });
  });

  // With needEncrypt this SDK verifies no reply, however well signed: rawCall below looks at the signature.
  it.each([
    ["in key mode", () => ({})],
    ["in certificate mode", certificateConfig],
  ])("encrypts %s, and opens what comes back: an answer and a refusal", async (_, config) => {
    const sdk = officialSdk(kaimen.sandbox, { ...config(), encryptKey: kaimen.sandbox.encrypt_key });
    const ask = (bizContent: Record<string, string>) =>
      sdk.exec("zhima.credit.score.get", { auth_token: token, needEncrypt: true, bizContent }) as Promise<
        Record<string, unknown>
      >;
    expect(await ask(inquiry())).toMatchObject({
      code: "10000",
      msg: "Success",
      zmScore: expect.stringMatching(/^\d{3}$/),
    });
    expect(await ask({ transaction_id: "T" })).toMatchObject({ code: "40004", subCode: "PRODUCT_CODE_IS_NULL" });
    const refused = sdk.exec("zhima.credit.score.get", { auth_token: "x", needEncrypt: true, bizContent: inquiry() });
    expect(await refused).toMatchObject({ code: "20001", subCode: "aop.invalid-auth-token" });
  });
});

describe("certificates", () => {
  it("have the SNs that the SDK computes, issuers of just CN, OU, O and C, and serial numbers under 128 bits", () => {
    const { sandbox } = kaimen;
    for (const pem of [sandbox.app_cert, sandbox.alipay_cert, sandbox.alipay_root_cert]) {
      const certificate = new X509Certificate(pem);
      expect(certificate.issuer.split("\n").map((part) => part.split("=")[0])).toEqual(["C", "O", "OU", "CN"]);
      expect(BigInt(`0x${certificate.serialNumber}`) < 2n ** 127n).toBe(true);
    }
    const { app, gateway, root } = sdkSns();
    expect([
      parseCertificate(sandbox.app_cert).sn,
      parseCertificate(sandbox.alipay_cert).sn,
      rootSerialNumber(sandbox.alipay_root_cert),
    ]).toEqual([app, gateway, root]);
    expect(app).toMatch(/^[0-9a-f]{32}$/);
  });

  it("form a chain from the gateway's to the root", async () => {
    const { sandbox } = kaimen;
    const [leaf = "", intermediate = ""] = sandbox.alipay_cert.split(/(?<=-----END CERTIFICATE-----\n)(?=-----BEGIN)/);
    const root = new X509Certificate(sandbox.alipay_root_cert);
    expect(new X509Certificate(leaf).checkIssued(new X509Certificate(intermediate))).toBe(true);
    expect(new X509Certificate(leaf).verify(new X509Certificate(intermediate).publicKey)).toBe(true);
    expect(new X509Certificate(intermediate).verify(root.publicKey)).toBe(true);
    expect(root.verify(root.publicKey)).toBe(true);
  });

  it("are sent to whoever asks for one by its SN", async () => {
    const sdk = officialSdk(kaimen.sandbox, certificateConfig());
    const download = async (sn: string) =>
      (await sdk.exec(
        "alipay.open.app.alipaycert.download",
        { bizContent: { alipay_cert_sn: sn } },
        { validateSign: true },
      )) as unknown as Record<string, string>;
    const { alipayCertContent = "" } = await download(sdkSns().gateway);
    expect(Buffer.from(alipayCertContent, "base64").toString()).toBe(kaimen.sandbox.alipay_cert);
    expect(await download("0".repeat(32))).toMatchObject({ code: "40004", subCode: "ALIPAY_CERT_NOT_EXIST" });
  });
});

interface Parts {
  readonly node: unknown;
  readonly members: string[];
  readonly bytes: Uint8Array;
}

async function send(parameters: Record<string, string>): Promise<Parts> {
  const text = await rawCall(kaimen.sandbox, { method: "zhima.credit.score.get", auth_token: token, ...parameters });
  const reply = JSON.parse(text) as Record<string, unknown>;
  return { node: Object.values(reply)[0], members: Object.keys(reply), bytes: Buffer.from(text) };
}

function rejectedBy(bytes: Uint8Array, error: boolean): unknown[] {
  const clients = verifyAsEveryClient(bytes, "zhima.credit.score.get", "utf-8", kaimen.sandbox.alipay_public_key, {
    error,
    node: "method",
  });
  return clients.filter(({ ok, expected }) => expected && !ok);
}

describe("a reply", () => {
  it("in certificate mode has alipay_cert_sn between node and sign, refusals too, and every client takes it", async () => {
    const sns = { app_cert_sn: sdkSns().app, alipay_root_cert_sn: sdkSns().root };
    for (const [error, bizContent] of [
      [false, inquiry()],
      [true, {}],
    ] as const) {
      const { bytes, members } = await send({ ...sns, biz_content: JSON.stringify(bizContent) });
      expect(members).toEqual(["zhima_credit_score_get_response", "alipay_cert_sn", "sign"]);
      expect(Buffer.from(bytes).toString()).toContain(`"alipay_cert_sn":"${sdkSns().gateway}"`);
      expect(rejectedBy(bytes, error)).toEqual([]);
    }
  });

  it.each(["AES", "AES_V2"] as const)(
    "to a request in %s is encrypted and signed over its quotes, refusals too",
    async (encryptType) => {
      const key = Buffer.from(kaimen.sandbox.encrypt_key, "base64");
      const open = (node: unknown): unknown => JSON.parse(String(decryptAes(encryptType, key, String(node))));
      for (const [error, bizContent, expected] of [
        [false, inquiry(), { code: "10000" }],
        [true, { product_code: "x" }, { code: "40004", sub_code: "API_PRODUCT_NOT_MATCH" }],
      ] as const) {
        const ciphertext = encryptAes(encryptType, key, Buffer.from(JSON.stringify(bizContent)));
        const { node, bytes } = await send({ encrypt_type: encryptType, biz_content: ciphertext });
        expect(open(node)).toMatchObject(expected);
        expect(rejectedBy(bytes, error)).toEqual([]);
      }
      const { node } = await send({ encrypt_type: encryptType, timestamp: "yesterday" });
      expect(open(node)).toMatchObject({ sub_code: "isv.invalid-timestamp" });
    },
  );

  it("encrypted in GBK is in the request's charset inside", async () => {
    const key = Buffer.from(kaimen.sandbox.encrypt_key, "base64");
    const { node } = await send({ encrypt_type: "AES", charset: "GBK", format: "yaml" });
    const opened = decryptAes("AES", key, String(node)) as Buffer;
    expect(new TextDecoder("gbk").decode(opened)).toContain("无效的数据格式");
  });

  it("to a ciphertext of another key is in the clear and signed", async () => {
    const ciphertext = encryptAes(
      "AES",
      createHash("md5").update("another").digest(),
      Buffer.from(JSON.stringify(inquiry())),
    );
    const { node, bytes } = await send({ encrypt_type: "AES", biz_content: ciphertext });
    expect(node).toMatchObject({
      code: "40003",
      msg: "Insufficient Conditions",
      sub_code: "isv.decryption-error-unknown",
    });
    expect(rejectedBy(bytes, true)).toEqual([]);
  });
});

describe("the encryption", () => {
  it("is the published one, by its published vector", () => {
    const key = Buffer.from("aa4BtZ4tspm2wnXLb1ThQA==", "base64");
    expect(encryptAes("AES", key, Buffer.from("test1234567"))).toBe("ILpoMowjIQjfYMR847rnFQ==");
    expect(String(decryptAes("AES", key, "ILpoMowjIQjfYMR847rnFQ=="))).toBe("test1234567");
  });
});

describe("an app added with --certificate", () => {
  it("is in certificate mode only", async () => {
    const { sandbox } = kaimen;
    const added = await askAsOperator(sandbox, "POST /api/apps", {
      appId: "2021000000009999",
      publicKey: sandbox.app_public_key,
      certificate: sandbox.app_cert,
    });
    expect(added).toMatchObject({
      status: 201,
      answer: { alipayCert: sandbox.alipay_cert, alipayRootCert: sandbox.alipay_root_cert },
    });
    const ask = async (sdk: AlipaySdk, options = {}) =>
      sdk.exec("alipay.open.app.alipaycert.download", { bizContent: { alipay_cert_sn: "0" } }, options) as Promise<
        Record<string, unknown>
      >;
    const certified = officialSdk(sandbox, { ...certificateConfig(), appId: "2021000000009999" });
    expect(await ask(certified, { validateSign: true })).toMatchObject({ subCode: "ALIPAY_CERT_NOT_EXIST" });
    expect(await ask(officialSdk(sandbox, { appId: "2021000000009999" }))).toMatchObject({
      code: "40002",
      subCode: "isv.missing-app-cert-sn",
    });
  });
});
