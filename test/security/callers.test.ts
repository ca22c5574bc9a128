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

const routes = (await listRoutes()).filter(({ url }) => url.startsWith("/api"));
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
      ...(route.method === "POST" ? { "content-type": "application/json", "content-length": bodyBytes } : {}),
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
    expect(routes.length).toBeGreaterThan(40);
    expect(routes.filter(({ method }) => method === "POST").length).toBeGreaterThan(15);
  });

  it.each(named)("is refused at %s before the body is read", async (_, route) => {
    expect((await askWithoutBody(route))).toBe(401);
  });

  it.each([
    ["a wrong password", () => `Basic ${btoa(`${kaimen.sandbox.operator.login}:wrong password`)}`],
    ["an unknown login", () => `Basic ${btoa("nobody:wrong password")}`],
    ["no password", () => `Basic ${btoa(kaimen.sandbox.operator.login)}`],
    ["another scheme", () => `Bearer ${kaimen.sandbox.operator.password}`],
    ["no base64", () => "Basic ::::"],
  ])("is refused with %s before the body is read", async (_, authorization) => {
    for (const [, route] of named.filter(([name]) =>
      /^(?:POST \/api\/apps|GET \/api\/feedback\/batches)$/.test(name),
    )) {
      expect((await askWithoutBody(route, authorization()))).toBe(401);
    }
  });
});
