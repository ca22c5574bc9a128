import rateLimit from "@fastify/rate-limit";
import { fastify, type FastifyInstance } from "fastify";
import { Type } from "typebox";
import { describe, expect, it } from "vitest";
import { registerConsoleRoutes } from "#kaimen/console/register-routes.ts";
import { defineRoute } from "#kaimen/console/route.ts";
import type { Platform } from "#kaimen/platform.ts";

const route = defineRoute(
  {
    method: "GET",
    path: "/api/x",
    title: { en: "X", zh: "某" },
    who: { operators: "any" },
    reply: Type.Object({}),
  },
  async () => ({}),
);

async function guarded(): Promise<FastifyInstance> {
  const server = fastify();
  await server.register(rateLimit, { global: false });
  registerConsoleRoutes(server, [route], {} as Platform); // Nobody calls.
  return server;
}

describe("a route that has no contract, which says who may call it,", () => {
  it.each(["/api/y", "/api", "/api/:any", "/api/x/*"])("stops the start as %s", async (url) => {
    const server = await guarded();
    expect(() => server.get(url, async () => "")).toThrow(`${url} has no contract`);
  });

  it("stops the start for a method beside one that has", async () => {
    const server = await guarded();
    expect(() => server.delete("/api/x", async () => "")).toThrow("DELETE /api/x has no contract");
  });

  it("is let be outside the API", async () => {
    const server = await guarded();
    expect(() => server.get("/console/x", async () => "")).not.toThrow();
  });
});
