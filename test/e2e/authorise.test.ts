import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { exportKey } from "#kaimen/keys/formats.ts";
import { generateRsaKeys } from "#kaimen/keys/rsa.ts";
import { startBrowser } from "../support/browser.ts";
import { askScore } from "../support/integrator.ts";
import { officialSdk, type RunningKaimen, startKaimen, userByLogin } from "../support/kaimen.ts";
import { askAsOperator } from "../support/operator.ts";

const browser = await startBrowser();
const waitLimitMs = 15_000;

const chinese = {
  locale: "zh-CN",
  words: {
    login: "账号",
    password: "密码",
    signIn: "登录",
    wrong: "账号或密码不正确，请重新输入。",
    agree: "同意授权",
    cancel: "取消",
    other: "使用其他账号",
  },
  titles: { signIn: "登录后继续授权", consent: "授权确认", error: "无法完成授权" },
  consent: [
    "申请获得以下授权",
    "查询您的信用评分（350至950分）",
    "接收方：开门示例商户",
    "用途：信用评估",
    "有效期：365天",
  ],
};
const english: typeof chinese = {
  locale: "en-GB",
  words: {
    login: "Login",
    password: "Password",
    signIn: "Sign in",
    wrong: "The login or the password is wrong. Please try again.",
    agree: "Agree",
    cancel: "Cancel",
    other: "Use another account",
  },
  titles: { signIn: "Sign in to continue", consent: "Authorise", error: "This cannot be authorised" },
  consent: [
    "asks for your permission to",
    "ask for your credit score (350 to 950)",
    "Given to: 开门示例商户",
    "Purpose: credit assessment",
    "Lasts 365 days",
  ],
};

