import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { signInToApi } from "../support/accounts.ts";
import { startBrowser } from "../support/browser.ts";
import { fitsItsWindow, openConsole, pictures } from "../support/console-browser.ts";
import { askScore, newTransactionId, productCode } from "../support/integrator.ts";
import { officialSdk, type RunningKaimen, startKaimen, userByLogin } from "../support/kaimen.ts";
import { sandboxApp, send, signedCall } from "../support/operator.ts";
import { openPage } from "../support/pages.ts";

const browser = await startBrowser();
const method = "zhima.credit.score.get";

describe.skipIf(browser === undefined)("the request log's pages", () => {
  let kaimen: RunningKaimen;
  beforeAll(async () => {
    kaimen = await startKaimen();
  });
  afterAll(async () => {
    await browser?.close();
    await kaimen.stop();
  });

  const token = (): string => userByLogin(kaimen.sandbox, "average").access_token;
  const ask = (transactionId: string) =>
    askScore(officialSdk(kaimen.sandbox), token(), { transaction_id: transactionId, product_code: productCode });
  async function tampered(): Promise<void> {
    const parameters = await signedCall(sandboxApp(kaimen.sandbox), method, { auth_token: token(), biz_content: "{}" });
    parameters.set("biz_content", '{"a":1}');
    await send(kaimen.sandbox, parameters);
  }

  it("show a call as it comes, find it, open it by keys, and tell score, bill and steps", async () => {
    const { page, complaints } = await openConsole(browser, kaimen.sandbox, "/console/requests");
    await page.getByText("实时", { exact: true }).waitFor();
    const transactionId = newTransactionId();
    await ask(transactionId);
    const row = page.getByRole("link", { name: new RegExp(transactionId) });
    await row.waitFor();
    await tampered();
    await page.getByRole("link", { name: /isv\.invalid-signature/ }).waitFor();
    await page.screenshot({ path: `${pictures}requests.png` });

    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "快捷键" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog", { name: "快捷键" }).waitFor({ state: "hidden" });
    // The layer around it goes a moment later, and keys mean nothing until then.
    await page.locator(".ant-modal-wrap").waitFor({ state: "hidden" });
    // The refused one came last, so it stands first.
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "业务结果" }).waitFor();
    await page.getByText("¥0.40").waitFor();
    await page.getByText("执行业务并提交").waitFor();
    await page.getByText("影响评分的原因").waitFor();
    await page.screenshot({ path: `${pictures}call-answered.png`, fullPage: true });

    await page.keyboard.press("k");
    await page.getByRole("heading", { name: "为什么被拒绝，怎么办" }).waitFor();
    await page.keyboard.press("Escape");
    await row.waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type(`transaction_id:${transactionId}`);
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/requests?transactionId=${transactionId}`);
    await page.getByRole("link", { name: /isv\.invalid-signature/ }).waitFor({ state: "hidden" });
    await row.waitFor();
    expect(complaints).toEqual([]);
  });

  it("say of a refused call, led to from its group, in which step, why and what to do, narrow and dark, too", async () => {
    await tampered();
    const { page, complaints } = await openConsole(browser, kaimen.sandbox, "/console/requests/errors", {
      locale: "en-GB",
      width: 390,
      dark: true,
    });
    const group = page.getByRole("listitem").filter({ hasText: "isv.invalid-signature" });
    await group.getByText("See the last one").waitFor();
    await page.screenshot({ path: `${pictures}errors-narrow-dark.png` });
    expect(await fitsItsWindow(page)).toBe(true);
    await group.getByText("See the last one").click();
    await page.getByRole("heading", { name: "Why it was refused, and what to do" }).waitFor();
    await page.getByText("does not hold").waitFor();
    const steps = page.getByRole("complementary", { name: "Steps" });
    await steps.getByText("Verify the signature").waitFor();
    await steps.getByRole("img", { name: "refused" }).waitFor();
    expect(await steps.getByRole("img", { name: "not reached" }).count()).toBe(11);
    await page.screenshot({ path: `${pictures}call-refused-narrow-dark.png`, fullPage: true });
    expect(await fitsItsWindow(page)).toBe(true);
    await page.getByText("As sent").click();
    await page.getByRole("cell", { name: /%7B%22a%22%3A1%7D/ }).waitFor();
    expect(complaints).toEqual([]);
  });

  it("are where a refusal's solution leads whoever may see the call; a stranger reads what the code means", async () => {
    await tampered();
    const { login, password } = kaimen.sandbox.operator;
    const cookie = await signInToApi(kaimen.sandbox.gateway_url, { login, password });
    const listed = await fetch(
      new URL("/api/requests?subCode=isv.invalid-signature&limit=1", kaimen.sandbox.gateway_url),
      {
        headers: { cookie },
      },
    );
    const { calls } = (await listed.json()) as { calls: { traceId: string }[] };
    const callPath = `/console/requests/${calls[0]?.traceId}`;
    const solution = (traceId: string | undefined): URL =>
      new URL(`/console/errors/isv.invalid-signature?traceId=${traceId}&source=openapi`, kaimen.sandbox.gateway_url);

    const stranger = await openPage(solution(calls[0]?.traceId));
    expect([stranger.status, stranger.text.includes(`href="${callPath}"`)]).toEqual([200, true]);
    const operator = await openPage(solution(calls[0]?.traceId), { cookie });
    expect([operator.status, operator.location]).toEqual([303, callPath]);
    // Of a call that the log does not have, and of what is no trace_id, the page itself is the answer.
    expect((await openPage(solution("0".repeat(30)), { cookie })).status).toBe(200);
    expect((await openPage(solution("<b>"), { cookie })).text).not.toContain("/console/requests/");
  });
});
