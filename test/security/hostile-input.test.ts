import { readFileSync, readdirSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { bytesOf, hostileTexts, percentEncoded } from "../support/hostile-texts.ts";
import { type RunningKaimen, startKaimen } from "../support/kaimen.ts";
import { type ListedRoute, listRoutes, pathTo } from "../support/routes.ts";
import { askRaw, bearer, type WebRequest } from "../support/web-request.ts";

const routes = await listRoutes();
const takesBody = ({ method }: ListedRoute): boolean => ["POST", "PUT", "PATCH", "DELETE"].includes(method);
/** What a route of the API takes; for one that takes nothing, any name. */
const fieldsOf = ({ contract }: ListedRoute): string[] => {
  const body = contract?.body as { properties?: Record<string, unknown> } | undefined; // Of an object's schema.
  return [...Object.keys(body?.properties ?? {}), "x"];
};
const formFields = [...namesIn("src/consent/pages"), "scope", "method.zhima.credit.score.get"];
const headers = ["Accept-Language", "Authorization", "Content-Type", "Origin", "Sec-Fetch-Site"];
const cookies = ["kaimen_user", "kaimen_merchant", "kaimen_operator"];

/** Every name of a form's field that the pages' own source reads: whichever page takes it, at every one it is refused alike. */
function namesIn(folder: string): string[] {
  const names = new Set<string>();
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".ts"))) {
    const source = readFileSync(`${folder}/${file}`, "utf8");
    for (const [, name = ""] of source.matchAll(
      /(?:text|field|textOf\(request,|fieldOf\(request,|body\[|form\[|query\[)\(?\s?"([a-z_]+)"/g,
    ))
      names.add(name);
    for (const [, list = ""] of source.matchAll(/const \{([^}]*)\} = (?:request\.(?:body|query)|queryOf|form)/g)) {
      for (const [, name = ""] of list.matchAll(/([a-z_]+)(?=\s*[:,=]|\s*$)/g)) names.add(name);
    }
  }
  return [...names].sort();
}

const atOnce = 4;

/** Where a text may stand in a body but at its top. */
const nestings: readonly ((text: string) => unknown)[] = [
  (text) => ({ people: [{ credentialsNo: text }] }),
  (text) => ({ [text]: 1 }),
  (text) => text,
  (text) => [{ users: [{ [text]: "x" }] }],
  (text) => ({ card: { title: { zh: text } }, report: {} }),
  (text) => ({ report: { inWords: [text] } }),
];

describe("a hostile text", () => {
  let kaimen: RunningKaimen;
  let port: number;
  let operator: string;
  let logged = 0;
  beforeAll(async () => {
    kaimen = await startKaimen();
    port = Number(new URL(kaimen.sandbox.gateway_url).port);
    operator = bearer(kaimen.sandbox.operator);
  });
  afterAll(() => kaimen.stop());
  beforeEach(() => {
    logged = kaimen.log().length;
  });
  afterEach(() => {
    const faults = kaimen
      .log()
      .slice(logged)
      .split("\n")
      .filter((line) => /"level":[56]0/.test(line));
    if (faults.length > 0) throw new Error(`it failed inside: ${faults.join("\n")}`);
  });

  /** A request that the route would take, of a caller that it lets in. */
  function genuine(route: ListedRoute): Required<Pick<WebRequest, "method" | "headers">> & { query: string } {
    const { method, url, contract } = route;
    const type = url.startsWith("/api/") ? "application/json" : "application/x-www-form-urlencoded";
    const caller: Record<string, string> = contract === undefined ? {} : { Authorization: operator };
    const query = contract?.who.merchants === true ? `?merchantId=${kaimen.sandbox.merchant_id}` : "";
    return { method, query, headers: takesBody(route) ? { ...caller, "Content-Type": type } : caller };
  }

  async function expectRefused(request: WebRequest, what: string): Promise<void> {
    const { status, body } = await askRaw(port, request);
    expect(
      status,
      `${request.method} ${request.path.slice(0, 60)}: ${what}: ${body.toString().slice(0, 200)}`,
    ).toBeGreaterThanOrEqual(400);
    expect(status, what).toBeLessThan(500);
  }

  it("is looked for in as many places as there are", () => {
    expect(routes.length).toBeGreaterThan(80);
    expect([...new Set(routes.flatMap(fieldsOf))]).toEqual(
      expect.arrayContaining([
        "merchantId",
        "appId",
        "publicKey",
        "certificate",
        "encryptKey",
        "signingRequest",
        "login",
        "password",
        "credentialsNo",
        "day",
        "bizNo",
        "reason",
        "purpose",
        "approver",
        "people",
        "users",
        "template",
        "card",
        "report",
      ]),
    );
    expect(formFields).toEqual(
      expect.arrayContaining([
        "login",
        "password",
        "scope",
        "decision",
        "form_token",
        "withdraw",
        "auth_app_id",
        "redirect_uri",
        "state",
        "app_id",
      ]),
    );
  });

  it("is refused in a path's parameter by every route", async () => {
    for (const route of routes.filter(({ url }) => url.includes(":"))) {
      const { query, ...rest } = genuine(route);
      for (const { name, text } of hostileTexts) {
        const path = route.url.replaceAll(/:\w+/g, percentEncoded(text)) + query;
        await expectRefused({ ...rest, path, ...(takesBody(route) ? { body: "{}" } : {}) }, name);
      }
    }
  });

  it("is refused in the address's query by every route, as a value and as a name", async () => {
    for (const route of routes) {
      const { query, ...rest } = genuine(route);
      for (const { name, text } of hostileTexts) {
        const start = `${pathTo(route)}${query === "" ? "?" : `${query}&`}`;
        await expectRefused({ ...rest, path: `${start}limit=${percentEncoded(text)}` }, `${name} as a value`);
        await expectRefused({ ...rest, path: `${start}${percentEncoded(text)}=1` }, `${name} as a name`);
      }
    }
  });

  it("is refused in each header that is read, and in each cookie of ours", async () => {
    const page = routes.find(({ url, method }) => url === "/oauth2/mine.htm" && method === "GET");
    if (page === undefined) throw new Error("no page of the user's own");
    for (const { name, text } of hostileTexts) {
      const wire = bytesOf(text).toString("latin1");
      for (const header of headers)
        await expectRefused({ path: page.url, headers: { [header]: wire } }, `${name} in ${header}`);
      for (const cookie of cookies) {
        await expectRefused({ path: page.url, headers: { Cookie: `${cookie}=${wire}` } }, `${name} in ${cookie}`);
        await expectRefused(
          { path: page.url, headers: { Cookie: `${cookie}=${percentEncoded(text)}` } },
          `${name} in ${cookie}, encoded`,
        );
      }
      await expectRefused(
        { path: "/api/cards", headers: { Authorization: bearer({ token: wire }) } },
        `${name} as the token`,
      );
    }
  });

  it.each(
    routes
      .filter((route) => takesBody(route) && route.url.startsWith("/api/"))
      .map((route) => [route.method, route.url, route] as const),
  )("is refused in each field of %s %s", { timeout: 120_000 }, async (_method, _url, route) => {
    const { query, ...rest } = genuine(route);
    const path = pathTo(route) + query;
    const bodies: [string, string | Buffer][] = [];
    for (const { name, text } of hostileTexts) {
      for (const field of fieldsOf(route))
        bodies.push([`${name} as ${field}`, JSON.stringify({ ...plausible(route), [field]: text })]);
      for (const nesting of nestings) bodies.push([`${name} deeper inside`, JSON.stringify(nesting(text))]);
    }
    bodies.push([
      "half a surrogate pair as raw bytes",
      Buffer.concat([Buffer.from('{"merchantId":"'), bytesOf("a\ud800"), Buffer.from('"}')]),
    ]);
    for (let from = 0; from < bodies.length; from += atOnce) {
      await Promise.all(
        bodies.slice(from, from + atOnce).map(async ([what, body]) => expectRefused({ ...rest, path, body }, what)),
      );
    }
  });

  /** What a route could be content with otherwise, of the fields that it has. */
  function plausible(route: ListedRoute): Record<string, string> {
    const known: Record<string, string> = {
      merchantId: kaimen.sandbox.merchant_id,
      appId: kaimen.sandbox.app_id,
      name: "x",
      reason: "x",
      day: "2026-01-01",
      bizNo: "x",
    };
    return Object.fromEntries(Object.entries(known).filter(([name]) => fieldsOf(route).includes(name)));
  }

  it.each(
    routes
      .filter(({ method, url }) => method === "POST" && !url.startsWith("/api/"))
      .map((route) => [route.url, route] as const),
  )("is refused in each field of the form at %s", async (_, route) => {
    const { query, ...rest } = genuine(route);
    for (const { name, text } of hostileTexts) {
      for (const field of formFields)
        await expectRefused(
          { ...rest, path: pathTo(route) + query, body: `${field}=${percentEncoded(text)}` },
          `${name} as ${field}`,
        );
      await expectRefused(
        { ...rest, path: pathTo(route) + query, body: `${percentEncoded(text)}=1` },
        `${name} as a name`,
      );
      await expectRefused(
        { ...rest, path: pathTo(route) + query, body: Buffer.concat([Buffer.from("login="), bytesOf(text)]) },
        `${name} as raw bytes`,
      );
    }
  });

  it("is what was refused, and not its caller, who is let in still", async () => {
    const { status } = await askRaw(port, { path: "/api/session", headers: { Authorization: operator } });
    expect(status).toBe(200);
  });
});
