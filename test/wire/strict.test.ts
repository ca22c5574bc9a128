import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { beijingTime, later, secondUs, systemClock } from "#kaimen/clock.ts";
import { rawCall } from "../support/integrator.ts";
import { officialSdk, type RunningKaimen, startKaimen } from "../support/kaimen.ts";

let kaimen: RunningKaimen;
beforeAll(async () => {
  kaimen = await startKaimen({
    env: { KAIMEN_GATEWAY_PROFILE: "strict", KAIMEN_TIMESTAMP_WINDOW_H: "24", KAIMEN_SIGNATURE_DOCTOR: "off" },
  });
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
      zhima_credit_score_get_response: {
        code: "40002",
        msg: "Invalid Arguments",
        sub_code: "isv.invalid-app-id",
        sub_msg: expect.stringMatching(
          /^无效的AppID参数，解决方案：http:.*traceId=[0-9a-z]+&source=openapi$/,
        ) as string,
      },
    });
  });

  it("refuses a signature over an empty value, which a lenient one accepts and counts", async () => {
    const ask = async (server: RunningKaimen) =>
      officialSdk(server.sandbox).exec(score, { notify_url: "", auth_token: "x", bizContent: {} }) as Promise<unknown>;
    expect(await ask(kaimen)).toMatchObject({ subCode: "isv.invalid-signature" });
    // With the doctor off, nobody has looked for the reason.
    expect(await ask(kaimen)).toMatchObject({ subMsg: expect.not.stringContaining("诊断") as string });
    expect(kaimen.log()).not.toContain("a signature does not verify");
    const lenient = await startKaimen();
    expect(await ask(lenient)).toMatchObject({ subCode: "aop.invalid-auth-token" });
    const metrics = await (await fetch(new URL("/metrics", lenient.sandbox.gateway_url))).text();
    await lenient.stop();
    expect(metrics).toContain('kaimen_gateway_deviations_total{deviation="empty_value_signed"} 1');
  });

  it("takes the timestamps of honest clients in any zone, and refuses those a day old or more", async () => {
    const at = async (hours: number) =>
      codeOf(
        await rawCall(kaimen.sandbox, {
          method: score,
          timestamp: beijingTime(later(systemClock.now(), hours * 3_600 * secondUs)),
        }),
      );
    for (const hours of [0, -8, 6, -20, 23.9, -23.9]) expect(await at(hours)).toBe("aop.invalid-auth-token");
    for (const hours of [-24.1, 24.1, -8_760]) expect(await at(hours)).toBe("isv.invalid-timestamp");
  });
});
