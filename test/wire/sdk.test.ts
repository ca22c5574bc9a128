import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createReadStream } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client, type ClientConfig, newTransactionId } from "#kaimen/sdk/index.ts";
import { recentMonths, recordOf, testPerson } from "../support/feedback-data.ts";
import { authoriseInBrowser, gbkFileOf, productCode } from "../support/integrator.ts";
import { type RunningKaimen, startKaimen, userByLogin } from "../support/kaimen.ts";

let kaimen: RunningKaimen;
let folder = "";
beforeAll(async () => {
  [kaimen, folder] = await Promise.all([startKaimen(), mkdtemp(join(tmpdir(), "kaimen-sdk-"))]);
});
afterAll(async () => {
  await Promise.all([kaimen.stop(), rm(folder, { recursive: true, force: true })]);
});

function clientOf(config: Partial<ClientConfig> = {}): Client {
  const { sandbox } = kaimen;
  return new Client({
    gateway: sandbox.gateway_url,
    appId: sandbox.app_id,
    privateKey: sandbox.app_private_key_pkcs8,
    alipayPublicKey: sandbox.alipay_public_key,
    ...config,
  });
}

const primaryKeyColumns = ["order_no", "pay_month"];
const rows = () => [recordOf(testPerson(31, "陈晓东"), recentMonths(1)[0] ?? "")];
const modes: [string, () => Partial<ClientConfig>][] = [
  ["with keys", () => ({})],
  ["with PKCS#1 and RSA", () => ({ privateKey: kaimen.sandbox.app_private_key_pkcs1, signType: "RSA" })],
  ["in GBK", () => ({ charset: "gbk" })],
  ["by AES", () => ({ encryptKey: kaimen.sandbox.encrypt_key })],
  ["by AES in GBK", () => ({ encryptKey: kaimen.sandbox.encrypt_key, charset: "gbk" })],
  [
    "with certificates",
    () => ({
      certificates: {
        appCert: kaimen.sandbox.app_cert,
        alipayCert: kaimen.sandbox.alipay_cert,
        alipayRootCert: kaimen.sandbox.alipay_root_cert,
      },
    }),
  ],
];

describe.each(modes)("%s", (_, mode) => {
  it("asks for scores, is refused in words, and feeds back", async () => {
    const client = clientOf(mode());
    const ask = (login: string, transactionId = newTransactionId()) =>
      client.execute(
        "zhima.credit.score.get",
        { transactionId, productCode },
        { authToken: userByLogin(kaimen.sandbox, login).access_token },
      );
    const excellent = userByLogin(kaimen.sandbox, "excellent");
    expect(await ask("excellent")).toMatchObject({ ok: true, zmScore: Number(excellent.score) });
    expect(await ask("new")).toMatchObject({ ok: true, zmScore: "N/A" });
    expect(await ask("excellent", "没有")).toMatchObject({
      ok: false,
      code: "40004",
      subCode: "INVALID_TRANSACTION_ID",
      subMsg: "业务流水号不正确",
      remedy: { zh: expect.stringMatching(/64/) },
      traceId: expect.stringMatching(/./),
    });
    expect(await client.feedback({ records: rows(), primaryKeyColumns, fileDescription: "描述" })).toMatchObject({
      ok: true,
    });
  });
});

it("feeds back a file by its path, its bytes and a stream, in UTF-8 and GBK", async () => {
  const client = clientOf();
  const path = join(folder, "反馈.json");
  await writeFile(path, gbkFileOf(rows()));
  const sources = [{ path }, { content: gbkFileOf(rows()) }, { content: createReadStream(path) }];
  for (const source of sources) {
    const fed = await client.feedback({ ...source, primaryKeyColumns, fileCharset: "GBK" });
    expect(fed).toMatchObject({ ok: true });
  }
  const refused = await client.feedback({
    content: gbkFileOf(rows()),
    primaryKeyColumns,
    fileCharset: "GBK",
    count: 7,
  });
  expect(refused).toMatchObject({ ok: false, subCode: "INVALID_DATA_ARGUMENTS" });
});

it("a user authorises, and the code and then the refresh token become tokens", async () => {
  const client = clientOf();
  const user = userByLogin(kaimen.sandbox, "average");
  const asked = client.authoriseAddress({ redirectUri: "http://127.0.0.1:9/callback", state: "s1" });
  expect(asked.split("?")[0]).toBe(kaimen.sandbox.authorize_url);
  const back = await authoriseInBrowser(kaimen.sandbox, user, { state: "s1" });
  const tokens = await client.token(back.searchParams.get("auth_code") ?? "");
  if (!tokens.ok) throw new Error(tokens.subCode);
  expect(typeof tokens.expiresIn).toBe("number");
  const refreshed = await client.refresh(tokens.refreshToken);
  if (!refreshed.ok) throw new Error(refreshed.subCode);
  const fields = { transactionId: newTransactionId(), productCode };
  const asking = await client.execute("zhima.credit.score.get", fields, { authToken: refreshed.accessToken });
  expect(asking).toMatchObject({ ok: true, zmScore: Number(user.score) });
  expect(await client.token("used-up")).toMatchObject({ ok: false, subCode: "isv.code-invalid" });
});

it("a stranger's unsigned refusal is thrown, and says what it claims", async () => {
  const fields = { transactionId: newTransactionId(), productCode };
  const stranger = clientOf({ appId: "2021999999999999" });
  const call = stranger.execute("zhima.credit.score.get", fields, { authToken: "x" });
  await expect(call).rejects.toMatchObject({ reason: "unsigned", claimed: { subCode: "isv.invalid-app-id" } });
});
