import { once } from "node:events";
import { type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningKaimen, startKaimen, userByLogin } from "../support/kaimen.ts";
import { askAsOperator } from "../support/operator.ts";

/** What a browser is told of a session, and what it has to bring, byte by byte: no browser's own care stands between. */
let kaimen: RunningKaimen;
let port = 0;

interface Page {
  readonly kind: "user" | "merchant";
  readonly path: string;
  readonly loginPath: string;
  readonly cookieName: string;
  /** The part of the site that the browser sends the cookie to, and how long a session lives. */
  readonly cookiePath: "/oauth2" | "/";
  readonly lifeS: number;
  /** The address's query and the form's fields, besides the form token. */
  readonly query: () => Record<string, string>;
  readonly act: () => Record<string, string>;
  readonly title: RegExp;
}

const back = "http://127.0.0.1:9/callback";
const pages: readonly Page[] = [
  {
    kind: "user",
    path: "/oauth2/publicAppAuthorize.htm",
    loginPath: "/oauth2/login",
    cookieName: "kaimen_user",
    cookiePath: "/oauth2",
    lifeS: 3_600,
    query: () => ({ app_id: kaimen.sandbox.app_id, scope: "auth_zhima,auth_user", redirect_uri: back }),
    act: () => ({ decision: "agree" }),
    title: /name="decision" value="agree"/,
  },
  {
    kind: "user",
    path: "/oauth2/mine.htm",
    loginPath: "/oauth2/mineLogin",
    cookieName: "kaimen_user",
    cookiePath: "/oauth2",
    lifeS: 3_600,
    query: () => ({}),
    act: () => ({ withdraw: "2021000000000002" }),
    title: /name="decision" value="other_account"/,
  },
  {
    kind: "merchant",
    path: "/oauth2/appToAppAuth.htm",
    loginPath: "/oauth2/merchantLogin",
    cookieName: "kaimen_merchant",
    cookiePath: "/",
    lifeS: 28_800,
    query: () => ({ app_id: kaimen.sandbox.app_id, redirect_uri: back }),
    act: () => ({ decision: "agree", "method.zhima.credit.score.get": "yes" }),
    title: /name="decision" value="agree"/,
  },
  {
    kind: "merchant",
    path: "/oauth2/merchantMine.htm",
    loginPath: "/oauth2/merchantMineLogin",
    cookieName: "kaimen_merchant",
    cookiePath: "/",
    lifeS: 28_800,
    query: () => ({}),
    act: () => ({ withdraw: "2021000000000002" }),
    title: /name="decision" value="other_account"/,
  },
];

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Each Set-Cookie line as it came. */
  readonly cookies: readonly string[];
  readonly body: string;
}

async function send(
  method: "GET" | "POST",
  path: string,
  options: { form?: string; cookie?: string; origin?: string } = {},
): Promise<Answer> {
  const { form, cookie, origin } = options;
  const headers = {
    ...(form === undefined
      ? {}
      : { "content-type": "application/x-www-form-urlencoded", "content-length": String(Buffer.byteLength(form)) }),
    ...(cookie === undefined ? {} : { cookie }),
    ...(origin === undefined ? {} : { origin }),
  };
  const sent = request({ host: "127.0.0.1", port, method, path, headers, agent: false }).end(form);
  const [reply] = (await once(sent, "response")) as [IncomingMessage];
  const cookies = reply.rawHeaders.flatMap((name, index) =>
    index % 2 === 0 && name.toLowerCase() === "set-cookie" ? [reply.rawHeaders[index + 1] ?? ""] : [],
  );
  return { status: reply.statusCode ?? 0, headers: reply.headers, cookies, body: await text(reply) };
}

const encode = (fields: Record<string, string>): string => new URLSearchParams(fields).toString();
const account = (kind: Page["kind"], login = "average"): { login: string; password: string } =>
  kind === "user" ? userByLogin(kaimen.sandbox, login) : (kaimen.sandbox.merchants[0] ?? { login: "", password: "" });
const signIn = (page: Page, password?: string, login?: string): Promise<Answer> => {
  const who = account(page.kind, login);
  return send("POST", page.loginPath, {
    form: encode({ ...page.query(), login: who.login, password: password ?? who.password }),
  });
};
const cookieOf = ({ cookies }: Answer): string => (cookies[0] ?? "").split(";")[0] ?? "";
const address = (page: Page): string => `${page.path}?${encode(page.query())}`;
const show = (page: Page, cookie: string): Promise<Answer> => send("GET", address(page), { cookie });
const tokenOn = ({ body }: Answer): string => /name="form_token" value="([^"]+)"/.exec(body)?.[1] ?? "";

/** Two sessions of each account, opened once: signing in is slow by design. */
const sessions = new Map<
  Page,
  { answer: Answer; cookie: string; token: string; other: { cookie: string; token: string } }
>();
const session = (page: Page) => sessions.get(page) as NonNullable<ReturnType<typeof sessions.get>>; // Opened before every test.

