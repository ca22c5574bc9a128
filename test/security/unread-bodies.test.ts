import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningKaimen, startKaimen } from "../support/kaimen.ts";
import { askRaw, type WebRequest } from "../support/web-request.ts";

let kaimen: RunningKaimen;
let port: number;
beforeAll(async () => {
  kaimen = await startKaimen();
  port = Number(new URL(kaimen.sandbox.gateway_url).port);
});
afterAll(() => kaimen.stop());

/** Processor time of the server so far, in ticks of the kernel's clock, a hundred a second. */
function cpuTicks(): number {
  const [, , , , , , , , , , , user, system] = readFileSync(`/proc/${kaimen.process.pid}/stat`, "utf8")
    .replace(/\(.*\)/, "x")
    .split(" ");
  return Number(user) + Number(system);
}

const requests = 20;
const bodyBytes = 4_000_000;
/** What a parser takes for the worst of such bodies, on this machine, now; throwing one away is a copy of its bytes. */
const ticksForParsing = (() => {
  const before = process.cpuUsage();
  try {
    JSON.parse("[".repeat(bodyBytes));
  } catch {
    // It is no JSON; finding that out is what costs.
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 10_000;
})();

async function ticksOf(request: WebRequest, status: number): Promise<number> {
  const before = cpuTicks();
  for (let count = 0; count < requests; count += 1) expect((await askRaw(port, request)).status).toBe(status);
  return (cpuTicks() - before) / requests;
}

describe("a body of 4 MB", () => {
  it.each<[string, Buffer]>([
    ["brackets", Buffer.alloc(bodyBytes, "[")],
    ["braces", Buffer.alloc(bodyBytes, '{"a":')],
    ["quotation marks", Buffer.alloc(bodyBytes, '"')],
  ])("of %s costs a stranger's request no more than being thrown away", { timeout: 120_000 }, async (_, body) => {
    const request = { method: "POST", path: "/api/cards", headers: { "Content-Type": "application/json" } };
    const empty = await ticksOf(request, 401);
    const full = await ticksOf({ ...request, body }, 401);
    expect(full - empty).toBeLessThan(ticksForParsing / 4);
  });
});
