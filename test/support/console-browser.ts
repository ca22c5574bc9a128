import { mkdirSync } from "node:fs";
import type { Browser, BrowserContext, Page } from "playwright-core";
import type { SandboxFile } from "#kaimen/sandbox/sandbox-file.ts";
import { signInToApi } from "./accounts.ts";

/** Where tests leave pictures of the pages they saw; ignored by git. */
export const pictures = new URL("../../.kaimen/screenshots/", import.meta.url).pathname;

export interface ConsoleWindow {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the page threw, and what its content security policy refused. */
  readonly complaints: readonly string[];
}

export interface WindowOptions {
  readonly locale?: "zh-CN" | "en-GB";
  readonly width?: number;
  readonly dark?: boolean;
  /** Whose session it has; the sandbox's operator when left out. */
  readonly cookie?: string;
}

/** A window of the console in which the sandbox's operator has signed in already. */
export async function openConsole(
  browser: Browser | undefined,
  sandbox: SandboxFile,
  path: string,
  options: WindowOptions = {},
): Promise<ConsoleWindow> {
  if (browser === undefined) throw new Error("unreachable: skipped without a browser");
  mkdirSync(pictures, { recursive: true });
  const { locale = "zh-CN", width = 1_440, dark = false } = options;
  const { login, password } = sandbox.operator;
  const cookie = options.cookie ?? (await signInToApi(sandbox.gateway_url, { login, password }));
  const [name = "", value = ""] = cookie.split("=", 2);
  const context = await browser.newContext({
    locale,
    viewport: { width, height: 900 },
    colorScheme: dark ? "dark" : "light",
  });
  await context.addCookies([{ name, value, url: new URL("/", sandbox.gateway_url).href }]);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (/Content Security Policy/.test(message.text())) complaints.push(message.text());
  });
  await page.goto(new URL(path, sandbox.gateway_url).href);
  return { page, context, complaints };
}

/** Whether a page is no wider than its window. */
export async function fitsItsWindow(page: Page): Promise<boolean> {
  return page.evaluate<boolean>("document.documentElement.scrollWidth <= innerWidth");
}
