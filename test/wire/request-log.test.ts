import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encryptAes } from "#kaimen/keys/aes.ts";
import { officialSdk, type RunningKaimen, startKaimen } from "../support/kaimen.ts";
import { askScore, feedBack, newTransactionId, productCode } from "../support/integrator.ts";
import { settleIn } from "../support/accounts.ts";
import { recordOf, testPerson } from "../support/feedback-data.ts";
import { addApp, askAsOperator, askWithToken, callAs, sandboxApp, send, signedCall } from "../support/operator.ts";

const score = "zhima.credit.score.get";

interface Call {
  callNo: number;
  traceId: string;
  subCode: string | null;
  [name: string]: unknown;
}

let kaimen: RunningKaimen;
beforeAll(async () => {
  kaimen = await startKaimen();
}, 120_000);
afterAll(() => kaimen.stop());

async function list(query: string): Promise<Call[]> {
  const { status, answer } = await askAsOperator(kaimen.sandbox, `GET /api/requests?${query}`);
  expect(status, JSON.stringify(answer)).toBe(200);
  return answer["calls"] as Call[];
}

// Nested as the route's contract says; a test reads a few of its fields.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
async function show(traceId: string): Promise<any> {
  return (await askAsOperator(kaimen.sandbox, `GET /api/requests/${traceId}`)).answer;
}

const token = (): string => kaimen.sandbox.users[0]?.access_token ?? "";
const inquiry = (transactionId: string): Record<string, string> => ({
  auth_token: token(),
  biz_content: JSON.stringify({ transaction_id: transactionId, product_code: productCode }),
});

describe("a call that was answered", () => {
  it("is shown whole: as it came, string to sign, steps, ledger line, reasons and the reply as it went", async () => {
    const transactionId = newTransactionId();
    const app = sandboxApp(kaimen.sandbox);
    const parameters = await signedCall(app, score, inquiry(transactionId));
    const reply = await send(kaimen.sandbox, parameters);
    const [call] = await list(`transactionId=${transactionId}`);
    expect(call).toMatchObject({ appId: app.appId, method: score, code: "10000", subCode: null, outcome: "answered" });
    const shown = await show(call?.traceId ?? "");
    expect(shown.whole.reply.text).toBe(reply.text);
    expect(shown.whole.body.text).toBe(parameters.toString());
    expect(shown.whole.head).toMatchObject({ method: "POST", target: "/gateway.do" });
    const bizContent = shown.whole.parameters.find((each: { name: string }) => each.name === "biz_content");
    expect(bizContent.value).toBe(parameters.get("biz_content"));
    expect(decodeURIComponent(bizContent.raw.replaceAll("+", " "))).toBe(bizContent.value);
    parameters.delete("sign");
    parameters.sort();
    const expected = [...parameters].map(([name, value]) => `${name}=${value}`).join("&");
    expect(shown.whole.verification).toMatchObject({ holds: true, key: "current", stringToSign: expected });
    const steps = shown.whole.steps as { name: string; outcome: string }[];
    expect([steps[0]?.name, steps.at(-1)?.name, steps.at(-1)?.outcome]).toEqual(["readQuery", "call", "passed"]);
    expect(shown.business.ledgerLine).toMatchObject({ transactionId, bizNo: call?.["bizNo"], billedFen: 40 });
    expect(shown.business.score).toMatchObject({ bizNo: call?.["bizNo"], equal: true });
    expect(shown.why).toBeNull();
  });

  it("and the very same request again is a repeat", async () => {
    const transactionId = newTransactionId();
    const parameters = await signedCall(sandboxApp(kaimen.sandbox), score, inquiry(transactionId));
    await send(kaimen.sandbox, parameters);
    const again = await send(kaimen.sandbox, parameters);
    const calls = await list(`transactionId=${transactionId}`);
    expect(calls.map(({ outcome }) => outcome)).toEqual(["repeated", "answered"]);
    expect((await show(calls[0]?.traceId ?? "")).whole.reply.text).toBe(again.text);
  });

  it("encrypted: biz_content is shown as it was read", async () => {
    const transactionId = newTransactionId();
    const key = Buffer.from(kaimen.sandbox.encrypt_key, "base64");
    const plain = inquiry(transactionId)["biz_content"] ?? "";
    await callAs(kaimen.sandbox, sandboxApp(kaimen.sandbox), score, {
      auth_token: token(),
      encrypt_type: "AES",
      biz_content: encryptAes("AES", key, Buffer.from(plain)),
    });
    const [call] = await list(`transactionId=${transactionId}`);
    const shown = await show(call?.traceId ?? "");
    expect(shown.whole.bizContent).toBe(plain);
    expect(shown.whole.verification.isEncrypted).toBe(true);
  });

  it("a file: its fields, its bytes and its batch", async () => {
    const rows = [1, 2].map((each) => recordOf(testPerson(each), "2026-01", { order_no: `LOGGED${each}` }));
    await feedBack(officialSdk(kaimen.sandbox), { rows });
    const [call] = await list("method=zhima.data.batch.feedback");
    const shown = await show(call?.traceId ?? "");
    expect(shown.whole.files[0]).toMatchObject({ name: "file", fileName: "feedback.json", isCut: false });
    expect(Buffer.from(shown.whole.files[0].base64, "base64").toString()).toContain('"records"');
    expect(shown.business.batch).toMatchObject({ batchId: call?.["batchId"], records: 2 });
  });
});