beforeAll(async () => {
  kaimen = await startKaimen();
  port = Number(new URL(kaimen.sandbox.gateway_url).port);
  for (const page of pages) {
    const [answer, second] = [await signIn(page), await signIn(page, undefined, "excellent")];
    const [cookie, otherCookie] = [cookieOf(answer), cookieOf(second)];
    const other = { cookie: otherCookie, token: tokenOn(await show(page, otherCookie)) };
    sessions.set(page, { answer, cookie, token: tokenOn(await show(page, cookie)), other });
  }
});
afterAll(() => kaimen.stop());

describe.each(pages)("on $path", (page) => {
  it("signing in sets one cookie, for its part of the site, its life, no script and no other site's form", () => {
    const { answer } = session(page);
    expect([answer.status, answer.cookies.length]).toEqual([303, 1]);
    const [pair = "", ...attributes] = (answer.cookies[0] ?? "").split("; ");
    expect(pair).toMatch(new RegExp(`^${page.cookieName}=[A-Za-z0-9_-]{43}$`));
    expect(attributes.toSorted()).toEqual([
      "HttpOnly",
      `Max-Age=${page.lifeS}`,
      `Path=${page.cookiePath}`,
      "SameSite=Lax",
    ]);
    expect(answer.headers.location).toBe(page.query()["app_id"] === undefined ? page.path : address(page));
  });

  it("each session has a secret and a form token of its own, of which neither tells the other", () => {
    const { cookie, token, other } = session(page);
    expect(cookie).not.toBe(other.cookie);
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(token).not.toBe(other.token);
    expect(cookie).not.toContain(token);
  });

  it("shows itself to the session, and to nobody with a cookie that is none", async () => {
    const { cookie } = session(page);
    expect((await show(page, cookie)).body).toMatch(page.title);
    const otherName = page.kind === "user" ? "kaimen_merchant" : "kaimen_user";
    const secret = cookie.split("=")[1] ?? "";
    for (const forged of [
      "",
      `${page.cookieName}=`,
      `${page.cookieName}=${"A".repeat(43)}`,
      `${page.cookieName}=${secret.slice(1)}`,
      `${otherName}=${secret}`,
    ]) {
      const answer = await show(page, forged);
      expect([answer.status, page.title.test(answer.body), answer.headers.location], forged).toEqual([
        200,
        false,
        undefined,
      ]);
      expect(answer.body).toContain('name="password"');
    }
  });

  const spoilt: readonly [what: string, form: (token: string, page: Page) => string, origin?: string][] = [
    ["no form token", (_, each) => encode({ ...each.query(), ...each.act() })],
    ["an empty form token", (_, each) => encode({ ...each.query(), ...each.act(), form_token: "" })],
    ["a made-up form token", (_, each) => encode({ ...each.query(), ...each.act(), form_token: "A".repeat(43) })],
    [
      "a form token but for its last character",
      (token, each) =>
        encode({
          ...each.query(),
          ...each.act(),
          form_token: `${token.slice(0, -1)}${token.endsWith("A") ? "E" : "A"}`,
        }),
    ],
    [
      "another session's form token",
      (_, each) => encode({ ...each.query(), ...each.act(), form_token: session(each).other.token }),
    ],
    [
      "the session's own secret for a form token",
      (_, each) => encode({ ...each.query(), ...each.act(), form_token: session(each).cookie.split("=")[1] ?? "" }),
    ],
    [
      "a foreign origin",
      (token, each) => encode({ ...each.query(), ...each.act(), form_token: token }),
      "https://elsewhere.example",
    ],
    [
      "an origin on another port",
      (token, each) => encode({ ...each.query(), ...each.act(), form_token: token }),
      "http://127.0.0.1:1",
    ],
    ["an origin that is null", (token, each) => encode({ ...each.query(), ...each.act(), form_token: token }), "null"],
  ];
  it.each(spoilt)("a form with %s is refused, whatever it asks for", async (_, form, origin) => {
    const { cookie, token } = session(page);
    const asked = form(token, page);
    const signOut = `${asked.replaceAll(/(?:^|&)(?:decision|withdraw)=[^&]*/g, "")}&decision=other_account`;
    const cancel = `${asked.replaceAll(/(?:^|&)(?:decision|withdraw)=[^&]*/g, "")}&decision=cancel`;
    for (const each of [asked, signOut, cancel]) {
      const answer = await send("POST", page.path, { form: each, cookie, ...(origin === undefined ? {} : { origin }) });
      expect([answer.status, answer.cookies, answer.headers.location]).toEqual([400, [], undefined]);
      expect(answer.body).toContain("suspected-attack");
    }
    expect((await show(page, cookie)).body).toMatch(page.title);
  });

  it("a form without the session's cookie does nothing, though its token is right", async () => {
    const { token } = session(page);
    const answer = await send("POST", page.path, {
      form: encode({ ...page.query(), ...page.act(), form_token: token }),
    });
    expect([answer.status, answer.headers.location]).toEqual([200, undefined]);
    expect(answer.body).toContain('name="password"');
  });

  it("a form that asks in an address does nothing", async () => {
    const { cookie, token } = session(page);
    const answer = await send("GET", `${page.path}?${encode({ ...page.query(), ...page.act(), form_token: token })}`, {
      cookie,
    });
    expect([answer.status, answer.headers.location]).toEqual([200, undefined]);
  });
});

