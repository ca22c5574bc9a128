import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { consoleRoutes } from "#kaimen/console/routes/index.ts";
import { type RunningKaimen, startKaimen, userByLogin } from "../support/kaimen.ts";
import { askAsOperator } from "../support/operator.ts";

/** What is an operator's is nobody else's, whoever asks and however. Which role may what stands in who-may-call.test.ts. */
let kaimen: RunningKaimen;
beforeAll(async () => {
  kaimen = await startKaimen();
});
afterAll(() => kaimen.stop());

const routes = consoleRoutes
  .map(({ spec }) => spec)
  .filter(({ who }) => who.anybody !== true)
  .map(({ method, path }) => [method, path.replaceAll(/:\w+/g, "x")] as const);

async function status(method: string, path: string, headers: Record<string, string>): Promise<number> {
  const hasBody = method !== "GET";
  const reply = await fetch(new URL(path, kaimen.sandbox.gateway_url), {
    method,
    headers: { ...headers, ...(hasBody ? { "content-type": "application/json" } : {}) },
    ...(hasBody ? { body: "{}" } : {}),
  });
  await reply.arrayBuffer();
  return reply.status;
}
const basic = ({ login, password }: { login: string; password: string }): string =>
  `Basic ${btoa(`${login}:${password}`)}`;

it("there are many such routes", () => {
  expect(routes.length).toBeGreaterThan(60);
});

describe.each(routes)("%s %s", (method, path) => {
  it("is told to nobody who does not say who they are", async () => {
    const { operator } = kaimen.sandbox;
    expect(await status(method, path, {})).toBe(401);
    for (const authorization of [
      // A password is for signing in.
      basic(operator),
      `Bearer ${operator.password}`,
      operator.token,
      `Bearer ${operator.token.slice(0, -1)}`,
      `Bearer ${"kaimen_".padEnd(operator.token.length, "a")}`,
    ]) {
      expect(await status(method, path, { authorization }), authorization).toBe(401);
    }
  });
});

it.each([
  ["a user's token for a score", () => userByLogin(kaimen.sandbox, "average").access_token],
  ["a session's secret that is none", () => "x".repeat(43)],
])("%s is no operator's", async (_, secret) => {
  expect(await status("GET", "/api/templates", { authorization: `Bearer ${secret()}` })).toBe(401);
  for (const name of ["kaimen_operator", "kaimen_merchant", "kaimen_user"])
    expect(await status("GET", "/api/templates", { cookie: `${name}=${secret()}` })).toBe(401);
});

it("the operator's own is", async () => {
  const { token } = kaimen.sandbox.operator;
  expect(await status("GET", "/api/templates", { authorization: `Bearer ${token}` })).toBe(200);
});

it.each([0, 0.5, 1e12, -1e12, "40", null])("a correction of %j fen is none", async (amountFen) => {
  const { merchant_id: merchantId } = kaimen.sandbox;
  const body = { merchantId, bizNo: "ZM0", amountFen, reason: "test" };
  expect(await askAsOperator(kaimen.sandbox, "POST /api/ledger/adjustments", body)).toMatchObject({
    status: 400,
    answer: { detail: expect.stringContaining("amountFen") },
  });
});