describe("a call that was refused", () => {
  it.each<[string, string, string, () => Promise<unknown>]>([
    ["by its signature", "isv.invalid-signature", "verifySignature", () => tampered()],
    ["by its token", "aop.invalid-auth-token", "authorise", () => withToken("authzhB0000000000000000000000000000")],
    ["by its fields", "INVALID_TRANSACTION_ID", "validate", () => withBizContent({ transaction_id: "a-b" })],
    ["without an app", "isv.missing-app-id", "findApp", () => fetch(kaimen.sandbox.gateway_url, { method: "POST" })],
  ])("%s says in which step, why and what to do", async (_, subCode, step, call) => {
    await call();
    const [logged] = await list(`subCode=${subCode}&limit=1`);
    expect(logged).toMatchObject({ subCode, step, outcome: "refused" });
    const shown = await show(logged?.traceId ?? "");
    expect(shown.whole.steps.at(-1)).toMatchObject({ name: step, outcome: "refused" });
    expect(shown.why.remedy.zh).not.toBe("");
    expect(shown.why.remedy.en).not.toBe("");
    expect(shown.whole.reply.text).toContain(subCode);
    expect(shown.business).toEqual({ ledgerLine: null, batch: null, score: null });
  });

  it("stands in a group with those of its code and method", async () => {
    const before = await groupOf("INVALID_TRANSACTION_ID");
    await withBizContent({ transaction_id: "a-b" });
    await withBizContent({ transaction_id: "中" });
    const after = await groupOf("INVALID_TRANSACTION_ID");
    expect(after.calls).toBe((before?.calls ?? 0) + 2);
    const [last] = await list("subCode=INVALID_TRANSACTION_ID&limit=1");
    expect(after).toMatchObject({ method: score, code: "40004", apps: 1, lastTraceId: last?.traceId });
  });
});

async function tampered(): Promise<unknown> {
  const parameters = await signedCall(sandboxApp(kaimen.sandbox), score, inquiry(newTransactionId()));
  parameters.set("biz_content", "{}");
  return send(kaimen.sandbox, parameters);
}

function withToken(authToken: string): Promise<unknown> {
  return callAs(kaimen.sandbox, sandboxApp(kaimen.sandbox), score, { ...inquiry("T1"), auth_token: authToken });
}

