import type { AlipaySdk } from "alipay-sdk";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBrowser } from "../support/browser.ts";
import {
  askScore,
  authoriseAppInBrowser,
  newTransactionId,
  productCode,
  type SdkReply,
} from "../support/integrator.ts";
import { officialSdk, type RunningKaimen, startKaimen, userByLogin } from "../support/kaimen.ts";

const browser = await startBrowser();

describe.skipIf(browser === undefined)("a page of one's own", () => {
  let kaimen: RunningKaimen;
  let sdk: AlipaySdk;
  beforeAll(async () => {
    kaimen = await startKaimen();
    sdk = officialSdk(kaimen.sandbox);
  });
  afterAll(async () => {
    await browser?.close();
    await kaimen.stop();
  });

  async function signIn(
    path: string,
    words: { login: string },
    account: { login: string; password: string },
  ): Promise<Page> {
    if (browser === undefined) throw new Error("unreachable: skipped without a browser");
    const page = await (await browser.newContext({ locale: "en-GB" })).newPage();
    await page.goto(new URL(path, kaimen.sandbox.gateway_url).toString());
    await page.getByLabel(words.login).fill(account.login);
    await page.getByLabel("Password").fill(account.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    return page;
  }

  it("shows a user their score and who may ask for it; withdrawn, the app's next inquiry is refused", async () => {
    const user = userByLogin(kaimen.sandbox, "average");
    const other = userByLogin(kaimen.sandbox, "excellent");
    const before = await askScore(sdk, user.access_token);
    expect(before).toMatchObject({ code: "10000" });

    const page = await signIn("/oauth2/mine.htm", { login: "Login" }, user);
    await page.getByText(String(before["zmScore"]), { exact: true }).waitFor();
    await page.getByText("ask for your credit score (350 to 950)").waitFor();
    expect(await page.getByRole("meter").count()).toBeGreaterThan(0);
    await page.getByRole("button", { name: "Withdraw 开门示例应用" }).click();
    await page.getByText("Withdrawn").waitFor();
    expect(await page.getByRole("button", { name: /^Withdraw/ }).count()).toBe(0);

    expect(await askScore(sdk, user.access_token)).toMatchObject({ code: "40004", subCode: "AUTHENTICATION_FAIL" });
    expect(await askScore(sdk, other.access_token)).toMatchObject({ code: "10000" });
  });

  it("withdraws nothing for a form that was not shown in this session, or that another site sent", async () => {
    const user = userByLogin(kaimen.sandbox, "excellent");
    const address = new URL("/oauth2/mine.htm", kaimen.sandbox.gateway_url);
    const body = new URLSearchParams({ login: user.login, password: user.password });
    const signedIn = await fetch(new URL("/oauth2/mineLogin", address), { method: "POST", body, redirect: "manual" });
    const cookie = (signedIn.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
    const formToken =
      /name="form_token" value="([^"]+)"/.exec(await (await fetch(address, { headers: { cookie } })).text())?.[1] ?? "";
    const withdraw = async (headers: Record<string, string>, token: string): Promise<number> => {
      const form = new URLSearchParams({ withdraw: kaimen.sandbox.app_id, form_token: token });
      return (await fetch(address, { method: "POST", body: form, headers, redirect: "manual" })).status;
    };
    expect(await withdraw({ cookie }, "")).toBe(400);
    expect(await withdraw({ cookie, origin: "https://elsewhere.example" }, formToken)).toBe(400);
    expect(await withdraw({}, formToken)).toBe(200); // Nobody is signed in: the page to sign in.
    expect(await askScore(sdk, user.access_token)).toMatchObject({ code: "10000" });
    expect(await withdraw({ cookie }, formToken)).toBe(303);
    expect(await askScore(sdk, user.access_token)).toMatchObject({ subCode: "AUTHENTICATION_FAIL" });
  });

  it("shows a merchant which apps call for it; withdrawn, the app's token is dead", async () => {
    const code = await authoriseAppInBrowser(kaimen.sandbox);
    const call = async (method: string, parameters: Record<string, unknown>): Promise<SdkReply> =>
      (await sdk.exec(method, parameters, { validateSign: true })) as unknown as SdkReply;
    const { appAuthToken } = await call("alipay.open.auth.token.app", {
      bizContent: { grant_type: "authorization_code", code },
    });
    const ask = () =>
      call("zhima.credit.score.get", {
        auth_token: kaimen.sandbox.users[2]?.access_token,
        app_auth_token: appAuthToken,
        bizContent: { transaction_id: newTransactionId(), product_code: productCode },
      });
    expect(await ask()).toMatchObject({ code: "10000" });

    const [merchant] = kaimen.sandbox.merchants;
    const page = await signIn(
      "/oauth2/merchantMine.htm",
      { login: "Merchant's login" },
      { login: merchant?.login ?? "", password: merchant?.password ?? "" },
    );
    await page.getByRole("button", { name: "Withdraw 开门示例应用" }).click();
    await page.getByText("Withdrawn").waitFor();
    expect(await ask()).toMatchObject({ code: "20001", subCode: "aop.invalid-app-auth-token" });

    await page.getByRole("button", { name: "Use another account" }).click();
    await page.getByRole("button", { name: "Sign in" }).waitFor();
  });

  it("is for those who sign in", async () => {
    const answer = await fetch(new URL("/oauth2/mineLogin", kaimen.sandbox.gateway_url), {
      method: "POST",
      body: new URLSearchParams({ login: "average@sandbox.kaimen", password: "wrong" }),
    });
    expect(answer.status).toBe(401);
    expect(await answer.text()).toContain("账号或密码不正确");
  });
});
