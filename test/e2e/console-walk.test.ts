import { readFileSync } from "node:fs";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { askInSession, settleIn, signInToApi } from "../support/accounts.ts";
import { startBrowser } from "../support/browser.ts";
import { fitsItsWindow, openConsole, pictures, type WindowOptions } from "../support/console-browser.ts";
import { recentMonths, recordOf, testPerson } from "../support/feedback-data.ts";
import { askScore, feedBack, newTransactionId, productCode } from "../support/integrator.ts";
import { officialSdk, type RunningKaimen, startKaimen, userByLogin } from "../support/kaimen.ts";
import { askAsOperator } from "../support/operator.ts";
import { isPermitted, type Permission, type Role } from "#kaimen/accounts/roles.ts";

const browser = await startBrowser();
const walkLimitMs = 240_000;

/** As web/shell/pages.tsx lists them, so that a page that is added is walked, too. */
const shell = readFileSync(new URL("../../web/shell/pages.tsx", import.meta.url), "utf8");
const pages = [...shell.matchAll(/path: "([^"]+)",[^]*?who: (everybody|\{[^}]*\})/g)].map(
  ([, path = "", who = ""]) => ({
    path,
    forMerchants: who === "everybody" || who.includes("merchants: true"),
    permission: who === "everybody" ? "any" : /operators: "([^"]+)"/.exec(who)?.[1],
  }),
);

type Walker = Role | "staff";

