import rateLimit from "@fastify/rate-limit";
import { fastify, type FastifyInstance } from "fastify";
import { describe, expect, it } from "vitest";
import { type GuardParts, operatorsOnly, registerGuard } from "#kaimen/console/guard.ts";

async function guarded(): Promise<FastifyInstance> {
  const server = fastify();
  await server.register(rateLimit, { global: false });
  registerGuard(server, {} as GuardParts); // Nobody calls.
  return server;
}

describe("a route that has not declared who may call it", () => {
  it.each(["/api/x", "/api", "/api/:any", "/api/x/*"])("stops the start as %s", async (url) => {
    const server = await guarded();
    expect(() => server.get(url, async () => "")).toThrow(`${url} does not declare who may call it`);
  });

  it("stops the start for a method beside a declared one", async () => {
    const server = await guarded();
    server.get("/api/x", operatorsOnly(), async () => "");
    expect(() => server.delete("/api/x", async () => "")).toThrow("DELETE /api/x does not declare");
  });

  it("is let be outside the API", async () => {
    const server = await guarded();
    expect(() => server.get("/console/x", async () => "")).not.toThrow();
  });
});
