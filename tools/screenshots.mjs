/**
 * The pictures of the console that the READMEs show: of a sandbox of their own, after some calls, in docs/pictures/.
 *
 *   npm run screenshots
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { generateSync } from "otplib";
import { Failure } from "./boot/failure.mjs";
import { makeCalls } from "./screenshots/calls.mjs";
import { noChromium, startChromium } from "./screenshots/chromium.mjs";
import { withPalette } from "./screenshots/png.mjs";
import { startSandbox } from "./screenshots/sandbox.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./screenshots/sandbox.mjs").SandboxFile} SandboxFile */

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, "docs", "pictures");
const largestBytes = 150_000;
const window = { width: 1_280, height: 860 };

/**
 * @type {readonly {
 *   name: string, path: string, locale: "zh-CN" | "en-GB", isDark: boolean,
 *   until: (page: Page, sandbox: SandboxFile) => Promise<unknown>,
 * }[]}
 */
const pictures = [
  {
    name: "request-log",
    path: "requests?subCode=isv.invalid-signature",
    locale: "en-GB",
    isDark: true,
    async until(page) {
      await page
        .getByRole("link", { name: /isv\.invalid-signature/ })
        .first()
        .click();
      await page.getByRole("heading", { name: "Why it was refused, and what to do" }).waitFor();
    },
  },
  {
    name: "online-debugging",
    path: "debugging",
    locale: "zh-CN",
    isDark: false,
    async until(page) {
      await page.getByText("两年按时还款，已结清三笔贷款").waitFor();
      await page.getByRole("button", { name: "签名并发送" }).click();
      await page.getByRole("region", { name: "结果" }).getByText("应答验签通过").waitFor();
    },
  },
  {
    name: "person",
    path: "people",
    locale: "en-GB",
    isDark: true,
    async until(page, sandbox) {
      const person = sandbox.users.find(({ login }) => login.startsWith("average"));
      await page.getByLabel("Identity number").fill(person?.credentials_no ?? "");
      await page.getByLabel("Purpose").fill("Dispute 2026-1102");
      await page.getByRole("button", { name: "Look", exact: true }).click();
      await page.getByRole("heading", { name: "Main reasons" }).waitFor();
      await page.mouse.move(window.width / 2, window.height / 2);
      await page.mouse.wheel(0, 390);
    },
  },
  {
    // Last, so that its figures are of all the calls.
    name: "overview",
    path: "",
    locale: "zh-CN",
    isDark: false,
    until: (page) => page.getByText("isv.invalid-signature").first().waitFor(),
  },
];

try {
  await takePictures();
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

async function takePictures() {
  const browser = await startChromium();
  if (browser === undefined) throw new Failure(noChromium);
  const { sandbox, stop } = await startSandbox(root);
  try {
    await makeCalls(sandbox);
    const cookies = await signIn(browser, sandbox);
    mkdirSync(folder, { recursive: true });
    for (const picture of pictures) {
      const context = await browser.newContext({
        locale: picture.locale,
        viewport: window,
        colorScheme: picture.isDark ? "dark" : "light",
        reducedMotion: "reduce",
        storageState: { cookies, origins: [] },
      });
      const page = await context.newPage();
      await page.goto(new URL(`/console/${picture.path}`, sandbox.gateway_url).href);
      await picture.until(page, sandbox);
      // What the pointer lies on, or has pressed, looks unlike the rest.
      await page.mouse.move(0, window.height);
      await page.evaluate("document.activeElement?.blur()");
      const png = withPalette(await page.screenshot({ animations: "disabled" }));
      await context.close();
      keep(picture.name, png);
    }
  } finally {
    await browser.close();
    await stop();
  }
}

/** @param {string} name @param {Buffer} png */
function keep(name, png) {
  if (png.length > largestBytes) throw new Failure(`${name}.png has ${png.length} bytes, more than ${largestBytes}.`);
  writeFileSync(join(folder, `${name}.png`), png);
  process.stdout.write(`docs/pictures/${name}.png  ${Math.ceil(png.length / 1_000)} kB\n`);
}

/**
 * The cookies of the sandbox's operator, who has an authenticator app as operators should.
 * @param {import("playwright-core").Browser} browser
 * @param {SandboxFile} sandbox
 */
async function signIn(browser, sandbox) {
  const context = await browser.newContext({ baseURL: new URL("/", sandbox.gateway_url).href });
  const { login, password } = sandbox.operator;
  /** @param {"post" | "put"} verb @param {string} path @param {object} data */
  const ask = async (verb, path, data) => {
    const reply = await context.request[verb](path, { data });
    if (!reply.ok()) throw new Failure(`${path} answered ${reply.status()}: ${await reply.text()}`);
    return reply.json();
  };
  await ask("post", "/api/session", { kind: "operator", login, password });
  const { secret } = await ask("post", "/api/account/totp", { currentPassword: password });
  await ask("put", "/api/account/totp", { code: generateSync({ secret }) });
  const { cookies } = await context.storageState();
  await context.close();
  return cookies;
}