describe.skipIf(browser === undefined)("on the authorise page a person with a browser", () => {
  let kaimen: RunningKaimen;
  let keys: { publicKey: string; privateKey: string };
  /** Where the app of a merchant waits for its users; what arrives is kept as it came. */
  let merchantSite: Server;
  let merchantOrigin = "";
  const arrivals: URL[] = [];
  /** What no page may ever do. */
  const misdeeds: string[] = [];
  /** What the browser says of refusals that are meant, and of a hand quicker than the page's own focus. */
  const harmlessMessages = [
    /^Failed to load resource: the server responded with a status of 40[01]/,
    /^Autofocus processing was blocked because a document already has a focused element/,
  ];
  let appsAdded = 0;

  beforeAll(async () => {
    merchantSite = createServer((request, reply) => {
      const arrival = new URL(request.url ?? "", merchantOrigin);
      if (arrival.pathname.startsWith("/callback")) arrivals.push(arrival);
      reply.setHeader("content-type", "text/html; charset=utf-8");
      reply.end("<!doctype html><title>back</title><link rel=icon href=data:,>");
    }).listen(0, "127.0.0.1");
    await once(merchantSite, "listening");
    merchantOrigin = `http://127.0.0.1:${(merchantSite.address() as AddressInfo).port}`; // It listens on TCP.
    kaimen = await startKaimen();
    const pair = await generateRsaKeys();
    keys = { publicKey: exportKey(pair.publicKey, "spki"), privateKey: exportKey(pair.privateKey, "pkcs8") };
  });
  afterAll(async () => {
    await browser?.close();
    merchantSite.closeAllConnections();
    merchantSite.close();
    await kaimen.stop();
  });
  afterEach(async () => {
    await Promise.all((browser?.contexts() ?? []).map((context) => context.close()));
    arrivals.length = 0;
    const seen = misdeeds.splice(0);
    if (seen.length > 0) throw new Error(`the pages misbehaved: ${seen.join("; ")}`);
  });

  // A minute allows sixty sign-ins from one address; the tests below make fewer.

  /** An app of its own for each test, so that no consent given in another one counts. */
  async function addApp(fields: { name?: string; redirectUris?: string[] } = {}): Promise<string> {
    appsAdded += 1;
    const appId = `20210000000010${String(appsAdded).padStart(2, "0")}`;
    const { status, answer } = await askAsOperator(kaimen.sandbox, "POST /api/apps", {
      appId,
      publicKey: keys.publicKey,
      name: "小河分期",
      redirectUris: [`${merchantOrigin}/callback`],
      ...fields,
    });
    expect(status, JSON.stringify(answer)).toBe(201);
    return appId;
  }

  function authoriseUrl(fields: Record<string, string | undefined>): string {
    const asked = { app_id: undefined, scope: "auth_zhima", redirect_uri: `${merchantOrigin}/callback`, ...fields };
    const given = Object.entries(asked).filter((field): field is [string, string] => field[1] !== undefined);
    return `${kaimen.sandbox.authorize_url}?${new URLSearchParams(given).toString()}`;
  }

  /** A browser of a new person, with no cookies. Watches what its pages do. */
  async function newVisitor(options: BrowserContextOptions = {}): Promise<Page> {
    if (browser === undefined) throw new Error("no browser");
    const context = await browser.newContext({
      locale: english.locale,
      viewport: { width: 1_280, height: 800 },
      ...options,
    });
    const own = new Set([
      new URL(kaimen.sandbox.authorize_url).origin,
      merchantOrigin,
      merchantOrigin.replace("127.0.0.1", "localhost"),
    ]);
    context.on("request", (request) => {
      if (!own.has(new URL(request.url()).origin) && request.url() !== "data:,")
        misdeeds.push(`asked for ${request.url()}`);
    });
    context.on("dialog", (dialog) => {
      misdeeds.push(`opened a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    context.on("console", (message) => {
      if (!harmlessMessages.some((harmless) => harmless.test(message.text()))) misdeeds.push(message.text());
    });
    context.on("weberror", (error) => misdeeds.push(String(error.error())));
    context.setDefaultTimeout(waitLimitMs);
    return context.newPage();
  }

  /** Resolves when the next page is shown: the consent page or, with a password of one's own, the refusal. */
  async function signIn(page: Page, { words, titles } = english, password?: string): Promise<void> {
    const user = userByLogin(kaimen.sandbox, "average");
    await page.getByLabel(words.login).fill(user.login);
    await page.getByLabel(words.password).fill(password ?? user.password);
    await page.getByRole("button", { name: words.signIn }).click();
    if (password === undefined) await shows(page, titles.consent);
    else await page.getByRole("alert").waitFor();
  }

  async function press(page: Page, name: string): Promise<void> {
    await page.getByRole("button", { name, exact: true }).click();
  }

  /** The address the merchant's site was asked for, once the browser is there. */
  async function arrivalOf(page: Page): Promise<URL> {
    await page.waitForURL(`${merchantOrigin}/callback*`);
    const last = arrivals.at(-1);
    if (last === undefined) throw new Error("nobody arrived");
    return last;
  }

  async function shows(page: Page, title: string): Promise<void> {
    await page.getByRole("heading", { level: 1, name: title, exact: true }).waitFor();
  }

  it.each([
    ["Chinese", chinese],
    ["English", english],
  ])(
    "signs in, reads what is asked and agrees, in %s; the app gets a code that buys the score, and asks no second time",
    async (_, language) => {
      const appId = await addApp();
      const user = userByLogin(kaimen.sandbox, "average");
      const page = await newVisitor({ locale: language.locale });
      const address = authoriseUrl({ app_id: appId, state: "s-1" });
      await page.goto(address);
      await shows(page, language.titles.signIn);
      expect(await page.locator("html").getAttribute("lang")).toBe(language === chinese ? "zh-CN" : "en");

      await signIn(page, language, "not the password");
      expect(await page.getByRole("alert").textContent()).toBe(language.words.wrong);
      await shows(page, language.titles.signIn);
      expect(await page.context().cookies()).toEqual([]);

      await signIn(page, language);
      const text = await page.locator("main").innerText();
      for (const part of ["小河分期", user.login, ...language.consent]) expect(text).toContain(part);

      await press(page, language.words.agree);
      const { auth_code: code = "", ...rest } = Object.fromEntries((await arrivalOf(page)).searchParams);
      expect(rest).toEqual({ app_id: appId, source: "alipay_wallet", scope: "auth_zhima", state: "s-1" });
      expect(code).toMatch(/^[0-9a-f]{32}$/);

      const sdk = officialSdk(kaimen.sandbox, { appId, privateKey: keys.privateKey });
      const tokens = (await sdk.exec(
        "alipay.system.oauth.token",
        { grant_type: "authorization_code", code },
        { validateSign: true },
      )) as unknown as Record<string, unknown>; // As the SDK's documentation shows it.
      expect(tokens["openId"]).toMatch(/^0[0-9a-f]{32}$/);
      expect(await askScore(sdk, String(tokens["accessToken"]))).toMatchObject({ code: "10000", zmScore: user.score });

      await page.goto(address);
      const again = (await arrivalOf(page)).searchParams.get("auth_code");
      expect(again).toMatch(/^[0-9a-f]{32}$/);
      expect(again).not.toBe(code);
    },
  );

  it("reads each thing that is asked for, once", async () => {
    const page = await newVisitor();
    await page.goto(authoriseUrl({ app_id: await addApp(), scope: "auth_base,auth_user,auth_base" }));
    await signIn(page);
    expect(await page.getByRole("listitem").allTextContents()).toEqual([
      "know your user id",
      "know your user id and nickname",
    ]);
  });

  it("cancels, and the app gets access_denied and the state, but no code", async () => {
    const page = await newVisitor();
    const address = authoriseUrl({ app_id: await addApp(), state: "s-2" });
    await page.goto(address);
    await signIn(page);
    await press(page, english.words.cancel);
    const arrival = await arrivalOf(page);
    expect(Object.fromEntries(arrival.searchParams)).toEqual({
      app_id: expect.any(String),
      error: "access_denied",
      state: "s-2",
    });

    await page.goto(address);
    await shows(page, english.titles.consent);
  });

  it.each([
    ["agrees", english.words.agree, ["auth_code", "scope", "source"]],
    ["cancels", english.words.cancel, ["error"]],
  ])(
    "%s, and the app's own query comes back with the answer, and with no other answer planted in it",
    async (_, button, answers) => {
      const page = await newVisitor();
      const planted = "auth_code=planted&error=planted&source=planted&scope=planted";
      await page.goto(
        authoriseUrl({
          app_id: await addApp(),
          state: "s-6",
          redirect_uri: `${merchantOrigin}/callback?shop=a%20b&${planted}`,
        }),
      );
      await signIn(page);
      await press(page, button);
      const { searchParams } = await arrivalOf(page);
      expect(searchParams.get("shop")).toBe("a b");
      expect([...searchParams.values()]).not.toContain("planted");
      expect([...searchParams.keys()].sort()).toEqual(["app_id", ...answers, "shop", "state"].sort());
    },
  );

  it("signs out to use another account", async () => {
    const page = await newVisitor();
    const address = authoriseUrl({ app_id: await addApp(), state: "s-3" });
    await page.goto(address);
    await signIn(page);
    const [session] = await page.context().cookies();
    await press(page, english.words.other);
    await shows(page, english.titles.signIn);
    expect(page.url()).toBe(address);
    expect(await page.context().cookies()).toEqual([]);

    // The old session is over, not just forgotten by this browser.
    if (session === undefined) throw new Error("signing in set no cookie");
    await page.context().addCookies([session]);
    await page.goto(address);
    await shows(page, english.titles.signIn);
  });

  it("keeps the session in a cookie that scripts and other sites' forms cannot use", async () => {
    const page = await newVisitor();
    await page.goto(authoriseUrl({ app_id: await addApp() }));
    await signIn(page);
    expect(await page.context().cookies()).toMatchObject([{ path: "/oauth2", httpOnly: true, sameSite: "Lax" }]);
  });

  describe("is shown an error and sent nowhere for", () => {
    it.each<[string, Record<string, string | undefined>, string]>([
      ["no app", { app_id: undefined }, "missing-app-id"],
      ["an unknown app", { app_id: "2021000000009999" }, "invalid-app-id"],
      ["an app id that is none", { app_id: "<b>1</b>" }, "invalid-app-id"],
      ["no redirect_uri", { redirect_uri: undefined }, "invalid-redirect-uri"],
      ["another host", { redirect_uri: "https://evil.example/callback" }, "invalid-redirect-uri"],
      ["a host that begins alike", { redirect_uri: "http://127.0.0.1.evil.example/callback" }, "invalid-redirect-uri"],
      ["the host as a user name", { redirect_uri: "http://127.0.0.1@evil.example/callback" }, "invalid-redirect-uri"],
      ["another scheme", { redirect_uri: "https://127.0.0.1/callback" }, "invalid-redirect-uri"],
      ["a script", { redirect_uri: "javascript:alert(1)//127.0.0.1/callback" }, "invalid-redirect-uri"],
      ["another path", { redirect_uri: "http://127.0.0.1/elsewhere" }, "invalid-redirect-uri"],
      ["a path that begins alike", { redirect_uri: "http://127.0.0.1/callback-evil" }, "invalid-redirect-uri"],
      ["a path that climbs out", { redirect_uri: "http://127.0.0.1/callback/../elsewhere" }, "invalid-redirect-uri"],
      ["a fragment", { redirect_uri: "http://127.0.0.1/callback#a" }, "invalid-redirect-uri"],
      ["a relative address", { redirect_uri: "/callback" }, "invalid-redirect-uri"],
      ["no scope", { scope: undefined }, "invalid-scope"],
      ["an empty scope", { scope: "" }, "invalid-scope"],
      ["an unknown scope", { scope: "auth_zhima,auth_everything" }, "invalid-scope"],
      ["a state beyond 100 characters", { state: "s".repeat(101) }, "invalid-state"],
      ["a state with line breaks, which a form would change on its way", { state: "a\nb" }, "invalid-state"],
    ])("%s", async (_, fields, code) => {
      const page = await newVisitor();
      const address = authoriseUrl({ app_id: fields["app_id"] ?? (await addApp()), state: "s-4", ...fields });
      const reply = await page.goto(address);
      expect(reply?.status()).toBe(400);
      expect(reply?.request().redirectedFrom()).toBe(null);
      await shows(page, english.titles.error);
      expect(await page.getByRole("alert").textContent()).toBe(code);
      expect(await page.locator("a, form, button, meta[http-equiv]").count()).toBe(0);
      expect(page.url()).toBe(address);
      expect(arrivals).toEqual([]);
    });
  });

  describe("brings the app's state back exactly:", () => {
    it.each([
      ["base64", "YWJj+/8="],
      ["spaces and pluses", " a b+c%20d "],
      ["the marks of a query", "a=1&b=2;c#d?e/f:g@h[i]"],
      ["quotes, brackets and entities", `"'<b>&amp;&lt;\\`],
      ["Chinese and an emoji", "订单１２３ 🧧"],
      ["a hundred characters", "+".repeat(100)],
      ["nothing", ""],
    ])("%s", async (_, state) => {
      const page = await newVisitor();
      await page.goto(authoriseUrl({ app_id: await addApp(), state }));
      await signIn(page);
      await press(page, english.words.agree);
      expect((await arrivalOf(page)).searchParams.getAll("state")).toEqual([state]);
    });
  });

  it.each([
    ["<script>alert(1)</script>"],
    ['"><img src=x onerror=alert(1)>'],
    ["'><svg onload=alert(1)>"],
    ["</title></main><iframe srcdoc='<script>alert(1)</script>'>"],
    ['" autofocus onfocus=alert(1) x="'],
  ])("is shown markup as the text it is, wherever it comes in: %s", async (attack) => {
    const page = await newVisitor();
    const elements = async () =>
      page.evaluate<string[]>(
        "[...document.querySelectorAll('*')].map((each) => `${each.localName} ${each.getAttributeNames()}`)",
      );
    const plainUrl = authoriseUrl({ app_id: await addApp(), state: "plain" });
    const attackedUrl = authoriseUrl({ app_id: await addApp({ name: attack }), state: attack });
    const signInWrongly = async () => {
      await page.getByLabel(english.words.password).fill("not the password");
      await press(page, english.words.signIn);
      await page.getByRole("alert").waitFor();
    };

    await page.goto(plainUrl);
    const plainSignIn = await elements();
    await page.goto(attackedUrl);
    expect(await elements()).toEqual(plainSignIn);
    expect(await page.locator("input[name=state]").inputValue()).toBe(attack);

    await page.goto(plainUrl);
    await page.getByLabel(english.words.login).fill("nobody");
    await signInWrongly();
    const plainRefusal = await elements();
    await page.goto(attackedUrl);
    await page.getByLabel(english.words.login).fill(attack);
    await signInWrongly();
    expect(await elements()).toEqual(plainRefusal);

    await page.goto(plainUrl);
    await signIn(page);
    const plainConsent = await elements();
    await page.goto(attackedUrl);
    expect(await elements()).toEqual(plainConsent);
    expect(await page.locator("main").innerText()).toContain(attack);

    await page.goto(authoriseUrl({ app_id: attack, scope: attack, redirect_uri: attack }));
    expect(await page.locator("script, img, svg, iframe, [onfocus]").count()).toBe(0);
  });

  describe("agrees to nothing that another site sends in their name:", () => {
    it("a form on another site, sent by their own browser", async () => {
      const page = await newVisitor();
      const address = authoriseUrl({ app_id: await addApp(), state: "s-5" });
      await page.goto(address);
      await signIn(page);
      const formToken = await page.locator("input[name=form_token]").inputValue();
      const fields = [...new URL(address).searchParams, ["form_token", formToken], ["decision", "agree"]];
      await page.goto(merchantOrigin.replace("127.0.0.1", "localhost"));
      await page.evaluate(`(() => {
        const form = Object.assign(document.createElement("form"), { method: "post", action: ${JSON.stringify(kaimen.sandbox.authorize_url)} });
        for (const [name, value] of ${JSON.stringify(fields)}) form.append(Object.assign(document.createElement("input"), { name, value }));
        document.body.append(form);
        form.submit();
      })()`);
      await page.waitForURL(kaimen.sandbox.authorize_url);
      expect(await page.getByRole("alert").textContent()).toBe("suspected-attack");

      await page.goto(address);
      await shows(page, english.titles.consent);
      expect(arrivals).toEqual([]);
    });

    it.each<[string, { formToken?: string; origin?: string }, number]>([
      ["the page's own form, which is taken", {}, 303],
      ["no form token", { formToken: "" }, 400],
      ["a made-up form token", { formToken: "A".repeat(43) }, 400],
      ["a foreign Origin", { origin: "https://evil.example" }, 400],
      ["an Origin on another port", { origin: "http://127.0.0.1:1" }, 400],
      ["the Origin of a sandboxed frame", { origin: "null" }, 400],
    ])("%s", async (_, forged, status) => {
      const page = await newVisitor();
      const address = authoriseUrl({ app_id: await addApp() });
      await page.goto(address);
      await signIn(page);
      const formToken = await page.locator("input[name=form_token]").inputValue();
      const form = {
        ...Object.fromEntries(new URL(address).searchParams),
        form_token: forged.formToken ?? formToken,
        decision: "agree",
      };
      const origin = forged.origin ?? new URL(address).origin;
      const reply = await page
        .context()
        .request.post(kaimen.sandbox.authorize_url, { form, headers: { origin }, maxRedirects: 0 });
      expect(reply.status()).toBe(status);
      expect(reply.headers()["location"] === undefined).toBe(status === 400);
      if (status === 400) expect(await reply.text()).toContain("suspected-attack");
    });

    it("a sign-in with a foreign Origin", async () => {
      const user = userByLogin(kaimen.sandbox, "average");
      const body = new URLSearchParams([
        ...new URL(authoriseUrl({ app_id: await addApp() })).searchParams,
        ["login", user.login],
        ["password", user.password],
      ]);
      const address = new URL("/oauth2/login", kaimen.sandbox.authorize_url);
      const reply = await fetch(address, {
        method: "POST",
        body,
        headers: { origin: "https://evil.example" },
        redirect: "manual",
      });
      expect([reply.status, reply.headers.get("set-cookie")]).toEqual([400, null]);
    });

    it("a page that frames ours", async () => {
      const reply = await fetch(authoriseUrl({ app_id: await addApp() }));
      expect(reply.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    });
  });

  it("needs no mouse: Tab and Enter sign in and agree", async () => {
    const user = userByLogin(kaimen.sandbox, "average");
    const page = await newVisitor();
    const focused = async () =>
      page.evaluate<string>("document.activeElement.name || document.activeElement.localName");
    await page.goto(authoriseUrl({ app_id: await addApp() }));
    await expect.poll(focused).toBe("login"); // The browser focuses it when it has drawn the page.
    await page.keyboard.type(user.login);
    await page.keyboard.press("Tab");
    expect(await focused()).toBe("password");
    await page.keyboard.type(user.password);
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: english.words.agree }).waitFor();

    const order: string[] = [];
    for (const _ of [1, 2, 3]) {
      await page.keyboard.press("Tab");
      order.push(await page.evaluate<string>("document.activeElement.value"));
      expect(await page.evaluate<string>("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
    }
    expect(order).toEqual(["agree", "cancel", "other_account"]);
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Enter");
    expect((await arrivalOf(page)).searchParams.get("auth_code")).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each([
    ["Chinese", chinese],
    ["English", english],
  ])("reads every page on a narrow phone without scrolling sideways, in %s", async (_, language) => {
    const page = await newVisitor({
      locale: language.locale,
      viewport: { width: 360, height: 640 },
      isMobile: true,
      hasTouch: true,
    });
    const overflow = async () => {
      await page.waitForLoadState("load"); // A title stands before its stylesheet is there.
      return page.evaluate<number>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    };
    const address = authoriseUrl({
      app_id: await addApp({ name: "AnExtraordinarilyLongNameOfAnAppWithoutASingleSpaceInIt".padEnd(64, "X") }),
    });
    await page.goto(address);
    expect(await overflow()).toBe(0);
    await signIn(page, language, "not the password");
    expect(await overflow()).toBe(0);
    await signIn(page, language);
    expect(await overflow()).toBe(0);
    await page.goto(authoriseUrl({ app_id: undefined }));
    expect(await overflow()).toBe(0);
  });

  it("sees Chinese characters and not the box that stands for a missing one (apt-get install fonts-noto-cjk)", async () => {
    const page = await newVisitor({ locale: chinese.locale });
    await page.goto(authoriseUrl({ app_id: await addApp() }));
    const pictures = await page.evaluate<string[]>(`[..."授权确认"].map((character) => {
      const canvas = document.createElement("canvas");
      const pen = canvas.getContext("2d");
      pen.font = "40px " + getComputedStyle(document.body).fontFamily;
      pen.fillText(character, 10, 60);
      return canvas.toDataURL();
    })`);
    expect(new Set(pictures).size).toBe(4);
  });

  it.each(["light", "dark"] as const)(
    "reads every text with a contrast of at least 4.5 to 1 on a %s screen",
    async (colorScheme) => {
      const page = await newVisitor({ colorScheme });
      const address = authoriseUrl({ app_id: await addApp() });
      await page.goto(address);
      expect(await faintTexts(page)).toEqual([]);
      await signIn(page, english, "not the password");
      expect(await faintTexts(page)).toEqual([]);
      await signIn(page);
      expect(await faintTexts(page)).toEqual([]);
      await page.goto(authoriseUrl({ app_id: undefined }));
      expect(await faintTexts(page)).toEqual([]);
    },
  );

  it("has a content security policy that lets in no inline style or script, and nothing from elsewhere", async () => {
    const reply = await fetch(authoriseUrl({ app_id: await addApp() }));
    const policy = reply.headers.get("content-security-policy");
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https:|\*/);
  });

  it("loads its page and one stylesheet, both from Kaimen, and no script", async () => {
    const page = await newVisitor();
    const requested: string[] = [];
    page.on("request", (request) => requested.push(`${request.resourceType()} ${new URL(request.url()).pathname}`));
    await page.goto(authoriseUrl({ app_id: await addApp() }), { waitUntil: "networkidle" });
    expect(requested).toEqual(["document /oauth2/publicAppAuthorize.htm", "stylesheet /oauth2/authorise.css"]);
  });
});

/** Texts whose contrast against the ground behind them is below 4.5, by the formula of WCAG 2.2, 1.4.3. */
async function faintTexts(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`(() => {
    const parse = (color) => color.match(/[\\d.]+/g).map(Number);
    const luminance = (color) => {
      const [r, g, b] = parse(color).map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const groundOf = (element) => {
      const color = getComputedStyle(element).backgroundColor;
      return (parse(color)[3] ?? 1) === 0 ? groundOf(element.parentElement) : color;
    };
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const faint = [];
    while (texts.nextNode()) {
      const element = texts.currentNode.parentElement;
      const text = texts.currentNode.data.trim();
      const [low, high] = [luminance(getComputedStyle(element).color), luminance(groundOf(element))].sort((a, b) => a - b);
      const contrast = (high + 0.05) / (low + 0.05);
      if (text !== "" && contrast < 4.5) faint.push(text + ": " + contrast.toFixed(2));
    }
    return faint;
  })()`);
}
