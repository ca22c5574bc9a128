import { describe, expect, it } from "vitest";
import {
  CallError,
  type CallErrorReason,
  Client,
  type ClientConfig,
  ConfigurationError,
  newTransactionId,
  ZhimaCreditScoreGetRequest,
} from "#kaimen/sdk/index.ts";
import { createTestGateway, type TestGateway } from "#kaimen/sdk/testing/index.ts";

const method = "zhima.credit.score.get";
const fields = { transactionId: "T1", productCode: "w1010100100000000001" };
const authToken = "token";
const success = { fields: { biz_no: "ZM1", zm_score: "731" } };

async function answering(...answers: Parameters<TestGateway["answer"]>[1][]): Promise<TestGateway> {
  const gateway = await createTestGateway();
  let at = 0;
  return gateway.answer(method, (call) => {
    const answer = answers[Math.min(at, answers.length - 1)] ?? success;
    at += 1;
    return typeof answer === "function" ? answer(call) : answer;
  });
}

/** The gateway's replies with their bytes changed on the way. */
function changed(gateway: TestGateway, change: (text: string) => string, status = 200): ClientConfig {
  return {
    ...gateway.config,
    retries: 0,
    async fetch(address, init) {
      const reply = await gateway.config.fetch?.(address, init);
      return new Response(change((await reply?.text()) ?? ""), { status, headers: { trace_id: "t9" } });
    },
  };
}

it("a score is a number, or N/A", async () => {
  const gateway = await answering(success, { fields: { biz_no: "ZM2", zm_score: "N/A" } });
  const client = new Client(gateway.config);
  const first = await client.execute(method, fields, { authToken });
  expect(first).toEqual({ ok: true, bizNo: "ZM1", zmScore: 731, traceId: "test-1" });
  const second = await client.execute(new ZhimaCreditScoreGetRequest(fields), { authToken });
  expect(second.ok && second.zmScore).toBe("N/A");
  expect(gateway.calls.map(({ bizContent }) => bizContent["transaction_id"])).toEqual(["T1", "T1"]);
});

it("a refusal is a result with its remedy, and the gateway's own codes have theirs", async () => {
  const gateway = await answering(
    { subCode: "TRANSACTIONID_CLOSE" },
    { code: "40006", subCode: "isv.insufficient-isv-permissions" },
  );
  const client = new Client(gateway.config);
  const closed = await client.execute(method, fields, { authToken });
  expect(!closed.ok && closed.subCode === "TRANSACTIONID_CLOSE" && closed.remedy?.en).toBe(
    "Ask with a new transaction_id.",
  );
  const refused = await client.execute(method, fields, { authToken });
  expect(!refused.ok && refused.remedy?.zh).toMatch(/./);
});

it("a request is filled as the published example fills it", async () => {
  const gateway = await answering(success);
  const request = new ZhimaCreditScoreGetRequest();
  request.setBizContent('{"transaction_id":"T7","product_code":"w1010100100000000001"}');
  await new Client(gateway.config).execute(request, { authToken });
  await new Client(gateway.config).execute(
    new ZhimaCreditScoreGetRequest().setTransactionId("T8").setProductCode("w1"),
    {
      authToken,
    },
  );
  expect(gateway.calls.map(({ bizContent }) => bizContent["transaction_id"])).toEqual(["T7", "T8"]);
});

