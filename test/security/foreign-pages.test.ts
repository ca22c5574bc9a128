import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBrowser } from "../support/browser.ts";
import { type RunningKaimen, startKaimen } from "../support/kaimen.ts";
import { askRaw, basic, bearer } from "../support/web-request.ts";

const browser = await startBrowser();
let kaimen: RunningKaimen;
let port: number;
let origin: string;
let operator: string;
beforeAll(async () => {
  kaimen = await startKaimen({ env: { KAIMEN_PUBLIC_URL: "https://kaimen.example" } });
  port = Number(/"port":(\d+)/.exec(kaimen.log())?.[1]);
  origin = `http://127.0.0.1:${port}`;
  operator = bearer(kaimen.sandbox.operator);
});
afterAll(async () => {
  await kaimen.stop();
  await browser?.close();
});

let merchants = 0;
/** A body that adds a merchant, and whether one was added. */
function newMerchant() {
  merchants += 1;
  const merchantId = `foreign-${merchants}`;
  const body = JSON.stringify({ merchantId, name: "x" });
  const form = new URLSearchParams({ merchantId, name: "x" }).toString();
  return {
    body,
    form,
    exists: async () =>
      (
        await askRaw(port, {
          method: "POST",
          path: "/api/merchants",
          headers: { Authorization: operator, "Content-Type": "application/json" },
          body,
        })
      ).status === 409,
  };
}

type Headers = Readonly<Record<string, string>>;
const json = { "Content-Type": "application/json" };
const own = (): string => origin;

describe("a change through the API, with an operator's token", () => {
  it.each<[string, () => Headers, number]>([
    ["by a program", () => json, 201],
    ["by a program that names a charset", () => ({ "Content-Type": "Application/JSON; charset=utf-8" }), 201],
    ["by a page of our own", () => ({ ...json, Origin: own(), "Sec-Fetch-Site": "same-origin" }), 201],
    [
      "by a page of our own behind a proxy",
      () => ({ ...json, Host: "inside", Origin: "https://kaimen.example", "Sec-Fetch-Site": "same-origin" }),
      201,
    ],
    ["by a page on another port", () => ({ ...json, "Sec-Fetch-Site": "same-site" }), 403],
    ["by a page of another site", () => ({ ...json, "Sec-Fetch-Site": "cross-site" }), 403],
    ["by a page that says two things", () => ({ ...json, "Sec-Fetch-Site": "same-origin, cross-site" }), 403],
    ["by a page that says nothing known", () => ({ ...json, "Sec-Fetch-Site": "" }), 403],
    ["by a browser that names another origin", () => ({ ...json, Origin: "http://evil.example" }), 403],
    [
      "by a browser that names our origin on another port",
      () => ({ ...json, Origin: `http://127.0.0.1:${port + 1}` }),
      403,
    ],
    [
      "by a browser that names our origin with something after it",
      () => ({ ...json, Origin: `${own()}.evil.example` }),
      403,
    ],
    ["by a page without an origin", () => ({ ...json, Origin: "null" }), 403],
    [
      "by a page of our name without TLS",
      () => ({ ...json, Host: "kaimen.example", Origin: "http://kaimen.example" }),
      403,
    ],
    ["as text", () => ({ "Content-Type": "text/plain" }), 415],
    ["as text that mentions JSON", () => ({ "Content-Type": "text/plain; application/json" }), 415],
    ["as JSON of another kind", () => ({ "Content-Type": "application/json-patch+json" }), 415],
    ["as a form", () => ({ "Content-Type": "application/x-www-form-urlencoded" }), 415],
    ["in parts", () => ({ "Content-Type": "multipart/form-data; boundary=x" }), 415],
    ["of no type", () => ({}), 415],
    ["of an empty type", () => ({ "Content-Type": "" }), 415],
  ])("%s", async (_, headers, status) => {
    const merchant = newMerchant();
    const answer = await askRaw(port, {
      method: "POST",
      path: "/api/merchants",
      headers: { Authorization: operator, ...headers() },
      body: merchant.body,
    });
    expect(answer.status).toBe(status);
    expect(await merchant.exists()).toBe(status === 201);
    if (status !== 201)
      expect(JSON.parse(answer.body.toString())).toMatchObject({
        status,
        detail: expect.any(String) as string,
        traceId: answer.headers.get("trace_id"),
      });
  });

  it("is fine without a body, whatever type that would have", async () => {
    for (const headers of [{}, json, { "Content-Type": "text/plain" }]) {
      for (const body of [undefined, ""]) {
        const answer = await askRaw(port, {
          method: "POST",
          path: "/api/ledger/verify",
          headers: { Authorization: operator, ...headers },
          ...(body === undefined ? {} : { body }),
        });
        expect(answer.status).toBe(200);
      }
    }
  });

  it("is logged with who made it, by which route and what came of it, and nothing of the body", async () => {
    const { body } = newMerchant();
    const made = await askRaw(port, {
      method: "POST",
      path: "/api/merchants",
      headers: { Authorization: operator, ...json },
      body,
    });
    const again = await askRaw(port, {
      method: "POST",
      path: "/api/merchants",
      headers: { Authorization: operator, ...json },
      body,
    });
    for (const [answer, status] of [
      [made, 201],
      [again, 409],
    ] as const) {
      const line = await kaimen.logLine(answer.headers.get("trace_id") ?? "none");
      expect(JSON.parse(line)).toEqual({
        level: 30,
        time: expect.any(String) as string,
        account: `operator ${kaimen.sandbox.operator.login}`,
        route: "/api/merchants",
        method: "POST",
        status,
        trace_id: answer.headers.get("trace_id"),
        msg: "a change by an account",
      });
    }
  });
});

