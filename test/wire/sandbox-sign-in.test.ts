import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { methods } from "#kaimen/methods/index.ts";
import { askInSession } from "../support/accounts.ts";
import { type RunningKaimen, startKaimen } from "../support/kaimen.ts";
import { addApp, askAsOperator, callAs, rsaKeys } from "../support/operator.ts";

let kaimen: RunningKaimen;
beforeAll(async () => {
  kaimen = await startKaimen();
}, 120_000);
afterAll(() => kaimen.stop());

describe("the address in the sandbox's banner", () => {
  const codeIn = (url: string): string => new URL(url).hash.replace("#sign-in=", "");
  const use = (code: string) =>
    askInSession(kaimen.sandbox.gateway_url, undefined, "POST /api/sandbox/sign-in", { code });

  it("is printed, and signs in as the operator, once", async () => {
    const url = kaimen.sandbox.console_sign_in_url;
    expect(kaimen.output()).toContain(url);
    const { status, headers } = await use(codeIn(url));
    expect(status).toBe(201);
    const cookie = headers.getSetCookie().find((each) => each.startsWith("kaimen_operator="));
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict/);
    const me = await askInSession(kaimen.sandbox.gateway_url, cookie?.split(";")[0], "GET /api/session");
    expect(me.answer).toMatchObject({ kind: "operator", login: kaimen.sandbox.operator.login });
    const again = await use(codeIn(url));
    expect([again.status, again.answer["code"]]).toEqual([401, "wrong-credentials"]);
  });

  it("ends when a new one is made", async () => {
    const make = async (): Promise<string> =>
      codeIn(String((await askAsOperator(kaimen.sandbox, "POST /api/sandbox/sign-in-links")).answer["url"]));
    const [first, second] = [await make(), await make()];
    expect((await use(first)).status).toBe(401);
    expect((await use("x".repeat(43))).status).toBe(401);
    expect((await use(second)).status).toBe(201);
  });
});

it("the material for forms has keys and tokens, and neither a password nor the operator's token", async () => {
  const { status, answer } = await askAsOperator(kaimen.sandbox, "GET /api/sandbox/material");
  expect(status).toBe(200);
  expect(answer).toMatchObject({ appId: kaimen.sandbox.app_id, encryptKey: kaimen.sandbox.encrypt_key });
  const text = JSON.stringify(answer);
  const [user] = kaimen.sandbox.users;
  expect(text).toContain(user?.access_token);
  for (const secret of [user?.password, kaimen.sandbox.operator.token, kaimen.sandbox.operator.password])
    expect(text).not.toContain(secret);
});

it("the methods' specs are told with every field and sub_code", async () => {
  const { answer } = await askAsOperator(kaimen.sandbox, "GET /api/methods");
  const told = answer["methods"] as { name: string; request: { name: string }[]; errors: { subCode: string }[] }[];
  expect(told.map(({ name }) => name)).toEqual([...methods.keys()]);
  for (const { name, request, errors } of told) {
    const spec = methods.get(name)?.spec;
    expect(request.map((each) => each.name)).toEqual(Object.keys(spec?.request ?? {}));
    expect(errors.map((each) => each.subCode)).toEqual(Object.keys(spec?.errors ?? {}));
  }
});

it("an app that changes keys uses the old one until a call is signed by the next", async () => {
  const appId = "2021000000000933";
  const app = await addApp(kaimen.sandbox, appId);
  const next = rsaKeys();
  await askAsOperator(kaimen.sandbox, `PUT /api/apps/${appId}/key`, { nextPublicKey: next.publicKey });
  const uses = async () => {
    const route = `GET /api/key-uses?merchantId=${kaimen.sandbox.merchant_id}&limit=200`;
    const { answer } = await askAsOperator(kaimen.sandbox, route);
    return (answer["apps"] as { appId: string }[]).find((each) => each.appId === appId);
  };
  expect(await uses()).toMatchObject({ current: { lastUsedAt: null }, next: { lastUsedAt: null } });
  await callAs(kaimen.sandbox, app, "zhima.credit.score.get", {});
  expect(await uses()).toMatchObject({ current: { lastUsedAt: expect.any(String) }, stillUsesOldKey: true });
  await callAs(kaimen.sandbox, { appId, privateKey: next.privateKey }, "zhima.credit.score.get", {});
  expect(await uses()).toMatchObject({ next: { lastUsedAt: expect.any(String) }, stillUsesOldKey: false });
});

it("the overview counts calls, and names the jobs and the clock", async () => {
  const { status, answer } = await askAsOperator(kaimen.sandbox, "GET /api/overview");
  expect(status, JSON.stringify(answer)).toBe(200);
  expect(answer).toMatchObject({
    mode: "sandbox",
    database: "DATABASE_URL" in kaimen.environment ? "postgresql" : "embedded",
    scoring: { marksWaiting: 0 },
  });
  const calls = answer["calls"] as { ofLastDay: number; refusedOfLastDay: number };
  expect(calls.ofLastDay).toBeGreaterThan(0);
  expect(answer["jobs"]).toContainEqual(expect.objectContaining({ isOverdue: false }));
});
