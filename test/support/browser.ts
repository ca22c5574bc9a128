import type { Browser } from "playwright-core";
import { noChromium, startChromium } from "../../tools/screenshots/chromium.mjs";

/** The machine's Chromium or Chrome, without a window. Undefined when it has none, which CI does not accept. */
export async function startBrowser(): Promise<Browser | undefined> {
  const browser = await startChromium();
  if (browser !== undefined) return browser;
  if (process.env["CI"] === "true") throw new Error(noChromium);
  console.warn(`${noChromium}: what needs a browser is skipped`);
  return undefined;
}
