import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const usualPlaces = [
  // The same engine without the browser around it: a page is there in a third of the time.
  "/usr/bin/chromium-headless-shell",
  "/usr/bin/chromium",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
const startTimeoutMs = 60_000;
/** A browser that asks for nothing but the pages it is sent to, and for these over TCP. */
const quiet = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const noChromium = "no Chromium and no CHROME_PATH (apt-get install chromium fonts-noto-cjk)";

/**
 * Starts the machine's Chromium or Chrome, without a window: the one CHROME_PATH names, or one in a usual place. It ends
 * with this process. Undefined when the machine has none.
 * @returns {Promise<import("playwright-core").Browser | undefined>}
 */
export async function startChromium() {
  const executablePath = findChromium();
  if (executablePath === undefined) return undefined;
  // Playwright adds --headless and, where there is to be no sandbox, --no-sandbox. Chromium refuses to sandbox root.
  return chromium.launch({
    executablePath,
    headless: true,
    chromiumSandbox: process.getuid?.() !== 0,
    args: quiet,
    timeout: startTimeoutMs,
  });
}

/** @returns {string | undefined} */
function findChromium() {
  const named = process.env["CHROME_PATH"];
  if (named === undefined || named === "") return usualPlaces.find((path) => existsSync(path));
  if (!existsSync(named)) throw new Error(`CHROME_PATH names ${named}, which is not there`);
  return named;
}
