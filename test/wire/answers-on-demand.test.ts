import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { methods } from "#kaimen/methods/index.ts";
import { answersOf, demandName } from "#kaimen/sandbox/answers-on-demand.ts";
import { Client } from "#kaimen/sdk/index.ts";
import { officialSdk, type RunningKaimen, startKaimen } from "../support/kaimen.ts";
import { askScore, productCode, type SdkReply } from "../support/integrator.ts";
import { askAsOperator } from "../support/operator.ts";
import { unsignedRefusals } from "../support/unsigned-refusals.ts";

let kaimen: RunningKaimen;
const clientOf = (charset: "utf-8" | "gbk" = "utf-8"): Client =>
  new Client({
    gateway: kaimen.sandbox.gateway_url,
    appId: kaimen.sandbox.app_id,
    privateKey: kaimen.sandbox.app_private_key_pkcs8,
    alipayPublicKey: kaimen.sandbox.alipay_public_key,
    charset,
  });
beforeAll(async () => {
  kaimen = await startKaimen();
}, 120_000);
afterAll(() => kaimen.stop());

const inquiries = [...methods.values()].filter(({ spec }) => "transaction_id" in spec.request);
const cases = inquiries.flatMap(({ spec }) => {
  const fields = Object.fromEntries(Object.entries(spec.request).map(([name, { example }]) => [name, example]));
  return answersOf(spec).map(([subCode, { code }]) => [spec.name, subCode, code, fields] as const);
});

describe("the official SDK gets on demand", () => {
  it.each(cases)("from %s: %s", async (method, subCode, code, fields) => {
    const reply = (await officialSdk(kaimen.sandbox).exec(
      method,
      {
        auth_token: kaimen.sandbox.users[0]?.access_token,
        bizContent: { ...fields, transaction_id: `KM_${demandName(subCode)}_1` },
      },
      // A stranger's refusal is not signed, on demand neither, and the SDK would look for a signature.
      { validateSign: !unsignedRefusals.has(subCode) },
    )) as unknown as SdkReply; // The SDK types its reply loosely.
    expect([reply.code, reply.subCode]).toEqual([code, subCode]);
  });

  it("the true answer, later, and nothing is billed for a refusal", async () => {
    const began = performance.now();
    const token = kaimen.sandbox.users[0]?.access_token ?? "";
    const reply = await askScore(officialSdk(kaimen.sandbox), token, {
      transaction_id: "KM_SLOW_300_1",
      product_code: productCode,
    });
    expect(reply.code).toBe("10000");
    expect(performance.now() - began).toBeGreaterThanOrEqual(299);
    const { answer } = await askAsOperator(kaimen.sandbox, "GET /api/requests?subCode=TRANSACTIONID_CLOSE&limit=1");
    const [logged] = answer["calls"] as { traceId: string; step: string }[];
    expect(logged?.step).toBe("answerOnDemand");
    const shown = await askAsOperator(kaimen.sandbox, `GET /api/requests/${logged?.traceId ?? ""}`);
    expect(shown.answer["business"]).toMatchObject({ ledgerLine: null });
  });

  it("a connection that breaks, a signature of no text, a text in GBK and 20000", async () => {
    const token = kaimen.sandbox.users[0]?.access_token ?? "";
    const ask = (client: Client, transactionId: string) =>
      client.execute("zhima.credit.score.get", { transactionId, productCode }, { authToken: token, retries: 0 });
    const client = clientOf();
    await expect(ask(client, "KM_RESET_1")).rejects.toMatchObject({ reason: "network" });
    await expect(ask(client, "KM_BAD_SIGN_1")).rejects.toMatchObject({ reason: "signature" });
    await expect(ask(client, "KM_BAD_SIGN_1")).rejects.toMatchObject({ reason: "signature" });
    const busy = { ok: false, code: "20000", subCode: "isp.unknow-error", subMsg: "系统繁忙" };
    expect(await ask(client, "KM_UNKNOW_ERROR_1")).toMatchObject(busy);
    await expect(ask(client, "KM_GBK_1")).rejects.toMatchObject({ reason: "malformed" });
    expect(await ask(clientOf("gbk"), "KM_GBK_2")).toMatchObject(busy);
  });
});