describe.skipIf(browser === undefined)("every page of the console, for whoever may see it", () => {
  let kaimen: RunningKaimen;
  const cookies = new Map<Walker, string>();
  /** What stands in an address for a page's own parameter. */
  const values = new Map<string, string>([["method", "zhima.credit.score.get"]]);

  beforeAll(async () => {
    kaimen = await startKaimen();
    const { sandbox } = kaimen;
    const { login, password } = sandbox.operator;
    cookies.set("admin", await signInToApi(sandbox.gateway_url, { login, password }));
    const auditor = await askAsOperator(sandbox, "POST /api/operators", { login: "auditor", role: "auditor" });
    cookies.set("auditor", await settled("operator", "auditor", auditor.answer["password"]));
    const staff = await askAsOperator(sandbox, `POST /api/merchants/${sandbox.merchant_id}/staff`, { login: "desk" });
    cookies.set("staff", await settled("merchant", "desk", staff.answer["password"]));

    const sdk = officialSdk(sandbox);
    const token = userByLogin(sandbox, "average").access_token;
    for (const product of [productCode, "w0000000000000000000"])
      await askScore(sdk, token, { transaction_id: newTransactionId(), product_code: product });
    await feedBack(sdk, { rows: [recordOf(testPerson(41), recentMonths(1)[0] ?? "")] });
    const batches = await ask(`GET /api/feedback/batches?merchantId=${sandbox.merchant_id}`);
    const cards = await ask("GET /api/cards");
    // The log is written after the reply.
    const refused = await vi.waitUntil(async () => {
      const calls = listOf(await ask("GET /api/requests"), "calls");
      return calls.length > 2 ? calls.find(({ code }) => code !== "10000") : undefined;
    });
    values.set("appId", sandbox.app_id);
    values.set("batchId", String(listOf(batches, "batches")[0]?.["batchId"]));
    values.set("version", String(listOf(cards, "cards")[0]?.["cardVersion"]));
    values.set("traceId", String(refused["traceId"]));
    // Any day does: the page tells of one on which nothing was asked for, too.
    values.set("day", `${recentMonths(1)[0]}-01`);
  });
  afterAll(async () => {
    await browser?.close();
    await kaimen.stop();
  });

  async function settled(kind: "operator" | "merchant", login: string, first: unknown): Promise<string> {
    const account = { kind, login, password: String(first) };
    return (await settleIn(kaimen.sandbox.gateway_url, account, "another seat of ones own")).cookie;
  }
  const ask = async (name: string) =>
    (await askInSession(kaimen.sandbox.gateway_url, cookies.get("admin"), name)).answer;
  const listOf = (answer: Record<string, unknown>, name: string) => answer[name] as Record<string, unknown>[];

  /** Where a page is; for operators with the merchant it is about. */
  function addressOf(path: string, who: Walker): string {
    const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => {
      const value = values.get(name);
      if (value === undefined) throw new Error(`give the walk a value for :${name} of ${path}`);
      return value;
    });
    const merchant = who === "staff" ? "" : `?merchantId=${kaimen.sandbox.merchant_id}`;
    return new URL(`/console${filled}${merchant}`, kaimen.sandbox.gateway_url).href;
  }

  it("is in the walk", () => {
    expect(pages.length).toBeGreaterThan(20);
    expect(pages).toHaveLength([...shell.matchAll(/path: "/g)].length);
  });

  const walks: readonly (readonly [Walker, WindowOptions])[] = [
    ["admin", { locale: "zh-CN" }],
    ["auditor", { locale: "en-GB", width: 390, dark: true }],
    ["staff", { locale: "zh-CN", dark: true }],
  ];
  it.each(walks)(
    "opens for %s, fits, and axe finds nothing serious on it",
    { timeout: walkLimitMs },
    async (who, look) => {
      const missing = addressOf("/no/such/page", who);
      const { page, context, complaints } = await openConsole(browser, kaimen.sandbox, missing, {
        ...look,
        cookie: cookies.get(who) ?? "",
      });
      await page.emulateMedia({ reducedMotion: "reduce" });
      const isLoaded = watchLoading(page);
      const heading = page.getByRole("heading", { level: 1 });
      const titleOf = async (path: string): Promise<string> => {
        await page.goto(addressOf(path, who));
        await heading.waitFor();
        await expect.poll(isLoaded, { timeout: 15_000 }).toBe(true);
        return heading.innerText();
      };
      const nothing = await titleOf("/no/such/page");
      /** The first of them loads each address anew; the others go on within the page, by way of one that is not there. */
      const open = async (path: string): Promise<string> => {
        if (who === "admin") return titleOf(path);
        await goOn(page, missing);
        await heading.filter({ hasText: nothing }).waitFor();
        await goOn(page, addressOf(path, who));
        await heading.filter({ hasNotText: nothing }).waitFor();
        await expect.poll(isLoaded, { timeout: 15_000 }).toBe(true);
        return heading.innerText();
      };
      const seen = pages.filter((each) => maySee(who, each));
      expect(seen.length).toBeGreaterThan(10);
      const faults: string[] = [];
      for (const { path } of seen) {
        const title = await open(path);
        await page.screenshot({ path: `${pictures}walk-${who}${path.replaceAll(/\W+/g, "-")}.png`, fullPage: true });
        if (title === nothing) faults.push(`${path} is not there`);
        if ((await page.locator(".ant-alert-error, .outcome").count()) > 0) faults.push(`${path} shows a problem`);
        if (!(await fitsItsWindow(page))) faults.push(`${path} is wider than its window`);
        faults.push(...(await seriousFaults(page)).map((fault) => `${path} ${fault}`));
      }
      // To operators /feedback/send is the address of a batch.
      const forOthers = pages.find((each) => !maySee(who, each) && each.path !== "/feedback/send");
      if (forOthers !== undefined) expect(await titleOf(forOthers.path)).toBe(nothing);
      expect(faults).toEqual([]);
      expect(complaints).toEqual([]);
      await context.close();
    },
  );
});

function maySee(who: Walker, { forMerchants, permission }: (typeof pages)[number]): boolean {
  if (who === "staff") return forMerchants;
  if (permission === undefined) return false;
  return permission === "any" || isPermitted(who, permission as Permission); // As the pages' own type has it.
}

/** Whether everything that a page asked the API for has come; the live log's stream never ends. */
function watchLoading(page: Page): () => Promise<boolean> {
  const pending = new Set<object>();
  page.on("request", (request) => {
    if (request.url().includes("/api/") && request.resourceType() === "fetch") pending.add(request);
  });
  for (const event of ["requestfinished", "requestfailed"] as const)
    page.on(event as "requestfinished", (request) => pending.delete(request));
  return async () => pending.size === 0 && (await page.locator(".ant-skeleton, .waiting").count()) === 0;
}

/** To another page of the console without loading it anew. */
async function goOn(page: Page, address: string): Promise<void> {
  const place = JSON.stringify(address);
  await page.evaluate(`history.pushState({}, "", ${place}); dispatchEvent(new PopStateEvent("popstate"))`);
}

async function seriousFaults(page: Page): Promise<string[]> {
  if (!(await page.evaluate<boolean>("'axe' in globalThis"))) await page.evaluate(axe.source);
  return page.evaluate<string[]>(
    `axe.run(document, { resultTypes: ["violations"], preload: false }).then(({ violations }) =>
      violations.filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(({ id, nodes }) => id + ": " + nodes.slice(0, 3).map(({ html }) => html.slice(0, 200)).join(" | ")))`,
  );
}
