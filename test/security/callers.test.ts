import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningKaimen, startKaimen } from "../support/kaimen.ts";
import { type ListedRoute, listRoutes, pathTo } from "../support/routes.ts";

let kaimen: RunningKaimen;
let port: number;
beforeAll(async () => {
  kaimen = await startKaimen();
  port = Number(new URL(kaimen.sandbox.gateway_url).port);
});
afterAll(() => kaimen.stop());

const routes = (await listRoutes()).filter(({ contract }) => contract !== undefined && contract.who.anybody !== true);
const named = routes.map((route) => [`${route.method} ${route.url}`, route] as const);
const bodyBytes = 4_000_000;
const answerLimitMs = 10_000;

/** The status that comes for the head alone: the body that it announces never comes. */
async function askWithoutBody(route: ListedRoute, authorization?: string): Promise<number | undefined> {
  const asked = request({
    host: "127.0.0.1",
    port,
    method: route.method,
    path: pathTo(route),
    headers: {
      ...(["POST", "PUT", "PATCH"].includes(route.method)
        ? { "content-type": "application/json", "content-length": bodyBytes }
        : {}),
      ...(authorization === undefined ? {} : { authorization }),
    },
    timeout: answerLimitMs,
  });
  asked.flushHeaders();
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  asked.on("error", () => undefined).destroy();
  return answer.statusCode;
}

describe("a stranger", () => {
  it("is tried at every route of the API", () => {
    expect(routes.length).toBeGreaterThan(80);
    expect(routes.filter(({ method }) => ["POST", "PUT", "PATCH"].includes(method)).length).toBeGreaterThan(30);
  });

  it.each(named)("is refused at %s before the body is read", async (_, route) => {
    expect(await askWithoutBody(route)).toBe(401);
  });

  it.each([
    ["a token that there is not", () => `Bearer kaimen_${"x".repeat(43)}`],
    ["a password in place of a token", () => `Bearer ${kaimen.sandbox.operator.password}`],
    ["a token that is none", () => "Bearer ::::"],
    ["a token without a scheme", () => kaimen.sandbox.operator.token],
    ["another scheme", () => `Basic ${btoa(`${kaimen.sandbox.operator.login}:${kaimen.sandbox.operator.password}`)}`],
  ])("is refused with %s before the body is read", async (_, authorization) => {
    for (const [, route] of named.filter(([name]) =>
      /^(?:POST \/api\/apps|GET \/api\/feedback\/batches)$/.test(name),
    )) {
      expect(await askWithoutBody(route, authorization())).toBe(401);
    }
  });
});
