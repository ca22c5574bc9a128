import { mkdirSync, readdirSync, statSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBrowser } from "../support/browser.ts";
import { type RunningKaimen, startKaimen } from "../support/kaimen.ts";

const browser = await startBrowser();
const pictures = new URL("../../.kaimen/screenshots/", import.meta.url).pathname;
/** What the first page may take on the way, compressed. */
const firstPageBytes = 300_000;

describe.skipIf(browser === undefined)("the console", () => {
  let kaimen: RunningKaimen;
  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
    kaimen = await startKaimen();
  });
  afterAll(async () => {
    await browser?.close();
    await kaimen.stop();
  });

  async function open(path: string, options: { locale: string; width?: number; dark?: boolean }) {
    if (browser === undefined) throw new Error("unreachable: skipped without a browser");
    const { locale, width = 1_280, dark = false } = options;
    const context = await browser.newContext({
      locale,
      viewport: { width, height: 800 },
      colorScheme: dark ? "dark" : "light",
    });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    // A policy that something breaks is told on the browser's console only.
    page.on("console", (message) => {
      if (/Content Security Policy/.test(message.text())) complaints.push(message.text());
    });
    await page.goto(new URL(path, kaimen.sandbox.gateway_url).toString());
    return { page, complaints };
  }

  async function signIn(page: Page, words: { login: string; password: string; button: string }): Promise<void> {
    const { login, password } = kaimen.sandbox.operator;
    await page.getByLabel(words.login, { exact: true }).fill(login);
    await page.getByLabel(words.password, { exact: true }).fill(password);
    await page.getByRole("button", { name: words.button, exact: true }).click();
  }
  const chinese = { login: "账号", password: "密码", button: "登录" };
  const english = { login: "Login", password: "Password", button: "Sign in" };

  it("leads whoever signs in to the page that a link named, in Chinese, and adds a merchant there", async () => {
    const { page, complaints } = await open("/console/merchants", { locale: "zh-CN" });
    await page.screenshot({ path: `${pictures}sign-in.png` });
    await signIn(page, chinese);
    await page.getByRole("heading", { name: "商户" }).waitFor();
    await page.getByText("开门示例商户").waitFor();
    await page.getByText(/沙箱/).first().waitFor();
    await page.screenshot({ path: `${pictures}merchants.png` });

    await page.getByRole("button", { name: "新增商户" }).click();
    await page.getByRole("dialog").getByLabel("商户号").fill("2088000000009999");
    await page.getByRole("dialog").getByLabel("名称").fill("新来的商户");
    await page.getByRole("dialog").getByRole("button", { name: "确定" }).click();
    await page.getByText("新来的商户").waitFor();
    expect(complaints).toEqual([]);
  });

  it("opens signed in by the address that the sandbox prints, once, and keeps nothing of it in the address", async () => {
    const link = /http\S+#sign-in=[\w-]+/.exec(kaimen.output())?.[0] ?? "";
    const { page } = await open(link, { locale: "en-GB" });
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    expect(page.url()).not.toContain("sign-in");
    const again = await open(link, { locale: "en-GB" });
    await again.page.getByText("This link was used already").waitFor();
  });

  it("says in the server's words why a password was refused, and lets nobody in", async () => {
    const { page } = await open("/console/", { locale: "en-GB" });
    await page.getByLabel("Login", { exact: true }).fill("nobody");
    await page.getByLabel("Password", { exact: true }).fill("wrong password");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByText("The login, password or code is wrong").first().waitFor();
    await page.getByText(/trace_id/).waitFor();
    expect(await page.getByRole("navigation").count()).toBe(0);
  });

  it("works at 390 pixels in the dark and in English, and signs out", async () => {
    const { page, complaints } = await open("/console/", { locale: "en-GB", width: 390, dark: true });
    await signIn(page, english);
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await page.screenshot({ path: `${pictures}overview-narrow-dark.png` });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
    await page.getByRole("button", { name: "Account menu" }).click();
    await page.getByText("Sign out").click();
    await page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
    expect(complaints).toEqual([]);
  });

  it("loads no more than 300 kB for its first page, all of it from here, under names that never change", async () => {
    if (browser === undefined) throw new Error("unreachable: skipped without a browser");
    const page = await browser.newPage();
    const loaded: string[] = [];
    page.on("request", (request) => loaded.push(request.url()));
    await page.goto(new URL("/console/", kaimen.sandbox.gateway_url).toString());
    await signIn(page, english);
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    const { origin } = new URL(kaimen.sandbox.gateway_url);
    expect(loaded.filter((url) => !url.startsWith(origin) && !url.startsWith("data:"))).toEqual([]);

    const folder = new URL("../../dist/web/assets/", import.meta.url).pathname;
    const there = new Set(readdirSync(folder));
    const assets = [...new Set(loaded)]
      .filter((url) => url.includes("/assets/"))
      .map((url) => url.split("/").at(-1) ?? "");
    const bytes = assets.map((name) => statSync(`${folder}${there.has(`${name}.gz`) ? `${name}.gz` : name}`).size);
    expect(assets.length).toBeGreaterThan(2);
    expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(firstPageBytes);

    const script = assets.find((name) => name.endsWith(".js"));
    const reply = await fetch(`${origin}/console/assets/${script}`);
    expect(reply.headers.get("cache-control")).toContain("immutable");
    expect((await fetch(`${origin}/console/assets/none.js`)).status).toBe(404);
    expect((await fetch(`${origin}/console/no/such/page`)).headers.get("content-security-policy")).toContain(
      "script-src 'self';",
    );
  });
});
