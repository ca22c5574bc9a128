import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "node:net";
import { createRateLimit } from "#kaimen/gateway/call-limits.ts";
import { beijingTime, type Instant, instantOf, later, secondUs, systemClock } from "#kaimen/clock.ts";
import { askScore, rawCall } from "../support/integrator.ts";
import { officialSdk, type RunningKaimen, startKaimen } from "../support/kaimen.ts";

let kaimen: RunningKaimen;
beforeAll(async () => {
  kaimen = await startKaimen({ env: { KAIMEN_LENIENCY: "strict", KAIMEN_TIMESTAMP_WINDOW_H: "24", KAIMEN_BODY_TIMEOUT_MS: "1000" } });
});
afterAll(() => kaimen.stop());

const score = "zhima.credit.score.get";
const codeOf = (text: string): unknown => {
  const { sub_code: subCode } = Object.values(JSON.parse(text) as Record<string, { sub_code: string }>)[0] ?? {};
  return subCode;
};

describe("a strict gateway", () => {
  it("answers an app it does not know without a signature, as the real one", async () => {
    const reply = JSON.parse(await rawCall(kaimen.sandbox, { method: score, app_id: "2099000000000000" })) as object;
    expect(reply).toEqual({
      zhima_credit_score_get_response: { code: "40002", msg: "Invalid Arguments", sub_code: "isv.invalid-app-id", sub_msg: "无效的AppID参数" },
    });
  });

  it("refuses a signature over an empty value, which a lenient one accepts and counts", async () => {
    const ask = async (server: RunningKaimen) =>
      officialSdk(server.sandbox).exec(score, { notify_url: "", auth_token: "x", bizContent: {} }) as Promise<unknown>;
    expect(await ask(kaimen)).toMatchObject({ subCode: "isv.invalid-signature" });
    const lenient = await startKaimen();
    expect(await ask(lenient)).toMatchObject({ subCode: "aop.invalid-auth-token" });
    const metrics = await (await fetch(new URL("/metrics", lenient.sandbox.gateway_url))).text();
    await lenient.stop();
    expect(metrics).toContain('kaimen_gateway_deviations_total{deviation="empty_value_signed"} 1');
  });

  it("takes the timestamps of honest clients in any zone, and refuses those a day old or more", async () => {
    const at = async (hours: number) =>
      codeOf(await rawCall(kaimen.sandbox, { method: score, timestamp: beijingTime(later(systemClock.now(), hours * 3_600 * secondUs)) }));
    for (const hours of [0, -8, 6, -20, 23.9, -23.9]) expect(await at(hours)).toBe("aop.invalid-auth-token");
    for (const hours of [-24.1, 24.1, -8_760]) expect(await at(hours)).toBe("isv.invalid-timestamp");
  });
});

it("a client that sends slowly is cut off", async () => {
  const port = Number(new URL(kaimen.sandbox.gateway_url).port);
  const started = performance.now();
  await new Promise<void>((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("POST /gateway.do HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\na"));
    const drip = setInterval(() => socket.write("a"), 100);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearInterval(drip);
      resolve();
    });
  });
  expect(performance.now() - started).toBeLessThan(10_000);
});

it("the answer to a call that follows is unharmed", async () => {
  expect(await askScore(officialSdk(kaimen.sandbox), "x")).toMatchObject({ subCode: "aop.invalid-auth-token" });
});

describe("a rate limit", () => {
  const at = (ms: number): Instant => instantOf(ms * 1_000);

  it("allows so many at once and so many a second, each caller by itself", () => {
    let now = at(0);
    const limit = createRateLimit(2, { now: () => now });
    const asked = (key: string) => [limit.allows(key), limit.allows(key), limit.allows(key)];
    expect(asked("a")).toEqual([true, true, false]);
    expect(asked("b")).toEqual([true, true, false]);
    now = at(500);
    expect(asked("a")).toEqual([true, false, false]);
    now = at(60_000);
    expect(asked("a")).toEqual([true, true, false]);
    now = at(0);
    expect(limit.allows("a")).toBe(false);
  });

  it("of 0 allows everything", () => {
    const limit = createRateLimit(0, { now: () => at(0) });
    expect(Array.from({ length: 1_000 }, () => limit.allows("a")).every(Boolean)).toBe(true);
  });
});
