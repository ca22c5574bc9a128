import { Readable } from "node:stream";
import { fastify } from "fastify";
import { describe, expect, it } from "vitest";
import { describeError, type Log } from "#kaimen/log.ts";
import { registerFaults } from "#kaimen/http/faults.ts";

/** A server with one route, what it has logged, and how often it has counted a fault. */
function serverOf(handler: () => unknown) {
  const logged: Record<string, unknown>[] = [];
  const counted: string[] = [];
  // All that is used of a log, with what it makes of an error.
  const log = {
    error: ({ err, ...line }: Record<string, unknown>) => logged.push({ ...line, err: describeError(err) }),
  } as unknown as Log;
  const server = fastify();
  registerFaults(server, { log, noteFault: (route) => counted.push(route) });
  server.get("/api/:id", (_, reply) => reply.send(handler()));
  return { server, logged, counted };
}

describe("a stream that fails after its head was sent", () => {
  it("cuts the connection, is logged once and counted", async () => {
    async function* lines() {
      yield "x".repeat(100_000);
      await new Promise((resolve) => setTimeout(resolve, 50));
      throw new Error("the rest is gone");
    }
    const { server, logged, counted } = serverOf(() => Readable.from(lines()));
    const address = await server.listen({ port: 0, host: "127.0.0.1" });
    const reply = await fetch(`${address}/api/1`);
    await expect(reply.text()).rejects.toThrow("terminated");
    await server.close();
    expect(logged).toMatchObject([{ route: "/api/:id", method: "GET", err: { message: "the rest is gone" } }]);
    expect(counted).toEqual(["/api/:id"]);
  });
});

describe("what is logged of a fault", () => {
  it.each<[string, () => never]>([
    ["a parser's message", () => JSON.parse('{"name":"990000199003070013') as never],
    ["the address that was none", () => new URL("990000199003070013") as never],
    [
      "an error's own fields",
      () => {
        throw Object.assign(new Error("failed"), { detail: "Key (no)=(990000199003070013)" });
      },
    ],
  ])("leaves out %s", async (_, fail) => {
    const { server, logged } = serverOf(fail);
    const reply = await server.inject("/api/990000199003070013?token=990000199003070013");
    expect(reply.statusCode).toBe(500);
    expect(logged).toHaveLength(1);
    expect(JSON.stringify([logged, reply.json()])).not.toContain("990000199003070013");
  });
});
