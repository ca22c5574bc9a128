import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type KaimenOnPostgres, startKaimenOnPostgres } from "../support/kaimen-on-postgres.ts";
import { startPostgres } from "../support/postgres-cluster.ts";
import type { HttpAnswer } from "../support/raw-http.ts";
import { askRaw, bearer, type WebRequest } from "../support/web-request.ts";

const cluster = await startPostgres();

describe.skipIf(cluster === undefined)("a fault of ours", () => {
  let server: KaimenOnPostgres;
  let port: number;
  let operator: string;
  beforeAll(async () => {
    server = await startKaimenOnPostgres(cluster);
    port = Number(new URL(server.kaimen.sandbox.gateway_url).port);
    operator = bearer(server.kaimen.sandbox.operator);
  });
  afterAll(() => server.stop());

  const linesOf = (traceId: string) =>
    server.kaimen
      .log()
      .split("\n")
      .filter((line) => line.includes(traceId));
  /** The lines of a fault, as soon as there is one. */
  const faultLines = async (traceId: string): Promise<string[]> => {
    await server.kaimen.logLine(traceId);
    return linesOf(traceId).filter((line) => line.includes('"level":50'));
  };
  const faultsCounted = async (route: string): Promise<number> => {
    const metrics = (await askRaw(port, { path: "/metrics" })).body.toString();
    return Number(
      metrics
        .split("\n")
        .find((line) => line.startsWith(`kaimen_http_faults_total{route="${route}"}`))
        ?.split(" ")[1] ?? 0,
    );
  };
  const json = { "Content-Type": "application/json" };
  const form = { "Content-Type": "application/x-www-form-urlencoded" };
  const secret = "990000199003070013";

  /** The table is gone under the server while the request is made. */
  async function askWithout(table: string, request: WebRequest): Promise<HttpAnswer> {
    await server.database.query(`alter table ${table} rename to ${table}_gone`);
    try {
      return await askRaw(port, request);
    } finally {
      await server.database.query(`alter table ${table}_gone rename to ${table}`);
    }
  }

  it.each<[string, string, string, () => WebRequest]>([
    [
      "of a read by an operator",
      "template",
      "/api/templates",
      () => ({ path: `/api/templates?after=${secret}`, headers: { Authorization: operator } }),
    ],
    [
      "of a read by a merchant",
      "feedback_batch",
      "/api/feedback/batches/:batchId",
      () => ({
        path: `/api/feedback/batches/${secret}?merchantId=${server.kaimen.sandbox.merchant_id}`,
        headers: { Authorization: operator },
      }),
    ],
    [
      "of a change",
      "merchant",
      "/api/merchants",
      () => ({
        method: "POST",
        path: "/api/merchants",
        headers: { Authorization: operator, ...json },
        body: JSON.stringify({ merchantId: secret, name: secret }),
      }),
    ],
    ["in the guard", "api_token", "/api/cards", () => ({ path: "/api/cards", headers: { Authorization: operator } })],
    ["of a file", "template", "/templates/:file", () => ({ path: "/templates/loan-v1.xlsx" })],
  ])("%s is told by a fixed sentence with its trace id, logged once and counted", async (_, table, route, request) => {
    const before = await faultsCounted(route);
    const answer = await askWithout(table, request());
    const traceId = answer.headers.get("trace_id") ?? "";
    expect(traceId).toMatch(/^0b[0-9a-f]{28}$/);
    expect([answer.status, JSON.parse(answer.body.toString())]).toEqual([
      500,
      {
        type: "about:blank",
        status: 500,
        code: "fault",
        detail:
          "the server failed; it is no fault of the request. Try again later, and if it stays, look for the trace_id in the server's log",
        traceId,
      },
    ]);
    const faults = await faultLines(traceId);
    expect(faults).toHaveLength(1);
    expect(JSON.parse(faults[0] ?? "{}")).toMatchObject({
      route,
      method: request().method ?? "GET",
      trace_id: traceId,
      err: { code: "42P01" },
    });
    expect(linesOf(traceId).join()).not.toContain(secret);
    expect(await faultsCounted(route)).toBe(before + 1);
  });

  it("of a reply that has begun cuts it short, is logged once and counted", async () => {
    const { merchant_id: merchantId } = server.kaimen.sandbox;
    const day = new Date(Date.now() - 86_400_000 * 2).toISOString().slice(0, 10);
    const issued = await askRaw(port, {
      method: "POST",
      path: "/api/statements",
      headers: { Authorization: operator, ...json },
      body: JSON.stringify({ merchantId, day }),
    });
    const { url } = JSON.parse(issued.body.toString()) as { url: string };
    const answer = await askWithout("inquiry", { path: url.replace(/^https?:\/\/[^/]*/, "") });
    expect(await faultLines(answer.headers.get("trace_id") ?? "none")).toHaveLength(1);
    expect(await faultsCounted("/bills/:merchantId/:file")).toBe(1);
    expect(answer.body.toString()).not.toMatch(/relation/);
  });

  it.each<[string, string, string, () => WebRequest]>([
    [
      "of a page",
      "session",
      "/oauth2/mine.htm",
      () => ({ path: `/oauth2/mine.htm?x=${secret}`, headers: { Cookie: `kaimen_user=${secret}` } }),
    ],
    [
      "of a merchant's page",
      "session",
      "/oauth2/merchantMine.htm",
      () => ({ path: "/oauth2/merchantMine.htm", headers: { Cookie: `kaimen_merchant=${secret}` } }),
    ],
    [
      "of a sign-in",
      "account",
      "/oauth2/mineLogin",
      () => ({ method: "POST", path: "/oauth2/mineLogin", headers: form, body: `login=${secret}&password=${secret}` }),
    ],
  ])("%s is told by a page with its trace id, logged once and counted", async (_, table, route, request) => {
    const before = await faultsCounted(route);
    const answer = await askWithout(table, request());
    const traceId = answer.headers.get("trace_id") ?? "none";
    const page = answer.body.toString();
    expect([answer.status, answer.contentType]).toEqual([500, "text/html; charset=utf-8"]);
    expect(page).toContain(traceId);
    expect(page).not.toMatch(/relation|exist|select|sql|stack|\.js/i);
    const faults = await faultLines(traceId);
    expect(faults).toHaveLength(1);
    expect(linesOf(traceId).join()).not.toContain(secret);
    expect(await faultsCounted(route)).toBe(before + 1);
  });

  it.each<[string, number, WebRequest]>([
    ["an address that is none of the API", 404, { path: "/api/<script>alert(1)</script>" }],
    ["a method that is none of the address's", 404, { method: "DELETE", path: "/api/cards" }],
    ["an address that is no text", 400, { path: "/api/cards/%ED%A0%80" }],
    ["a part that is too long", 414, { path: `/api/cards/${"x".repeat(5_000)}` }],
    ["a body that is no JSON", 400, { method: "POST", path: "/api/merchants", headers: json, body: "<script>" }],
    [
      "a body that nests too deep",
      400,
      { method: "POST", path: "/api/merchants", headers: json, body: "[".repeat(40_000) },
    ],
    [
      "a body that nests too deep inside",
      400,
      { method: "POST", path: "/api/cards", headers: json, body: `{"a":${"[".repeat(1_000_000)}` },
    ],
    [
      "a body that is too large",
      413,
      { method: "POST", path: "/api/merchants", headers: json, body: `"${"x".repeat(70_000)}"` },
    ],
    [
      "a body of another type",
      415,
      { method: "POST", path: "/api/merchants", headers: { "Content-Type": "text/html" }, body: "<script>" },
    ],
    [
      "a field that could reach a prototype",
      400,
      { method: "POST", path: "/api/merchants", headers: json, body: '{"__proto__":{"x":1}}' },
    ],
  ])("%s is the caller's, and no fault: told in words, echoing nothing", async (_, status, request) => {
    const answer = await askRaw(port, { ...request, headers: { Authorization: operator, ...request.headers } });
    expect([answer.status, answer.contentType]).toEqual([status, "application/problem+json; charset=utf-8"]);
    expect(JSON.parse(answer.body.toString())).toEqual({
      type: "about:blank",
      status,
      code: expect.stringMatching(/^[a-z-]+$/) as string,
      detail: expect.stringMatching(/^[a-zA-Z_].{10,}$/) as string,
      traceId: answer.headers.get("trace_id"),
    });
    expect(answer.body.toString()).not.toMatch(/script|FST_|xxx|\[\[/);
    expect(linesOf(answer.headers.get("trace_id") ?? "none").filter((line) => line.includes('"level":50'))).toEqual([]);
  });

  it.each<[string, number, WebRequest]>([
    ["an unknown page", 404, { path: "/<script>alert(1)</script>?<script>" }],
    ["an address that is no text", 400, { path: "/oauth2/%ED%A0%80<script>" }],
    [
      "a form of another type",
      415,
      { method: "POST", path: "/oauth2/login", headers: json, body: '{"login":"<script>"}' },
    ],
    [
      "a form that is too large",
      413,
      { method: "POST", path: "/oauth2/login", headers: form, body: `login=${"x".repeat(70_000)}` },
    ],
  ])("%s gets a page that echoes nothing", async (_, status, request) => {
    const answer = await askRaw(port, request);
    expect([answer.status, answer.contentType]).toEqual([status, "text/html; charset=utf-8"]);
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(answer.body.toString()).not.toMatch(/<script|xxx/);
  });

  it("is told apart from another by its trace id, which every reply has", async () => {
    const paths = [
      "/",
      "/console/",
      "/oauth2/mine.htm",
      "/oauth2/authorise.css",
      "/api/cards",
      "/api/none",
      "/none",
      "/health/live",
      "/%zz",
    ];
    const ids = [];
    for (const path of paths) ids.push((await askRaw(port, { path })).headers.get("trace_id"));
    expect(ids.filter((id) => /^0b[0-9a-f]{28}$/.test(id ?? ""))).toHaveLength(paths.length);
    expect(new Set(ids).size).toBe(paths.length);
  });
});