describe("a read through the API", () => {
  it("is refused to foreign pages, and can be put into none", async () => {
    const read = async (headers: Headers) =>
      askRaw(port, { path: "/api/cards", headers: { Authorization: operator, ...headers } });
    expect((await read({ "Sec-Fetch-Site": "cross-site" })).status).toBe(403);
    expect((await read({ "Sec-Fetch-Site": "same-site" })).status).toBe(403);
    expect((await read({ Origin: "null" })).status).toBe(403);
    const { status, headers } = await read({ "Sec-Fetch-Site": "none" });
    expect(status).toBe(200);
    expect(Object.fromEntries(headers)).toMatchObject({
      "x-content-type-options": "nosniff",
      "cross-origin-resource-policy": "same-origin",
      "cache-control": "no-store",
    });
    expect(headers.has("access-control-allow-origin")).toBe(false);
  });

  it("never asks a browser for a password that it would keep", async () => {
    for (const headers of [
      {},
      { Authorization: basic({ login: "x", password: "y" }) },
      { Authorization: basic(kaimen.sandbox.operator) },
      { Authorization: bearer({ token: `kaimen_${"x".repeat(43)}` }) },
      { "Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate" },
    ]) {
      for (const path of ["/api/cards", "/api/templates", "/api/feedback/batches"]) {
        const answer = await askRaw(port, { path, headers });
        expect([answer.status, answer.headers.has("www-authenticate")]).toEqual([401, false]);
      }
    }
  });

  it("goes on for a merchant's program at an address that its app has signed", async () => {
    const key = `${kaimen.dataDirectory}/app.key`;
    await writeFile(key, kaimen.sandbox.app_private_key_pkcs8);
    const command = [
      "dist/cli/main.js",
      "feedback",
      "status",
      "--gateway",
      `${origin}/gateway.do`,
      "--app-id",
      kaimen.sandbox.app_id,
      "--key",
      key,
    ];
    expect(execFileSync(process.execPath, command, { encoding: "utf8" })).toContain("merged");
  });
});

describe("a form of a foreign page", () => {
  it.each([
    ["/oauth2/login", { "Sec-Fetch-Site": "cross-site" }],
    ["/oauth2/login", { "Sec-Fetch-Site": "same-site" }],
    ["/oauth2/login", { Origin: "null" }],
    ["/oauth2/mineLogin", { "Sec-Fetch-Site": "cross-site" }],
    ["/oauth2/merchantLogin", { "Sec-Fetch-Site": "cross-site" }],
    ["/oauth2/merchantMineLogin", { Origin: "http://evil.example" }],
  ])("signs nobody in at %s with %o", async (path, headers) => {
    const [user] = kaimen.sandbox.users;
    const [merchant] = kaimen.sandbox.merchants;
    const account = path.includes("erchant") ? merchant : user;
    const fields = {
      app_id: kaimen.sandbox.app_id,
      scope: "auth_zhima",
      redirect_uri: "http://127.0.0.1:9/",
      login: account?.login ?? "",
      password: account?.password ?? "",
    };
    const body = new URLSearchParams(fields).toString();
    const form = { "Content-Type": "application/x-www-form-urlencoded" };
    const answer = await askRaw(port, { method: "POST", path, headers: { ...form, ...headers }, body });
    expect([answer.status, answer.headers.has("set-cookie")]).toEqual([400, false]);
    const genuine = await askRaw(port, {
      method: "POST",
      path,
      headers: { ...form, Origin: origin, "Sec-Fetch-Site": "same-origin" },
      body,
    });
    expect([genuine.status, genuine.headers.has("set-cookie")]).toEqual([303, true]);
  });
});

