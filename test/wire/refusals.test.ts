import { spawn } from "node:child_process";
import { createPrivateKey, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import type { AlipaySdk } from "alipay-sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parsePrivateKey } from "#kaimen/keys/formats.ts";
import { generateRsaKeys } from "#kaimen/keys/rsa.ts";
import { signParameters } from "#kaimen/keys/signed-request.ts";
import { verifyAsEveryClient } from "../support/clients.ts";
import { documentColumns, recentMonths, recordOf, testPerson } from "../support/feedback-data.ts";
import { askScore, feedBack, newTransactionId, productCode } from "../support/integrator.ts";
import { officialSdk, type RunningKaimen, startKaimen, userByLogin } from "../support/kaimen.ts";
import { unsignedRefusals } from "../support/unsigned-refusals.ts";

let kaimen: RunningKaimen;
let sdk: AlipaySdk;

beforeAll(async () => {
  kaimen = await startKaimen();
  sdk = officialSdk(kaimen.sandbox);
});
afterAll(() => kaimen.stop());

it("the example of authorising ends with the refusal where its code is refused", async () => {
  const example = spawn(process.execPath, [new URL("../../examples/authorise.mjs", import.meta.url).pathname], {
    env: { ...process.env, KAIMEN_DATA: kaimen.dataDirectory },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const errors = text(example.stderr);
  const ended = once(example, "exit");
  let printed = "";
  for await (const chunk of example.stdout) {
    printed += String(chunk);
    const [, address] = /^open {3}(\S+)\n/.exec(printed) ?? [];
    if (address === undefined) continue;
    const { searchParams: asked } = new URL(address);
    const callback = new URL(asked.get("redirect_uri") ?? "");
    callback.search = new URLSearchParams({ state: asked.get("state") ?? "", auth_code: "nobodys" }).toString();
    await fetch(callback);
    printed = "";
  }
  expect(await errors).toContain("refused: 40002 isv.code-invalid 授权码code无效");
  expect(await ended).toEqual([1, null]);
});

it("a request without a charset is read and answered in GBK, as by the real gateway", async () => {
  const { sandbox } = kaimen;
  const parameters = { app_id: sandbox.app_id, method: "zhima.credit.score.get", timestamp: "2026-11-22 12:00:00" };
  const form = await signParameters(
    { ...parameters, version: "1.0", auth_token: "nobodys" },
    { privateKey: parsePrivateKey(sandbox.app_private_key_pkcs8), signType: "RSA2" },
  );
  const response = await fetch(sandbox.gateway_url, { method: "POST", body: form });
  expect(response.headers.get("content-type")).toBe("text/html;charset=gbk");
  const reply = new Uint8Array(await response.arrayBuffer());
  expect(new TextDecoder("gbk", { fatal: true }).decode(reply)).toContain("无效的访问令牌");
  const shape = { error: true, node: "method" } as const;
  const clients = verifyAsEveryClient(reply, parameters.method, "gbk", sandbox.alipay_public_key, shape);
  expect(clients.filter(({ ok, expected }) => expected && !ok)).toEqual([]);
});

describe("the protocol's third version, which is not spoken here,", () => {
  it("is refused in its own form: the official SDK shows what to use instead", async () => {
    const { origin } = new URL(kaimen.sandbox.gateway_url);
    const error = await officialSdk(kaimen.sandbox, { endpoint: origin })
      .curl("POST", "/v3/alipay/user/deloauth/detail/query", { body: { date: "20230102" } })
      .then(
        () => undefined,
        (thrown: unknown) => thrown as Record<string, unknown>,
      );
    expect(error).toMatchObject({ code: "invalid-method", responseHttpStatus: 400 });
    expect(error?.["message"]).toContain(kaimen.sandbox.gateway_url);
    expect(error?.["traceId"]).toMatch(/^[0-9a-z]{30}$/);
    expect(error?.["links"]).toEqual([
      { link: expect.stringContaining(`?traceId=${String(error?.["traceId"])}&source=openapi`), desc: "解决方案" },
    ]);
  });

  it.each(["GET", "PUT", "POST"])("whatever is sent: %s, unsigned and as JSON", async (method) => {
    const body = method === "GET" ? {} : { body: "x".repeat(200_000), headers: { "content-type": "text/plain" } };
    const reply = await fetch(new URL("/v3/a", kaimen.sandbox.gateway_url), { method, ...body });
    expect(reply.status).toBe(400);
    expect(reply.headers.get("content-type")).toBe("application/json;charset=UTF-8");
    expect(reply.headers.get("alipay-trace-id")).toMatch(/^[0-9a-z]{30}$/);
    expect(reply.headers.get("alipay-signature")).toBeNull();
    expect(Object.keys((await reply.json()) as object)).toEqual(["code", "links", "message"]);
  });
});

interface Answer {
  readonly node: string;
  readonly code: string;
  readonly sub_code: string;
  readonly sub_msg: string;
}

/** Sends a signed call after changing its parameters: before signing, or after it (an empty string leaves one out). */
async function call(changes: {
  signed?: Record<string, string>;
  sent?: Record<string, string>;
  key?: KeyObject;
  method?: "GET" | "POST";
}): Promise<Answer> {
  const { sandbox } = kaimen;
  const parameters = {
    app_id: sandbox.app_id,
    method: "zhima.credit.score.get",
    charset: "utf-8",
    timestamp: "2026-11-22 12:00:00",
    version: "1.0",
    auth_token: sandbox.users[0]?.access_token ?? "",
    biz_content: JSON.stringify({ transaction_id: newTransactionId(), product_code: productCode }),
    ...changes.signed,
  };
  const form = await signParameters(parameters, {
    privateKey: changes.key ?? parsePrivateKey(sandbox.app_private_key_pkcs8),
    signType: "RSA2",
  });
  for (const [name, value] of Object.entries(changes.sent ?? {})) {
    if (value === "") form.delete(name);
    else form.set(name, value);
  }
  const response =
    changes.method === "GET"
      ? await fetch(`${sandbox.gateway_url}?${form.toString()}`)
      : await fetch(sandbox.gateway_url, { method: "POST", body: form });
  return readAnswer(response, parameters.method);
}

async function readAnswer(response: Response, method: string): Promise<Answer> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toMatch(/^text\/html;charset=/);
  expect(response.headers.get("trace_id")).toMatch(/^[0-9a-f]{30}$/);
  const charset = /charset=(.+)$/.exec(response.headers.get("content-type") ?? "")?.[1] ?? "";
  const parsed = JSON.parse(new TextDecoder(charset, { fatal: true }).decode(bytes)) as Record<string, Answer>;
  const [node = "", ...rest] = Object.keys(parsed);
  // Whoever has not said who they are has no key to verify a reply with: the real gateway signs none.
  const isUnsigned = unsignedRefusals.has(String(parsed[node]?.sub_code));
  expect(rest).toEqual(isUnsigned ? [] : ["sign"]);
  if (isUnsigned) return { ...parsed[node], node } as Answer;
  const clients = verifyAsEveryClient(bytes, method, charset, kaimen.sandbox.alipay_public_key, {
    error: true,
    node: node === "error_response" ? "error_response" : "method",
  });
  expect(clients.filter(({ ok, expected }) => expected && !ok)).toEqual([]);
  return { ...parsed[node], node } as Answer;
}

const score = "zhima_credit_score_get_response";

describe("the gateway refuses, signed and with HTTP 200", () => {
  it.each([
    ["a call without app_id", { signed: { app_id: "" }, sent: { app_id: "" } }, score, "40001", "isv.missing-app-id"],
    ["an app_id that nobody has", { signed: { app_id: "2099000000000000" } }, score, "40002", "isv.invalid-app-id"],
    ["an app_id of control characters", { sent: { app_id: "\0\u0001" } }, score, "40002", "isv.invalid-app-id"],
    [
      "a call without method",
      { signed: { method: "" }, sent: { method: "" } },
      "error_response",
      "40001",
      "isv.missing-method",
    ],
    ["a call without sign", { sent: { sign: "" } }, score, "40001", "isv.missing-signature"],
    ["a call without sign_type", { sent: { sign_type: "" } }, score, "40001", "isv.missing-signature-type"],
    ["another sign_type", { sent: { sign_type: "HMAC_SHA1" } }, score, "40002", "isv.invalid-signature-type"],
    ["a charset it does not know", { signed: { charset: "big5" } }, score, "40002", "isv.invalid-charset"],
    [
      "a call without timestamp",
      { signed: { timestamp: "" }, sent: { timestamp: "" } },
      score,
      "40001",
      "isv.missing-timestamp",
    ],
    [
      "a day that does not exist",
      { signed: { timestamp: "2026-02-30 12:00:00" } },
      score,
      "40002",
      "isv.invalid-timestamp",
    ],
    [
      "a call without version",
      { signed: { version: "" }, sent: { version: "" } },
      score,
      "40001",
      "isv.missing-version",
    ],
    ["another version", { signed: { version: "2.0" } }, score, "40002", "isv.invalid-parameter"],
    ["a format that is none", { signed: { format: "YAML" } }, score, "40002", "isv.invalid-format"],
    ["a parameter changed after signing", { sent: { biz_content: "{}" } }, score, "40002", "isv.invalid-signature"],
    ["a sign that is no base64", { sent: { sign: "!!!" } }, score, "40002", "isv.invalid-signature"],
    [
      "an unknown method, after its signature",
      { signed: { method: "zhima.nothing.get" } },
      "zhima_nothing_get_response",
      "40002",
      "isv.invalid-method",
    ],
    ["biz_content that is no JSON", { signed: { biz_content: "{" } }, score, "40002", "isv.invalid-parameter"],
    ["biz_content that is a list", { signed: { biz_content: "[]" } }, score, "40002", "isv.invalid-parameter"],
    [
      "biz_content nested a hundred deep",
      { signed: { biz_content: "[".repeat(100) } },
      score,
      "40002",
      "isv.invalid-parameter",
    ],
    [
      "a token nobody has",
      { signed: { auth_token: "authzmaB00000000000000000000000000000000" } },
      score,
      "20001",
      "aop.invalid-auth-token",
    ],
    ["no token", { signed: { auth_token: "" }, sent: { auth_token: "" } }, score, "20001", "aop.invalid-auth-token"],
    [
      "a bad token before bad business parameters",
      { signed: { auth_token: "x", biz_content: "{}" } },
      score,
      "20001",
      "aop.invalid-auth-token",
    ],
    [
      "an oauth call without grant_type",
      { signed: { method: "alipay.system.oauth.token" } },
      "error_response",
      "40002",
      "isv.isv.grant-type-invalid",
    ],
    [
      "grant_type inside biz_content",
      { signed: { method: "alipay.system.oauth.token", biz_content: '{"grant_type":"authorization_code"}' } },
      "error_response",
      "40002",
      "isv.isv.grant-type-invalid",
    ],
    [
      "an oauth call with an unknown code",
      { signed: { method: "alipay.system.oauth.token", grant_type: "authorization_code", code: "0" } },
      "error_response",
      "40002",
      "isv.code-invalid",
    ],
    [
      "an unknown refresh token",
      { signed: { method: "alipay.system.oauth.token", grant_type: "refresh_token", refresh_token: "0" } },
      "error_response",
      "40002",
      "isv.refresh-token-invalid",
    ],
  ] as const)("%s", async (_, changes, node, code, subCode) => {
    for (const method of ["POST", "GET"] as const) {
      expect(await call({ ...changes, method })).toMatchObject({ node, code, sub_code: subCode });
    }
  });

  it("a signature by another key, with the string it expected", async () => {
    const { privateKey } = await generateRsaKeys();
    const answer = await call({ key: createPrivateKey(privateKey.export({ format: "pem", type: "pkcs8" }) as string) });
    expect(answer).toMatchObject({ node: score, sub_code: "isv.invalid-signature" });
    expect(answer.sub_msg).toMatch(/诊断：.*（key_unknown）$/);
    expect(answer.sub_msg).toContain(`网关生成的验签字符串为：app_id=${kaimen.sandbox.app_id}&amp;auth_token=`);
  });

  it("one parameter with two values", async () => {
    const response = await fetch(`${kaimen.sandbox.gateway_url}?method=a.b&method=c.d`);
    expect(await readAnswer(response, "c.d")).toMatchObject({ code: "40002", sub_code: "isv.suspected-attack" });
  });

  it("a body larger than the limit", async () => {
    const response = await fetch(`${kaimen.sandbox.gateway_url}?method=zhima.credit.score.get&charset=gbk`, {
      method: "POST",
      headers: { "content-type": "application/octet-stream" },
      body: new Uint8Array(53 * 1_048_576),
    });
    expect(await readAnswer(response, "zhima.credit.score.get")).toMatchObject({
      node: score,
      sub_code: "isv.invalid-file-size",
    });
  });

  it("a multipart body that ends too early", async () => {
    const response = await fetch(`${kaimen.sandbox.gateway_url}?method=zhima.data.batch.feedback`, {
      method: "POST",
      headers: { "content-type": "multipart/form-data; boundary=x" },
      body: '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1',
    });
    expect(await readAnswer(response, "zhima.data.batch.feedback")).toMatchObject({ sub_code: "isv.upload-fail" });
  });

  const part = (disposition: string): string => `--x\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n1\r\n`;
  it.each([
    ["whose lines end in LF alone", `${part('name="a"')}--x--`.replaceAll("\r\n", "\n"), "CRLF"],
    ["with two files of one name", `${part('name="file"; filename="a.txt"').repeat(2)}--x--`, "file出现了两次"],
    [
      "with a field and a file of one name",
      `${part('name="file"')}${part('name="file"; filename="a.txt"')}--x--`,
      "file出现了两次",
    ],
  ])("a multipart body %s, and says so", async (_, body, says) => {
    const response = await fetch(`${kaimen.sandbox.gateway_url}?method=zhima.data.batch.feedback`, {
      method: "POST",
      headers: { "content-type": "multipart/form-data; boundary=x" },
      body,
    });
    const answer = await readAnswer(response, "zhima.data.batch.feedback");
    expect(answer).toMatchObject({ sub_code: "isv.upload-fail" });
    expect(answer.sub_msg).toContain(says);
  });

  it.each(["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])("a call by %s, which does nothing", async (method) => {
    const query = "?method=zhima.credit.score.get";
    for (const body of ["HEAD", "OPTIONS"].includes(method) ? [undefined] : [undefined, "a=1"]) {
      const response = await fetch(`${kaimen.sandbox.gateway_url}${query}`, { method, ...(body && { body }) });
      expect(response.status).toBe(method === "OPTIONS" ? 204 : 405);
      expect(response.headers.get("allow")).toBe("GET, POST, OPTIONS");
      expect(await response.text()).not.toContain("response");
    }
  });

  it("in the charset that was asked for", async () => {
    expect(await call({ signed: { charset: "GBK", format: "YAML" } })).toMatchObject({
      sub_code: "isv.invalid-format",
      sub_msg: "无效的数据格式",
    });
  });
});

describe("a score inquiry is refused", () => {
  const ask = async (bizContent: Record<string, unknown>) =>
    askScore(sdk, kaimen.sandbox.users[0]?.access_token ?? "", bizContent);

  it.each([
    ["without product_code, first of all", { transaction_id: "有" }, "PRODUCT_CODE_IS_NULL"],
    ["with an empty product_code", { product_code: "", transaction_id: "T" }, "PRODUCT_CODE_IS_NULL"],
    [
      "with another product's code, before its transaction_id",
      { product_code: "w1010100000000002733" },
      "API_PRODUCT_NOT_MATCH",
    ],
    ["without transaction_id", { product_code: productCode }, "PARAMETER_INVALID"],
    [
      "with a hyphen in its transaction_id",
      { product_code: productCode, transaction_id: "a-b" },
      "INVALID_TRANSACTION_ID",
    ],
    [
      "with a transaction_id of 65",
      { product_code: productCode, transaction_id: "a".repeat(65) },
      "INVALID_TRANSACTION_ID",
    ],
    [
      "with a transaction_id that is an object",
      { product_code: productCode, transaction_id: { a: 1 } },
      "INVALID_TRANSACTION_ID",
    ],
  ])("%s", async (_, bizContent, subCode) => {
    expect(await ask(bizContent)).toMatchObject({ code: "40004", msg: "Business Failed", subCode });
  });

  it("with a transaction_id of exactly 64 it is not", async () => {
    expect(await ask({ product_code: productCode, transaction_id: "z".repeat(64) })).toMatchObject({ code: "10000" });
  });

  it("when its transaction_id was another person's", async () => {
    const [first, second] = kaimen.sandbox.users;
    const bizContent = { product_code: productCode, transaction_id: newTransactionId() };
    expect(await askScore(sdk, first?.access_token ?? "", bizContent)).toMatchObject({ code: "10000" });
    expect(await askScore(sdk, second?.access_token ?? "", bizContent)).toMatchObject({
      code: "40004",
      subCode: "TRANSACTION_ID_REPEAT",
    });
  });
});

describe("a feedback file is refused", () => {
  const month = recentMonths(1)[0] ?? "";
  const row = recordOf(testPerson(1), month);
  it.each([
    ["without columns", { rows: [row], fields: { columns: "" } }, "INVALID_DATA_ARGUMENTS", "columns"],
    ["without records", { rows: [row], fields: { records: "" } }, "INVALID_DATA_ARGUMENTS", "records"],
    [
      "without primary_key_columns",
      { rows: [row], fields: { primary_key_columns: "" } },
      "INVALID_DATA_ARGUMENTS",
      "primary_key_columns",
    ],
    [
      "when records is not the count",
      { rows: [row], fields: { records: "100" } },
      "INVALID_DATA_ARGUMENTS",
      "文件中有1条记录",
    ],
    [
      "with a column outside the template",
      { rows: [row], fields: { columns: `${documentColumns},shoe_size` } },
      "INVALID_DATA_ARGUMENTS",
      "shoe_size",
    ],
    [
      "with a column the law forbids",
      { rows: [row], fields: { columns: `${documentColumns},blood_type` } },
      "INVALID_DATA_ARGUMENTS",
      "法律禁止",
    ],
    [
      "without a required column",
      { rows: [row], fields: { columns: "order_no,pay_month" } },
      "INVALID_DATA_ARGUMENTS",
      "user_name",
    ],
    [
      "with a primary key outside columns",
      { rows: [row], fields: { primary_key_columns: "order_no,bill_month" } },
      "INVALID_PRIMARY_ARGUMENTS",
      "bill_month",
    ],
    [
      "with a primary key of no order",
      { rows: [row], fields: { primary_key_columns: "pay_month" } },
      "INVALID_PRIMARY_ARGUMENTS",
      "order_no",
    ],
    ["with another file_type", { rows: [row], fields: { file_type: "xml" } }, "INVALID_FILE_TYPE", "file_type"],
    ["named .jpg", { rows: [row], filename: "a.jpg" }, "INVALID_FILE_TYPE", ".txt"],
    ["in an unknown charset", { rows: [row], fields: { file_charset: "BIG5" } }, "INVALID_PARAMETER", "file_charset"],
    [
      "when it is not in the charset named",
      { content: Buffer.from([0xff, 0xfe, 0x00]), fields: { records: "0" } },
      "INVALID_PARAMETER",
      "UTF-8",
    ],
    [
      "when it is no JSON",
      { content: Buffer.from('{"records":[\n{"a":1,}]}'), fields: { records: "1" } },
      "JSON_PARSE_ERROR",
      "第2行第8列",
    ],
    ["when it has no records", { content: Buffer.from("{}"), fields: { records: "0" } }, "JSON_PARSE_ERROR", "records"],
    [
      "with a bad identity number, masked",
      { rows: [{ ...row, user_credentials_no: "990000197001010011" }] },
      "INVALID_PARAMETER",
      "第1条记录user_credentials_no(990*************11)",
    ],
    ["with a month to come", { rows: [{ ...row, pay_month: "2099-01" }] }, "INVALID_PARAMETER", "pay_month(2099-01)"],
    ["with a negative amount", { rows: [{ ...row, create_amt: "-1" }] }, "INVALID_PARAMETER", "create_amt(-1)"],
    [
      "with one key twice and different contents",
      { rows: [row, { ...row, create_amt: "7" }] },
      "INVALID_PARAMETER",
      "第2条记录",
    ],
  ])("%s", async (_, upload, subCode, says) => {
    const reply = await feedBack(sdk, upload);
    expect(reply).toMatchObject({ code: "40004", subCode });
    expect(reply.subMsg).toContain(says);
  });

  it("whole, when one record of a hundred is bad, and taken whole once it is mended", async () => {
    const user = userByLogin(kaimen.sandbox, "new");
    const rows = recentMonths(6).map((each) =>
      recordOf({ name: user.name, credentialsNo: user.credentials_no }, each, { order_no: "WHOLE" }),
    );
    const bad = rows.map((each, index) => (index === 5 ? { ...each, overdue_cnt: "many" } : each));
    expect(await feedBack(sdk, { rows: bad })).toMatchObject({ subCode: "INVALID_PARAMETER" });
    expect(await askScore(sdk, user.access_token)).toMatchObject({ zmScore: "N/A" });
    expect(await feedBack(sdk, { rows })).toMatchObject({ code: "10000" });
    expect((await askScore(sdk, user.access_token))["zmScore"]).toMatch(/^\d{3}$/);
  });

  it("is accepted with no record at all, and with a file of the same record twice", async () => {
    expect(await feedBack(sdk, { rows: [] })).toMatchObject({ code: "10000" });
    expect(await feedBack(sdk, { rows: [row, row] })).toMatchObject({ code: "10000" });
  });
});