function withBizContent(content: Record<string, string>): Promise<unknown> {
  const biz = JSON.stringify({ product_code: productCode, ...content });
  return callAs(kaimen.sandbox, sandboxApp(kaimen.sandbox), score, { auth_token: token(), biz_content: biz });
}

// As above.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
async function groupOf(subCode: string): Promise<any> {
  const { answer } = await askAsOperator(kaimen.sandbox, "GET /api/requests/errors");
  return (answer["errors"] as { subCode: string }[]).find((each) => each.subCode === subCode);
}

describe("the list", () => {
  it("is found by app, method, code, ids and text, and paged without a gap", async () => {
    const transactionId = newTransactionId();
    const reply = await askScore(officialSdk(kaimen.sandbox), token(), {
      transaction_id: transactionId,
      product_code: productCode,
    });
    const [call] = await list("limit=1");
    for (const query of [
      `appId=${kaimen.sandbox.app_id}`,
      `method=${score}`,
      "code=10000",
      "outcome=answered",
      `transactionId=${transactionId}`,
      `bizNo=${String(reply["bizNo"])}`,
      `traceId=${call?.traceId ?? ""}`,
      `text=${transactionId.toLowerCase()}`,
      // In the reply alone.
      `text=${encodeURIComponent(`"biz_no":"${String(reply["bizNo"])}"`).replaceAll("%22", "%5C%22")}`,
    ])
      expect((await list(`${query}&limit=1`))[0]?.callNo, query).toBe(call?.callNo);
    expect(await list("text=nobody-says-this")).toEqual([]);

    const all = (await list("limit=200")).map(({ callNo }) => callNo);
    const paged: number[] = [];
    for (let before: number | undefined = 999_999_999; before !== undefined;) {
      const { answer } = await askAsOperator(kaimen.sandbox, `GET /api/requests?limit=3&before=${before}`);
      paged.push(...(answer["calls"] as Call[]).map(({ callNo }) => callNo));
      before = answer["next"] as number | undefined;
    }
    expect(paged).toEqual(all);
    const upwards = await list(`after=${all[4]}`);
    expect(upwards.map(({ callNo }) => callNo)).toEqual(all.slice(0, 4).toReversed());
  });

  it("of a merchant's staff is of its own apps, whatever it names", async () => {
    const merchantId = "2088000000000911";
    await askAsOperator(kaimen.sandbox, "POST /api/merchants", { merchantId, name: "另一家" });
    const app = await addApp(kaimen.sandbox, "2021000000000911", { merchantId });
    await callAs(kaimen.sandbox, app, score, {});
    const staff = await staffToken(merchantId);
    const { answer } = await askWithToken(kaimen.sandbox, staff, "GET /api/requests");
    const calls = answer["calls"] as Call[];
    expect(calls.map(({ appId }) => appId)).toEqual([app.appId]);
    const others = await list(`appId=${kaimen.sandbox.app_id}&limit=1`);
    for (const [route, status] of [
      [`GET /api/requests?merchantId=${kaimen.sandbox.merchant_id}`, 404],
      [`GET /api/requests/${others[0]?.traceId}`, 404],
      [`GET /api/requests/${calls[0]?.traceId}`, 200],
    ] as const)
      expect((await askWithToken(kaimen.sandbox, staff, route)).status, route).toBe(status);
    const counted = await askWithToken(kaimen.sandbox, staff, "GET /api/requests/counts");
    const counts = counted.answer["counts"] as { calls: number }[];
    expect(counts.reduce((sum, { calls: each }) => sum + each, 0)).toBe(1);
  });

  it("is counted by code over time", async () => {
    const sum = async (): Promise<number> => {
      const { answer } = await askAsOperator(kaimen.sandbox, "GET /api/requests/counts?hours=1");
      return (answer["counts"] as { calls: number; code: string }[])
        .filter(({ code }) => code === "INVALID_TRANSACTION_ID")
        .reduce((all, { calls }) => all + calls, 0);
    };
    const before = await sum();
    await withBizContent({ transaction_id: "-" });
    expect(await sum()).toBe(before + 1);
  });
});