describe.skipIf(browser === undefined)("in Chromium in which an operator has signed in", () => {
  let foreign: Server;
  let foreignOrigin: string;
  beforeAll(async () => {
    foreign = createServer((_, reply) =>
      reply.setHeader("content-type", "text/html").end("<!doctype html><title>foreign</title>"),
    );
    foreign.listen(0, "127.0.0.1");
    await once(foreign, "listening");
    foreignOrigin = `http://127.0.0.1:${(foreign.address() as AddressInfo).port}`; // Listening on a port.
  });
  afterAll(() => foreign.close());

  async function openForeign() {
    if (browser === undefined) throw new Error("skipped without a browser");
    const context = await browser.newContext();
    const { login, password } = kaimen.sandbox.operator;
    const signedIn = await context.request.post(`${origin}/api/session`, {
      data: { kind: "operator", login, password },
    });
    if (signedIn.status() !== 201) throw new Error(`nobody is signed in: ${await signedIn.text()}`);
    const page = await context.newPage();
    await page.goto(foreignOrigin);
    return { context, page };
  }

  it.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])(
    "a foreign page's form as %s changes nothing",
    async (enctype) => {
      const merchant = newMerchant();
      const { context, page } = await openForeign();
      const answered = page.waitForResponse((response) => response.url().includes("/api/merchants"));
      await page.evaluate(
        ([action, type, text]) => {
          interface Element {
            append(child: Element): void;
            submit(): void;
          }
          // The page's own globals, of which this program's compiler knows nothing.
          const { document } = globalThis as unknown as {
            document: { createElement(name: string): Element; body: Element };
          };
          const form = document.createElement("form");
          Object.assign(form, { action, method: "post", enctype: type });
          // Written as name=value, the form's text is JSON; of another type it is fields.
          const fields =
            type === "text/plain"
              ? { [`${text.slice(0, -1)},"pad":"`]: '"}' }
              : (JSON.parse(text) as Record<string, string>);
          for (const [name, value] of Object.entries(fields)) {
            const input = document.createElement("input");
            Object.assign(input, { name, value });
            form.append(input);
          }
          document.body.append(form);
          form.submit();
        },
        [`${origin}/api/merchants`, enctype, merchant.body] as const,
      );
      expect((await answered).status()).toBe(403);
      await context.close();
      expect(await merchant.exists()).toBe(false);
    },
  );

  it.each([
    ["without CORS, as text", { mode: "no-cors", headers: { "content-type": "text/plain" } }, "json"],
    [
      "without CORS, as a form",
      { mode: "no-cors", headers: { "content-type": "application/x-www-form-urlencoded" } },
      "form",
    ],
    // The browser asks first whether it may, and nobody answers that it may.
    ["with CORS, as JSON", { mode: "cors", headers: { "content-type": "application/json" } }, "json"],
  ] as const)("a foreign page's script %s changes nothing", async (_, init, written) => {
    const merchant = newMerchant();
    const { context, page } = await openForeign();
    const sent = page.waitForRequest(
      (request) => request.method() === "POST" && request.url().endsWith("/api/merchants"),
    );
    await page.evaluate(
      async ([url, body, options]) =>
        fetch(url, { method: "POST", credentials: "include", body, ...(options as RequestInit) }).then(
          () => undefined,
          () => undefined,
        ),
      [`${origin}/api/merchants`, written === "json" ? merchant.body : merchant.form, init] as const,
    );
    await sent;
    await context.close();
    expect(await merchant.exists()).toBe(false);
  });

  it("a foreign page reads nothing, by script or as a picture", async () => {
    const { context, page } = await openForeign();
    const statuses: number[] = [];
    page.on("response", (response) => response.url().includes("/api/cards") && statuses.push(response.status()));
    const read = await page.evaluate(async (url) => {
      const text = await fetch(url, { credentials: "include" }).then(
        async (reply) => reply.text(),
        () => "unreadable",
      );
      await fetch(url, { credentials: "include", mode: "no-cors" }).catch(() => undefined);
      return text;
    }, `${origin}/api/cards`);
    expect(read).toBe("unreadable");
    expect(statuses.filter((status) => status < 400)).toEqual([]);
    await context.close();
  });

  it("the same session opens the API to who types its address, so the refusals above are the page's", async () => {
    const { context, page } = await openForeign();
    expect((await page.goto(`${origin}/api/cards`))?.status()).toBe(200);
    await context.close();
  });

  it("a browser that is ready to give a password is never asked for it", async () => {
    const { login, password } = kaimen.sandbox.operator;
    const context = await browser?.newContext({ httpCredentials: { username: login, password, origin } });
    const page = await context?.newPage();
    expect((await page?.goto(`${origin}/api/cards`))?.status()).toBe(401);
    await context?.close();
  });
});
