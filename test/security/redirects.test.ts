import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningKaimen, startKaimen, userByLogin } from "../support/kaimen.ts";
import { addApp, askAsOperator, rsaKeys } from "../support/operator.ts";
import { openPage } from "../support/pages.ts";

/** Nobody is sent where the app has not registered, in any form of a request. The whole table stands in test/unit/merchants/redirects.test.ts. */
const registered = "https://app.example/cb";
const appId = "2021000000000077";
let kaimen: RunningKaimen;

beforeAll(async () => {
  kaimen = await startKaimen();
  await addApp(kaimen.sandbox, appId, { redirectUris: [registered], actsForMerchants: true });
});
afterAll(() => kaimen?.stop());

const pages = ["/oauth2/publicAppAuthorize.htm", "/oauth2/appToAppAuth.htm"] as const;
const logins = {
  "/oauth2/publicAppAuthorize.htm": "/oauth2/login",
  "/oauth2/appToAppAuth.htm": "/oauth2/merchantLogin",
} as const;
const at = (path: string): URL => new URL(path, kaimen.sandbox.gateway_url);

describe.each(pages)("%s", (page) => {
  const fields = (redirectUri: string) => ({ app_id: appId, scope: "auth_zhima", redirect_uri: redirectUri });

  it.each([registered, `${registered}/below?x=1`])("takes %s", async (address) => {
    expect((await openPage(`${at(page).href}?${new URLSearchParams(fields(address)).toString()}`)).status).toBe(200);
  });

  it.each([
    "https://app.example/cbevil",
    "https://app.example/cb/../admin",
    "https://app.example/cb/%2e%2e/admin",
    "https://app.example/cb/..%2fadmin",
    "https://app.example/cb/%252e%252e%252fadmin",
    "https://app.example/cb/..\\admin",
    "https://app.example\\@evil.example/cb",
    "https://app.example@evil.example/cb",
    "https://app.exam\tple/cb",
    "https:/app.example/cb",
    "//app.example/cb",
    "",
  ])("shows an error and leads nowhere: %j", async (address) => {
    const user = userByLogin(kaimen.sandbox, "average");
    const [merchant = { login: "", password: "" }] = kaimen.sandbox.merchants;
    const { login, password } = page === pages[0] ? user : merchant;
    const replies = [
      await openPage(`${at(page).href}?${new URLSearchParams(fields(address)).toString()}`),
      await openPage(at(logins[page]), { form: { ...fields(address), login, password } }),
      await openPage(at(page), { form: { ...fields(address), decision: "cancel" } }),
    ];
    for (const { status, errorCode, location } of replies) {
      expect({ status, errorCode, location }).toEqual({
        status: 400,
        errorCode: "invalid-redirect-uri",
        location: null,
      });
    }
  });
});

it.each([
  "https://user@app.example/cb",
  "https://app.example/cb#part",
  "https://app.example/%2e%2e/cb",
  "javascript:alert(1)",
  "app.example",
])("no app can be registered for %s", async (address) => {
  const { status, answer } = await askAsOperator(kaimen.sandbox, "/api/apps", {
    appId: "none",
    publicKey: rsaKeys().publicKey,
    redirectUris: [address],
  });
  expect([status, answer["detail"]]).toEqual([
    400,
    expect.stringContaining("a redirect_uri is an http:// or https:// address"),
  ]);
});
