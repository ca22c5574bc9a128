import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { beijingTime, systemClock } from "#kaimen/clock.ts";
import { parsePrivateKey } from "#kaimen/keys/formats.ts";
import { signParameters } from "#kaimen/keys/signed-request.ts";
import { startPostgres } from "../support/postgres-cluster.ts";
import { type ProductionKaimen, startInProduction } from "../support/production-kaimen.ts";

const cluster = await startPostgres();

describe.skipIf(cluster === undefined)("the request log of a production server", () => {
  let production: ProductionKaimen;
  beforeAll(async () => {
    production = await startInProduction(cluster, { KAIMEN_REQUEST_LOG_PER_S: "1" });
  }, 120_000);
  afterAll(() => production.stop());

  const { stringify } = JSON;

  async function call(fields: Record<string, string>): Promise<URLSearchParams> {
    const { sandbox } = production.kaimen;
    const parameters = await signParameters(
      {
        app_id: sandbox.app_id,
        method: "zhima.credit.score.get",
        charset: "utf-8",
        timestamp: beijingTime(systemClock.now()),
        version: "1.0",
        ...fields,
      },
      { privateKey: parsePrivateKey(sandbox.app_private_key_pkcs8), signType: "RSA2" },
    );
    await fetch(`${production.origin}/gateway.do`, { method: "POST", body: parameters });
    return parameters;
  }

  async function ask(path: string): Promise<{ text: string; answer: Record<string, unknown> }> {
    const { token } = production.kaimen.sandbox.operator;
    const reply = await fetch(production.origin + path, { headers: { authorization: `Bearer ${token}` } });
    const text = await reply.text();
    return { text, answer: JSON.parse(text) as Record<string, unknown> };
  }

  it("tells of every refusal whose it was and what came of it, and nothing that the caller sent", async () => {
    const identityNumber = "990000198804120011";
    const sent = await call({
      auth_token: "authzhBsecrettoken00000000000000000",
      biz_content: stringify({ transaction_id: "REFUSED_1", product_code: "x", name: "王雨晴", no: identityNumber }),
    });
    const { text, answer } = await ask("/api/requests?outcome=refused&limit=1");
    const [logged] = answer["calls"] as Record<string, unknown>[];
    expect(logged).toMatchObject({
      method: "zhima.credit.score.get",
      subCode: "aop.invalid-auth-token",
      step: "authorise",
    });
    expect(logged).toMatchObject({ transactionId: "REFUSED_1", isWhole: false });
    const shown = await ask(`/api/requests/${String(logged?.["traceId"])}`);
    expect(shown.answer).toMatchObject({ whole: null, business: { score: null } });
    for (const each of [identityNumber, "王雨晴", "authzhBsecrettoken", sent.get("sign") ?? "no signature"])
      expect(text + shown.text, each).not.toContain(each);
    const whole = await ask(`/api/requests?text=${identityNumber}`);
    expect(whole.answer["calls"]).toEqual([]);
  });

  it("takes no transaction_id from a request whose signature does not hold", async () => {
    const { sandbox } = production.kaimen;
    const body = new URLSearchParams({ app_id: sandbox.app_id, biz_content: stringify({ transaction_id: "STRANGE" }) });
    await fetch(`${production.origin}/gateway.do`, { method: "POST", body });
    const { answer } = await ask("/api/requests?limit=1");
    const [logged] = answer["calls"] as Record<string, unknown>[];
    expect(logged).toMatchObject({ outcome: "refused", transactionId: null });
  });

  it("keeps so many answered calls a second and counts what it leaves out", async () => {
    const [user] = production.kaimen.sandbox.users;
    const product = "w1010100100000000001";
    for (let each = 0; each < 30; each += 1)
      await call({
        auth_token: user?.access_token ?? "",
        biz_content: stringify({ transaction_id: `MANY_${each}`, product_code: product }),
      });
    const { answer } = await ask("/api/requests?outcome=answered&limit=200");
    const kept = (answer["calls"] as unknown[]).length;
    expect(kept).toBeGreaterThanOrEqual(10);
    expect(kept).toBeLessThan(30);
    const metrics = await (await fetch(`${production.origin}/metrics`)).text();
    expect(metrics).toMatch(new RegExp(`^kaimen_request_log_left_out_total ${30 - kept}$`, "m"));
    const counted = await ask("/api/requests/counts?hours=1");
    const answered = (counted.answer["counts"] as { code: string; calls: number }[]).filter(
      ({ code }) => code === "10000",
    );
    expect(answered.reduce((sum, { calls }) => sum + calls, 0)).toBe(30);
  });

  it("there is no address that signs in once, and no material of a sandbox", async () => {
    for (const [method, path] of [
      ["POST", "/api/sandbox/sign-in"],
      ["POST", "/api/sandbox/sign-in-links"],
      ["GET", "/api/sandbox/material"],
    ] as const) {
      const reply = await fetch(production.origin + path, {
        method,
        headers: { authorization: `Bearer ${production.kaimen.sandbox.operator.token}` },
      });
      expect(reply.status, path).toBe(404);
    }
  });

  it("an id that asks a sandbox for an answer is an ordinary one", async () => {
    const [user] = production.kaimen.sandbox.users;
    const content = { transaction_id: "KM_TRANSACTIONID_CLOSE_1", product_code: "w1010100100000000001" };
    await call({ auth_token: user?.access_token ?? "", biz_content: stringify(content) });
    const counted = await ask("/api/requests/counts?hours=1");
    const codes = (counted.answer["counts"] as { code: string }[]).map(({ code }) => code);
    expect(codes).toContain("10000");
    expect(codes).not.toContain("TRANSACTIONID_CLOSE");
  });
});
