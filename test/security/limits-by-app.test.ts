import { afterAll, beforeAll, expect, it } from "vitest";
import type { AlipaySdk } from "alipay-sdk";
import { officialSdk, type RunningKaimen, startKaimen } from "../support/kaimen.ts";

/** What one app uses up of its calls is no other's loss. */
let kaimen: RunningKaimen;
const otherApp = "2021000000000904";

beforeAll(async () => {
  kaimen = await startKaimen({
    env: { KAIMEN_METHOD_CALLS_PER_S: "2", KAIMEN_APP_CALLS_PER_S: "4", KAIMEN_BODY_LIMIT_MB: "1" },
  });
  const { sandbox } = kaimen;
  const reply = await fetch(new URL("/api/apps", sandbox.gateway_url), {
    method: "POST",
    headers: {
      authorization: `Basic ${btoa(`${sandbox.operator.login}:${sandbox.operator.password}`)}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ app_id: otherApp, public_key: sandbox.app_public_key }),
  });
  if (reply.status !== 201) throw new Error(`the app was not added: ${await reply.text()}`);
});
afterAll(() => kaimen.stop());

const methods = [
  "alipay.open.app.alipaycert.download",
  "zhima.data.feedbackurl.query",
  "alipay.open.auth.token.app.query",
];
const call = async (sdk: AlipaySdk, method: string): Promise<unknown> =>
  ((await sdk.exec(method, { bizContent: { alipay_cert_sn: "0" } })) as { subCode?: string }).subCode;
/** Many at once, of which so few a second are let through that some are refused however slow the machine. */
const many = (sdk: AlipaySdk, method: (index: number) => string): Promise<unknown[]> =>
  Promise.all(Array.from({ length: 40 }, (_, index) => call(sdk, method(index))));

it.each([
  ["of one method", () => methods[0] ?? "", "isv.method-call-limited"],
  ["of all methods", (index: number) => methods[index % methods.length] ?? "", "isv.app-call-limited"],
])("calls %s", async (_, method, expected) => {
  const [own, other] = [officialSdk(kaimen.sandbox), officialSdk(kaimen.sandbox, { appId: otherApp })];
  const busy = many(own, method);
  const calm = (async () => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return call(other, methods[0] ?? "");
  })();
  expect(await busy).toContain(expected);
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