describe("an untrustworthy reply is no result", () => {
  const cases: [string, (text: string) => string, number, CallErrorReason][] = [
    ["another score under the same signature", (text) => text.replace("731", "931"), 200, "signature"],
    ["a space inside the node", (text) => text.replace('"biz_no"', ' "biz_no"'), 200, "signature"],
    ["no signature", (text) => text.replace(/,"sign":"[^"]+"/, ""), 200, "unsigned"],
    ["an empty signature", (text) => text.replace(/"sign":"[^"]+"/, '"sign":""'), 200, "signature"],
    [
      "a second node of the same name",
      (text) => text.replace(/^\{/, '{"zhima_credit_score_get_response":{},'),
      200,
      "malformed",
    ],
    ["something after the end", (text) => `${text}x`, 200, "malformed"],
    ["a page", () => "<html>", 200, "malformed"],
    ["a proxy's page", () => "<html>", 502, "http"],
    ["nothing", () => "", 200, "malformed"],
  ];
  it.each(cases)("%s", async (_, change, status, reason) => {
    const client = new Client(changed(await answering(success), change, status));
    const error: unknown = await client.execute(method, fields, { authToken }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CallError);
    expect(error).toMatchObject({ reason });
  });

  it("an unsigned refusal is told, and vouched for by nobody", async () => {
    const gateway = await answering({ code: "40002", subCode: "isv.invalid-app-id", subMsg: "无效的AppID参数" });
    const client = new Client(changed(gateway, (text) => text.replace(/,"sign":"[^"]+"/, "")));
    await expect(client.execute(method, fields, { authToken })).rejects.toMatchObject({
      reason: "unsigned",
      claimed: { code: "40002", subCode: "isv.invalid-app-id" },
      traceId: "t9",
    });
  });
});

describe("repeats", () => {
  it("an inquiry that the gateway could not answer, with its transaction_id", async () => {
    const gateway = await answering({ code: "20000", subCode: "isp.unknow-error" }, success);
    const result = await new Client(gateway.config).execute(method, fields, { authToken });
    expect(result.ok).toBe(true);
    expect(gateway.calls.map(({ bizContent }) => bizContent["transaction_id"])).toEqual(["T1", "T1"]);
  });

  it("no exchange of a code, which serves once", async () => {
    const gateway = await createTestGateway();
    gateway.answer("alipay.system.oauth.token", { code: "20000", subCode: "aop.unknow-error" });
    const result = await new Client(gateway.config).token("code");
    expect([result.ok, gateway.calls.length]).toEqual([false, 1]);
  });

  it("no refusal, and no call beyond the asked number", async () => {
    const refused = await answering({ subCode: "AUTHENTICATION_FAIL" });
    await new Client(refused.config).execute(method, fields, { authToken });
    const busy = await answering({ code: "20000", subCode: "isp.unknow-error" });
    await new Client(busy.config).execute(method, fields, { authToken, retries: 1 });
    expect([refused.calls.length, busy.calls.length]).toEqual([1, 2]);
  });

  it("a broken connection, and the cause is kept when it stays broken", async () => {
    const gateway = await answering(success);
    let attempts = 0;
    const client = new Client({
      ...gateway.config,
      async fetch() {
        attempts += 1;
        throw new TypeError("fetch failed");
      },
      retries: 1,
    });
    await expect(client.execute(method, fields, { authToken })).rejects.toMatchObject({
      reason: "network",
      cause: { message: "fetch failed" },
    });
    expect(attempts).toBe(2);
  });
});

it("a call ends at its time limit, and by its signal", async () => {
  const gateway = await answering(success);
  const client = new Client({
    ...gateway.config,
    retries: 0,
    fetch: (_, { signal }) =>
      new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason as Error))),
  });
  await expect(client.execute(method, fields, { authToken, timeoutMs: 5 })).rejects.toMatchObject({
    reason: "timeout",
  });
  const controller = new AbortController();
  const call = client.execute(method, fields, { authToken, signal: controller.signal });
  controller.abort();
  await expect(call).rejects.toMatchObject({ reason: "aborted" });
});

describe("what is set up wrongly is told before anything is sent", () => {
  it("a field that the method does not have", async () => {
    const gateway = await answering(success);
    const wrong = { ...fields, transactionID: "T" };
    await expect(new Client(gateway.config).execute(method, wrong, { authToken })).rejects.toThrow(
      "zhima.credit.score.get has no field transactionID; it has productCode, transactionId",
    );
    expect(gateway.calls).toEqual([]);
  });

  it("a user's method without a user's token", async () => {
    const gateway = await answering(success);
    await expect(new Client(gateway.config).execute(method, fields, { authToken: "" })).rejects.toThrow(
      ConfigurationError,
    );
  });

  const settings: [string, Partial<ClientConfig>, string][] = [
    ["a gateway that is no address", { gateway: "gateway.do" }, "gateway is no address"],
    ["a password in the address", { gateway: "https://a:b@host/gateway.do" }, "gateway has a user or a password in it"],
    ["no app", { appId: "" }, "appId is missing"],
    ["a time of no whole number", { timeoutMs: 0.5 }, "timeoutMs is a whole number from 1 to 600000"],
    ["too many repeats", { retries: 11 }, "retries is a whole number from 0 to 10"],
  ];
  it.each(settings)("%s", async (_, wrong, message) => {
    const { config } = await answering(success);
    expect(() => new Client({ ...config, ...wrong })).toThrow(message);
  });
});

it("feeds back records: counted, and with the columns of all of them", async () => {
  const gateway = await createTestGateway();
  gateway.answer("zhima.data.batch.feedback", { fields: {} });
  const client = new Client(gateway.config);
  const records = [
    { order_no: "O1", pay_month: "2026-10" },
    { order_no: "O2", pay_month: "2026-10", overdue_cnt: 0 },
  ];
  const file = JSON.stringify({ records });
  async function* stream(): AsyncGenerator<Uint8Array> {
    yield new TextEncoder().encode(file.slice(0, 9));
    yield new TextEncoder().encode(file.slice(9));
  }
  const primaryKeyColumns = ["order_no", "pay_month"];
  for (const source of [{ records }, { content: file }, { content: Buffer.from(file) }, { content: stream() }]) {
    expect(await client.feedback({ ...source, primaryKeyColumns })).toEqual({ ok: true, traceId: expect.any(String) });
  }
  const told = gateway.calls.map(({ parameters: { records, columns } }) => [records, columns]);
  expect(told).toEqual(Array.from({ length: 4 }, () => ["2", "order_no,pay_month,overdue_cnt"]));
});

it("the page to authorise on belongs to the gateway", async () => {
  const { config } = await createTestGateway();
  const asked = { redirectUri: "https://shop.test/back", state: "s&1" };
  const addressAt = (gateway: string): URL => new URL(new Client({ ...config, gateway }).authoriseAddress(asked));
  expect(addressAt("https://openapi.alipay.com/gateway.do").origin).toBe("https://openauth.alipay.com");
  expect(addressAt("https://openapi-sandbox.dl.alipaydev.com/gateway.do").host).toBe(
    "openauth-sandbox.dl.alipaydev.com",
  );
  const own = addressAt("http://127.0.0.1:8080/gateway.do");
  expect(own.href.split("?")[0]).toBe("http://127.0.0.1:8080/oauth2/publicAppAuthorize.htm");
  expect(Object.fromEntries(own.searchParams)).toEqual({
    app_id: config.appId,
    scope: "auth_zhima",
    redirect_uri: "https://shop.test/back",
    state: "s&1",
  });
});

it("transaction ids are new each time, and of the form that every method takes", () => {
  const ids = Array.from({ length: 100 }, () => newTransactionId("SHOP_"));
  expect(new Set(ids).size).toBe(100);
  for (const id of ids) expect(id).toMatch(/^SHOP_\w{34}$/);
  expect(newTransactionId("x".repeat(30))).toHaveLength(64);
  expect(() => newTransactionId("a-b")).toThrow(RangeError);
});