describe("a form with the session's own token", () => {
  it.each(pages)("is taken on $path", async (page) => {
    const { cookie, token } = session(page);
    const cancelled = await send("POST", page.path, {
      form: encode({
        ...page.query(),
        form_token: token,
        ...(page.path.endsWith("ine.htm") ? { withdraw: "nobody's" } : { decision: "cancel" }),
      }),
      cookie,
      origin: `http://127.0.0.1:${port}`,
    });
    expect(cancelled.status).toBe(303);
    if (page.path.endsWith("ine.htm")) return expect(cancelled.headers.location).toBe(page.path);
    expect(Object.fromEntries(new URL(cancelled.headers.location ?? "").searchParams)).toEqual({
      app_id: kaimen.sandbox.app_id,
      error: "access_denied",
    });
  });

  it.each([pages[0], pages[2]])("brings nothing back that was planted in the address", async (each) => {
    const page = each as Page; // There are four.
    const { cookie, token } = session(page);
    const planted = encode({
      app_id: "planted",
      auth_code: "planted",
      app_auth_code: "planted",
      error: "planted",
      source: "planted",
      scope: "planted",
      state: "planted",
    });
    for (const decision of ["agree", "cancel"]) {
      const form = encode({
        ...page.query(),
        ...page.act(),
        redirect_uri: `${back}?${planted}&shop=1`,
        decision,
        form_token: token,
      });
      const { searchParams } = new URL(
        (await send("POST", page.path, { form, cookie })).headers.location ?? "about:blank",
      );
      const answers =
        page.kind === "user"
          ? ["app_id", "error", "state", "source", "scope", "auth_code"]
          : ["app_id", "error", "state", "source", "app_auth_code"];
      for (const name of answers) expect(searchParams.getAll(name), name).not.toContain("planted");
      expect(searchParams.get("shop")).toBe("1");
    }
  });
});

describe("a session", () => {
  // A page of each kind: wrong passwords are few here, since they are counted against the account and the address.
  it.each([pages[0], pages[2]])(
    "that signing in with a wrong password, another login or a foreign origin would open is none: $path",
    async (each) => {
      const page = each as Page; // There are four.
      const who = account(page.kind);
      const tries: [Promise<Answer>, number][] = [
        [signIn(page, `${who.password}x`), 401],
        [
          send("POST", page.loginPath, {
            form: encode({ ...page.query(), login: "nobody@sandbox.kaimen", password: who.password }),
          }),
          401,
        ],
        [
          send("POST", page.loginPath, {
            form: encode({ ...page.query(), login: who.login, password: who.password }),
            origin: "https://elsewhere.example",
          }),
          400,
        ],
      ];
      for (const [attempt, status] of tries) {
        const answer = await attempt;
        expect([answer.status, answer.cookies, answer.headers.location]).toEqual([status, [], undefined]);
      }
    },
  );

  it.each(pages)("that is signed out on $path is over, and its cookie is taken back", async (page) => {
    const { cookie, token } = session(page).other;
    const answer = await send("POST", page.path, {
      form: encode({ ...page.query(), decision: "other_account", form_token: token }),
      cookie,
    });
    expect(answer.status).toBe(303);
    expect(answer.cookies).toEqual([
      expect.stringMatching(
        new RegExp(`^${page.cookieName}=; (?=.*Path=${page.cookiePath}(?:;|$)).*Expires=Thu, 01 Jan 1970`),
      ),
    ]);
    expect((await show(page, cookie)).body).toContain('name="password"');
  });

  const advance = (advanceS: number): Promise<unknown> =>
    askAsOperator(kaimen.sandbox, "POST /api/sandbox/clock", { advanceS });
  const isOver = async (page: Page): Promise<boolean> =>
    (await show(page, session(page).cookie)).body.includes('name="password"');

  it("lives as long as it is said to, if it is used at least once an hour, and not when that is over", async () => {
    for (let hour = 0; hour < 9; hour += 1) {
      const usedForS = hour * 3_000;
      for (const page of pages)
        expect(await isOver(page), `${page.path} after ${usedForS}`).toBe(usedForS > page.lifeS - 60);
      await advance(3_000);
    }
    await advance(3_000);
    for (const page of pages) {
      expect(await isOver(page), page.path).toBe(true);
      const { cookie, token } = session(page);
      const late = await send("POST", page.path, {
        form: encode({ ...page.query(), ...page.act(), form_token: token }),
        cookie,
      });
      expect([late.status, late.headers.location], page.path).toEqual([200, undefined]);
    }
  });

  it.each(pages)("is over when nobody has used it for an hour: $path", async (page) => {
    const cookie = cookieOf(await signIn(page));
    // Who has agreed already is sent back at once.
    expect((await show(page, cookie)).body).not.toContain('name="password"');
    await advance(3_700);
    expect((await show(page, cookie)).body).toContain('name="password"');
  });
});
