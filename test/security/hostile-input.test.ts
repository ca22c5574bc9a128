import { readFileSync, readdirSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { bytesOf, hostileTexts, percentEncoded } from "../support/hostile-texts.ts";
import { type RunningKaimen, startKaimen } from "../support/kaimen.ts";
import { type ListedRoute, listRoutes, pathTo } from "../support/routes.ts";
import { askRaw, basic, type WebRequest } from "../support/web-request.ts";

const routes = await listRoutes();
/** Every name of a field that the API's own source reads: whichever route takes it, at every one it is refused alike. */
const bodyFields = [...namesIn(["src/console", "src/sandbox", "src/scoring/card", "src/feedback"]), "people"].filter(
  (name) => name.length > 1,
);
const formFields = [...namesIn(["src/consent/pages"]), "scope", "method.zhima.credit.score.get"];
const headers = ["Accept-Language", "Authorization", "Content-Type", "Origin", "Sec-Fetch-Site"];
const cookies = ["kaimen_user", "kaimen_merchant"];

function namesIn(folders: readonly string[]): string[] {
  const names = new Set<string>();
  for (const folder of folders) {
    for (const file of readdirSync(folder).filter((name) => name.endsWith(".ts"))) {
      const source = readFileSync(`${folder}/${file}`, "utf8");
      for (const [, name = ""] of source.matchAll(
        /(?:text|field|textOf\(request,|fieldOf\(request,|body\[|form\[|query\[)\(?\s?"([a-z_]+)"/g,
      ))
        names.add(name);
      for (const [, list = ""] of source.matchAll(
        /const \{([^}]*)\} = (?:request\.(?:body|query)|objectOf|queryOf|form|each|wanted)/g,
      )) {
        for (const [, name = ""] of list.matchAll(/([a-z_]+)(?=\s*[:,=]|\s*$)/g)) names.add(name);
      }
    }
  }
  return [...names].sort();
}

/** Passwords are hashed one at a time; more would only wait. */
const atOnce = 4;

/** Where a text may stand in a body but at its top. */
const nestings: readonly ((text: string) => unknown)[] = [
  (text) => ({ people: [{ credentials_no: text }] }),
  (text) => ({ [text]: 1 }),
  (text) => text,
  (text) => [{ users: [{ [text]: "x" }] }],
  (text) => ({ card: { title: { zh: text } }, report: {} }),
  (text) => ({ report: { inWords: [text] } }),
];

function hostileAt(index: number): (typeof hostileTexts)[number] {
  return hostileTexts[index % hostileTexts.length] ?? hostileTexts[0];
}

describe("a hostile text", () => {
  let kaimen: RunningKaimen;
  let port: number;
  let operator: string;
  let logged = 0;
  beforeAll(async () => {
    kaimen = await startKaimen();
    port = Number(new URL(kaimen.sandbox.gateway_url).port);
    operator = basic(kaimen.sandbox.operator);
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
  function genuine({
    method,
    url,
    allowedCallers,
  }: ListedRoute): Required<Pick<WebRequest, "method" | "headers">> & { query: string } {
    const type = url.startsWith("/api/") ? "application/json" : "application/x-www-form-urlencoded";
    const caller: Record<string, string> = allowedCallers === undefined ? {} : { Authorization: operator };
    const query = allowedCallers === "merchants" ? `?merchant_id=${kaimen.sandbox.merchant_id}` : "";
    return { method, query, headers: method === "POST" ? { ...caller, "Content-Type": type } : caller };
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
    expect(routes.length).toBeGreaterThan(50);
    expect(bodyFields).toEqual(
      expect.arrayContaining([
        "merchant_id",
        "app_id",
        "public_key",
        "certificate",
        "encrypt_key",
        "signing_request",
        "login",
        "password",
        "credentials_no",
        "day",
        "biz_no",
        "reason",
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
        await expectRefused({ ...rest, path, ...(rest.method === "POST" ? { body: "{}" } : {}) }, name);
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
        { path: "/api/cards", headers: { Authorization: basic({ login: text, password: "x" }) } },
        `${name} as the login`,
      );
      await expectRefused(
        {
          path: "/api/cards",
          headers: { Authorization: basic({ login: kaimen.sandbox.operator.login, password: text }) },
        },
        `${name} as the password`,
      );
    }
  });

  it.each(
    routes
      .filter(({ method, url }) => method === "POST" && url.startsWith("/api/"))
      .map((route) => [route.url, route] as const),
  )("is refused in each field of %s", { timeout: 120_000 }, async (_, route) => {
    const { query, ...rest } = genuine(route);
    const path = pathTo(route) + query;
    // Each request costs a password's hash, so a field is tried with one of the texts, and each of them with some fields.
    const bodies: [string, string | Buffer][] = fieldsOf(route).map((field, index) => {
      const { name, text } = hostileAt(index);
      return [`${name} as ${field}`, JSON.stringify({ ...plausible(), [field]: text })];
    });
    const nested = bodies.length % nestings.length;
    const { name, text } = hostileAt(nested);
    bodies.push([`${name} deeper inside`, JSON.stringify(nestings[nested]?.(text))]);
    bodies.push([
      "half a surrogate pair as raw bytes",
      Buffer.concat([Buffer.from('{"merchant_id":"'), bytesOf("a\ud800"), Buffer.from('"}')]),
    ]);
    for (let from = 0; from < bodies.length; from += atOnce) {
      await Promise.all(
        bodies.slice(from, from + atOnce).map(async ([what, body]) => expectRefused({ ...rest, path, body }, what)),
      );
    }
  });

  /** What a route could be content with otherwise. */
  function plausible(): Record<string, string> {
    return {
      merchant_id: kaimen.sandbox.merchant_id,
      app_id: kaimen.sandbox.app_id,
      name: "x",
      reason: "x",
      day: "2026-01-01",
      biz_no: "x",
    };
  }

  /** The fields that its own file reads; all, where that cannot be told. */
  function fieldsOf({ url }: ListedRoute): readonly string[] {
    const own = readdirSync("src/console")
      .map((file) => readFileSync(`src/console/${file}`, "utf8"))
      .find((source) => source.includes(`"${url}"`));
    const named = own === undefined ? bodyFields : bodyFields.filter((field) => own.includes(field));
    return named.length === 0 ? bodyFields : named;
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
});
