import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningKaimen, startKaimen, userByLogin } from "../support/kaimen.ts";

/** What is an operator's is nobody else's, whoever asks and however. */
let kaimen: RunningKaimen;
beforeAll(async () => {
  kaimen = await startKaimen();
});
afterAll(() => kaimen.stop());

const routes: readonly [method: "GET" | "POST", path: string][] = [
  ["POST", "/api/apps"],
  ["POST", "/api/apps/settings"],
  ["POST", "/api/apps/key"],
  ["POST", "/api/gateway-keys"],
  ["POST", "/api/certificates"],
  ["POST", "/api/merchants"],
  ["POST", "/api/merchants/logins"],
  ["POST", "/api/merchants/suspension"],
  ["POST", "/api/users"],
  ["POST", "/api/arrangements"],
  ["POST", "/api/statements"],
  ["POST", "/api/ledger/adjustments"],
  ["POST", "/api/ledger/verify"],
  ["GET", "/api/cards"],
  ["GET", "/api/cards/0000"],
  ["POST", "/api/cards"],
  ["POST", "/api/cards/features"],
  ["POST", "/api/cards/0000/state"],
  ["GET", "/api/cards/swap-set"],
  ["GET", "/api/cards/compare"],
  ["GET", "/api/cards/drift-reports"],
  ["GET", "/api/cards/drift"],
  ["GET", "/api/scores/replay/ZM0"],
  ["POST", "/api/scores"],
  ["POST", "/api/scores/explain"],
  ["GET", "/api/scores/holds"],
  ["POST", "/api/scores/hold"],
  ["POST", "/api/scores/release"],
  ["GET", "/api/templates"],
  ["POST", "/api/templates"],
  ["POST", "/api/templates/assign"],
  ["GET", "/api/feedback/batches"],
  ["GET", "/api/feedback/batches?merchant_id=2088000000000018"],
  ["GET", "/api/feedback/batches/0?merchant_id=2088000000000018"],
  ["GET", "/api/feedback/batches/0/errors?merchant_id=2088000000000018"],
  ["POST", "/api/sandbox/users"],
  ["POST", "/api/sandbox/clock"],
];

async function status(method: "GET" | "POST", path: string, authorization?: string): Promise<number> {
  const reply = await fetch(new URL(path, kaimen.sandbox.gateway_url), {
    method,
    headers: {
      ...(method === "POST" ? { "content-type": "application/json" } : {}),
      ...(authorization === undefined ? {} : { authorization }),
    },
    ...(method === "POST" ? { body: "{}" } : {}),
  });
  await reply.arrayBuffer();
  return reply.status;
}
const basic = (login: string, password: string): string => `Basic ${btoa(`${login}:${password}`)}`;

describe.each(routes)("%s %s", (method, path) => {
  it("is told to nobody who does not say who they are", async () => {
    expect(await status(method, path)).toBe(401);
    for (const authorization of [
      "Basic",
      "Basic ",
      "Basic Og==",
      `Bearer ${kaimen.sandbox.operator.password}`,
      kaimen.sandbox.operator.password,
    ]) {
      expect(await status(method, path, authorization), authorization).toBe(401);
    }
  });
});

/** A password costs its hash each time, so these few stand for all: behind them is one check. */
it.each([
  ["a wrong password", () => basic(kaimen.sandbox.operator.login, "wrong password")],
  [
    "a user's login",
    () => basic(userByLogin(kaimen.sandbox, "average").login, userByLogin(kaimen.sandbox, "average").password),
  ],
  [
    "a merchant's login",
    () => basic(kaimen.sandbox.merchants[0]?.login ?? "", kaimen.sandbox.merchants[0]?.password ?? ""),
  ],
])("%s is no operator's", async (_, authorization) => {
  expect(await status("GET", "/api/templates", authorization())).toBe(401);
});

it("the operator's own is", async () => {
  const { login, password } = kaimen.sandbox.operator;
  expect(await status("GET", "/api/templates", basic(login, password))).toBe(200);
});

it.each([0, 0.5, 1e12, -1e12, "40", null])("a correction of %j fen is none", async (amount) => {
  const { login, password } = kaimen.sandbox.operator;
  const reply = await fetch(new URL("/api/ledger/adjustments", kaimen.sandbox.gateway_url), {
    method: "POST",
    headers: { authorization: basic(login, password), "content-type": "application/json" },
    body: JSON.stringify({ biz_no: "ZM0", amount_fen: amount, reason: "test" }),
  });
  expect([reply.status, ((await reply.json()) as { error: string }).error]).toEqual([
    400,
    expect.stringContaining("amount_fen"),
  ]);
});
