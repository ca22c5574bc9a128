import { afterAll, beforeAll, expect, it } from "vitest";
import { parsePrivateKey } from "#kaimen/keys/formats.ts";
import { signParameters } from "#kaimen/keys/signed-request.ts";
import { type RunningKaimen, startKaimen } from "../support/kaimen.ts";
import { askAsOperator } from "../support/operator.ts";

/** What one app uses up of its calls is no other's loss. */
let kaimen: RunningKaimen;
const otherApp = "2021000000000904";

beforeAll(async () => {
  kaimen = await startKaimen({
    env: { KAIMEN_METHOD_CALLS_PER_S: "2", KAIMEN_APP_CALLS_PER_S: "4", KAIMEN_BODY_LIMIT_MB: "1" },
  });
  const { sandbox } = kaimen;
  const body = { appId: otherApp, publicKey: sandbox.app_public_key };
  const { status, answer } = await askAsOperator(sandbox, "POST /api/apps", body);
  if (status !== 201) throw new Error(`the app was not added: ${JSON.stringify(answer)}`);
});
afterAll(() => kaimen.stop());

const methods = [
  "alipay.open.app.alipaycert.download",
  "zhima.data.feedbackurl.query",
  "alipay.open.auth.token.app.query",
];

/** Signed beforehand, so that many are there at once. */
async function call(appId: string, method: string): Promise<() => Promise<unknown>> {
  const parameters = {
    app_id: appId,
    method,
    charset: "utf-8",
    timestamp: "2026-11-22 12:00:00",
    version: "1.0",
    biz_content: '{"alipay_cert_sn":"0"}',
  };
  const body = await signParameters(parameters, {
    privateKey: parsePrivateKey(kaimen.sandbox.app_private_key_pkcs8),
    signType: "RSA2",
  });
  return async () => {
    const reply = (await (await fetch(kaimen.sandbox.gateway_url, { method: "POST", body })).json()) as Record<
      string,
      { sub_code?: string }
    >;
    return Object.values(reply)[0]?.sub_code;
  };
}

it.each([
  ["of one method", methods.slice(0, 1), "isv.method-call-limited"],
  ["of all methods", methods, "isv.app-call-limited"],
])("calls %s", async (_, asked, expected) => {
  const own = await Promise.all(asked.map((method) => call(kaimen.sandbox.app_id, method)));
  const other = await call(otherApp, methods[0] ?? "");
  const busy: Promise<unknown>[] = [];
  let calm: Promise<unknown> | undefined;
  for (let count = 0; count < 300; count += 1) {
    const next = own[count % own.length];
    if (next !== undefined) busy.push(next());
    if (count === 200) calm = other();
  }
  expect(await Promise.all(busy)).toContain(expected);
  expect(await calm).toBe("ALIPAY_CERT_NOT_EXIST");
  await new Promise((resolve) => setTimeout(resolve, 1_200));
});

it("the room that bodies take is given back, whatever became of them", async () => {
  const { gateway_url: gateway } = kaimen.sandbox;
  for (let time = 0; time < 12; time += 1) {
    const form = new FormData();
    form.set("a", new Blob(["x".repeat(900_000)]), "a.txt");
    const reply = await (
      await fetch(`${gateway}?method=zhima.credit.score.get`, {
        method: "POST",
        body: time % 2 === 0 ? form : new URLSearchParams({ a: "x".repeat(900_000) }),
      })
    ).text();
    expect(reply).toContain("isv.missing-app-id");
  }
});