async function staffToken(merchantId: string): Promise<string> {
  const login = `staff@${merchantId}`;
  const { answer } = await askAsOperator(kaimen.sandbox, `POST /api/merchants/${merchantId}/staff`, { login });
  const staff = { kind: "merchant", login, password: String(answer["password"]) } as const;
  return (await settleIn(kaimen.sandbox.gateway_url, staff, "a long walk past every door")).token;
}

describe("the live stream", () => {
  async function follow(query: string, headers: Record<string, string> = {}) {
    const control = new AbortController();
    const reply = await fetch(new URL(`/api/requests/stream?${query}`, kaimen.sandbox.gateway_url), {
      headers: { authorization: `Bearer ${kaimen.sandbox.operator.token}`, ...headers },
      signal: control.signal,
    });
    expect(reply.headers.get("content-type")).toContain("text/event-stream");
    const reader = reply.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    return {
      end: () => control.abort(),
      async until(wanted: string): Promise<string> {
        while (!text.includes(wanted)) {
          const { value, done } = (await reader?.read()) ?? { done: true, value: "" };
          if (done) throw new Error(`the stream ended without ${wanted}: ${text}`);
          text += value;
        }
        return text;
      },
    };
  }

  it("brings a call as it comes, and those that fit its filter alone", async () => {
    const stream = await follow("outcome=refused");
    const passing = newTransactionId();
    await callAs(kaimen.sandbox, sandboxApp(kaimen.sandbox), score, inquiry(passing));
    await withBizContent({ transaction_id: "!" });
    const text = await stream.until("INVALID_TRANSACTION_ID");
    expect(text).not.toContain(passing);
    expect(text).toMatch(/^id: \d+\nevent: call\ndata: \{/m);
    stream.end();
  });

  it("goes on from where it was", async () => {
    const [last] = await list("limit=1");
    const missed = newTransactionId();
    await callAs(kaimen.sandbox, sandboxApp(kaimen.sandbox), score, inquiry(missed));
    await list("limit=1");
    const stream = await follow("", { "last-event-id": String(last?.callNo) });
    await stream.until(missed);
    stream.end();
  });

  it("that its browser left keeps no server from stopping, nor does a connection that was opened in advance", async () => {
    const server = await startKaimen();
    for (let each = 0; each < 3; each += 1) {
      const reply = await fetch(new URL("/api/requests/stream", server.sandbox.gateway_url), {
        headers: { authorization: `Bearer ${server.sandbox.operator.token}` },
      });
      await reply.body?.cancel();
    }
    const silent = connect(Number(new URL(server.sandbox.gateway_url).port), "127.0.0.1");
    await once(silent, "connect");
    silent.on("error", () => undefined); // It may be reset.
    const closed = new Promise((resolve) => silent.once("close", resolve));
    expect(await server.end("SIGTERM")).toBe(0);
    await closed;
    await server.stop();
  });

  it("does not keep the server from stopping, and the log is there after the next start", async () => {
    const first = await startKaimen({ database: "embedded" });
    const { dataDirectory } = first;
    const reply = await fetch(new URL("/api/requests/stream", first.sandbox.gateway_url), {
      headers: { authorization: `Bearer ${first.sandbox.operator.token}` },
    });
    await callAs(first.sandbox, sandboxApp(first.sandbox), score, {});
    expect(await first.end("SIGTERM")).toBe(0);
    await reply.text();
    const second = await startKaimen({ dataDirectory });
    const { answer } = await askAsOperator(second.sandbox, "GET /api/requests?limit=1");
    const [call] = answer["calls"] as Call[];
    expect(call).toMatchObject({ method: score, outcome: "refused" });
    const shown = await askAsOperator(second.sandbox, `GET /api/requests/${call?.traceId ?? ""}`);
    expect(shown.answer["whole"]).not.toBeNull();
    await second.stop();
  });
});
