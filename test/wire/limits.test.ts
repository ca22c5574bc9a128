import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { buffer, text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Instant, instantOf } from "#kaimen/clock.ts";
import { createRateLimit } from "#kaimen/gateway/call-limits.ts";
import { askScore } from "../support/integrator.ts";
import { officialSdk, type RunningKaimen, startKaimen } from "../support/kaimen.ts";

const score = "zhima.credit.score.get";
const subCodeOf = (reply: string): unknown => Object.values(JSON.parse(reply) as Record<string, { sub_code: string }>)[0]?.sub_code;

describe("of bodies", () => {
  let kaimen: RunningKaimen;
  let port: number;
  beforeAll(async () => {
    kaimen = await startKaimen({ env: { KAIMEN_BODY_TIMEOUT_MS: "1000" } });
    port = Number(new URL(kaimen.sandbox.gateway_url).port);
  });
  afterAll(() => kaimen.stop());

  it("a client that sends slowly is cut off", async () => {
    const started = performance.now();
    const socket = connect(port, "127.0.0.1", () => socket.write("POST /gateway.do HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\na"));
    const drip = setInterval(() => socket.write("a"), 100);
    await new Promise<void>((resolve) => {
      socket.on("error", () => undefined); // Cut off, what is written next fails.
      socket.on("close", () => resolve());
    });
    clearInterval(drip);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it.each([["announced", true], ["found out on the way", false]] as const)(
    "a client that reads only after it has sent all of a body too large gets the refusal: %s",
    async (_, announced) => {
      const limit = 53 * 1_048_576;
      const head = announced ? `Content-Length: ${limit}` : "Transfer-Encoding: chunked";
      const socket = connect(port, "127.0.0.1").pause();
      socket.write(`POST /gateway.do?method=${score} HTTP/1.1\r\nHost: x\r\n${head}\r\n\r\n`);
      const piece = Buffer.alloc(1_048_576);
      for (let sent = 0; sent < limit; sent += piece.length) {
        if (!announced) socket.write("100000\r\n");
        if (!socket.write(piece)) await once(socket, "drain");
        if (!announced) socket.write("\r\n");
      }
      if (!announced) socket.write("0\r\n\r\n");
      const reply = (await buffer(socket)).toString();
      expect(reply).toMatch(/^connection: close\r$/m);
      expect(subCodeOf(reply.slice(reply.indexOf("\r\n\r\n")))).toBe("isv.invalid-file-size");
    },
  );

  it("the answer to a call that follows is unharmed", async () => {
    expect(await askScore(officialSdk(kaimen.sandbox), "x")).toMatchObject({ subCode: "aop.invalid-auth-token" });
  });
});

describe("of calls a second", () => {
  it("from one address: 40005, while another address goes on", async () => {
    const kaimen = await startKaimen({ env: { KAIMEN_ADDRESS_CALLS_PER_S: "1" } });
    const askFrom = async (localAddress: string): Promise<unknown> => {
      const call = request(`${kaimen.sandbox.gateway_url}?method=${score}&app_id=${kaimen.sandbox.app_id}`, { localAddress, agent: false }).end();
      const [reply] = await once(call, "response") as [Parameters<typeof text>[0]];
      return subCodeOf(await text(reply));
    };
    const first = await Promise.all(["127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.2"].map(askFrom));
    expect(first.slice(0, 3)).toContain("isv.app-call-limited");
    expect(first[3]).toBe("isv.missing-signature");
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(await askFrom("127.0.0.1")).toBe("isv.missing-signature");
    await kaimen.stop();
  });

  const at = (ms: number): Instant => instantOf(ms * 1_000);

  it("allow so many at once and so many a second, each caller by itself", () => {
    let now = at(0);
    const limit = createRateLimit(2, { now: () => now });
    const asked = (key: string) => [limit.allows(key), limit.allows(key), limit.allows(key)];
    expect(asked("a")).toEqual([true, true, false]);
    expect(asked("b")).toEqual([true, true, false]);
    now = at(500);
    expect(asked("a")).toEqual([true, false, false]);
    now = at(60_000);
    expect(asked("a")).toEqual([true, true, false]);
    now = at(0);
    expect(limit.allows("a")).toBe(false);
  });

  it("of 0 are none", () => {
    const limit = createRateLimit(0, { now: () => at(0) });
    expect(Array.from({ length: 1_000 }, () => limit.allows("a")).every(Boolean)).toBe(true);
  });
});
