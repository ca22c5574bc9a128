import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "#kaimen/clock.ts";
import { briefProductCode } from "#kaimen/methods/zhima.credit.score.brief.get.ts";
import { signParameters } from "#kaimen/keys/signed-request.ts";
import { documentColumns, fileOf, recentMonths, recordOf, testPerson } from "../support/feedback-data.ts";
import { newTransactionId, productCode } from "../support/integrator.ts";
import { type RunningKaimen, startKaimen, userByLogin } from "../support/kaimen.ts";
import { addApp, askAsOperator, callAs, sandboxApp, send, signedCall, type TestApp } from "../support/operator.ts";
import { consent, openPage, signInAt } from "../support/pages.ts";

/**
 * Who is suspended is stopped at every door within two seconds, and goes on with what it had when it is resumed. The
 * merchant has two apps; its first is the one that is suspended, or the merchant itself.
 */
const merchantId = "2088000000000034";
const back = "http://127.0.0.1:9/callback";
/** As long as an app may be remembered. */
const noticedMs = 2_100;

let kaimen: RunningKaimen;
/** The suspended merchant's; a sister app of the same merchant; and another merchant's, which the first may act for. */
let app: TestApp;
let sister: TestApp;
let actor: TestApp;
const staff = { login: "staff@stopped", password: "correct horse battery" };
let userCookie = "";
let staffCookie = "";
let partnerCookie = "";

const operate = async (path: string, body: unknown): Promise<void> => {
  const { status, answer } = await askAsOperator(kaimen.sandbox, path, body);
  if (status >= 300) throw new Error(`${path}: ${JSON.stringify(answer)}`);
};

beforeAll(async () => {
  kaimen = await startKaimen();
  const { sandbox } = kaimen;
  await operate("POST /api/merchants", { merchantId, name: "停用示例商户" });
  for (const product of [productCode, briefProductCode]) {
    await operate(`PUT /api/merchants/${merchantId}/arrangements/${product}`, {
      validFrom: "2020-01-01",
      validTo: "2040-01-01",
      priceFen: 10,
    });
  }
  await operate(`POST /api/merchants/${merchantId}/staff`, { ...staff, mustChangePassword: false });
  app = await addApp(sandbox, "2021000000000034", { merchantId, actsForMerchants: true });
  sister = await addApp(sandbox, "2021000000000035", { merchantId });
  actor = sandboxApp(sandbox);
  const [partner = { login: "", password: "" }] = sandbox.merchants;
  userCookie = await signInAt(sandbox.gateway_url, "/oauth2/mineLogin", userByLogin(sandbox, "average"));
  staffCookie = await signInAt(sandbox.gateway_url, "/oauth2/merchantMineLogin", staff);
  partnerCookie = await signInAt(sandbox.gateway_url, "/oauth2/merchantMineLogin", partner);
});
afterAll(() => kaimen?.stop());

const call = (caller: TestApp, method: string, fields: Record<string, string>) =>
  callAs(kaimen.sandbox, caller, method, fields);
const oauth = (caller: TestApp, fields: Record<string, string>) => call(caller, "alipay.system.oauth.token", fields);
const appToken = (caller: TestApp, content: Record<string, string>) =>
  call(caller, "alipay.open.auth.token.app", { biz_content: JSON.stringify(content) });
const inquiry = () => JSON.stringify({ transaction_id: newTransactionId(), product_code: productCode });

async function userCode(): Promise<string> {
  const address = await consent(
    kaimen.sandbox.authorize_url,
    { app_id: app.appId, scope: "auth_zhima", redirect_uri: back },
    userCookie,
  );
  return address.searchParams.get("auth_code") ?? "";
}
async function merchantCode(caller: TestApp, cookie: string, authAppId: string): Promise<string> {
  const choices = { "method.zhima.credit.score.get": "yes", auth_app_id: authAppId };
  const address = await consent(
    kaimen.sandbox.app_authorize_url,
    { app_id: caller.appId, redirect_uri: back },
    cookie,
    choices,
  );
  return address.searchParams.get("app_auth_code") ?? "";
}

/** What the doors need, made while all is open, and used up by passing them. */
async function supply() {
  const exchanged = async (code: string) => {
    const { node } = await oauth(app, { grant_type: "authorization_code", code });
    return { access: String(node["access_token"]), refresh: String(node["refresh_token"]) };
  };
  const exchangedApp = async (caller: TestApp, code: string) => {
    const { node } = await appToken(caller, { grant_type: "authorization_code", code });
    return { access: String(node["app_auth_token"]), refresh: String(node["app_refresh_token"]) };
  };
  const user = await exchanged(await userCode());
  const repeat = await signedCall(app, "zhima.credit.score.get", { auth_token: user.access, biz_content: inquiry() });
  await send(kaimen.sandbox, repeat);
  const partnerApp = kaimen.sandbox.merchants[0]?.app_id ?? "";
  return {
    user,
    repeat,
    toRefresh: await exchanged(await userCode()),
    code: await userCode(),
    received: await exchangedApp(app, await merchantCode(app, partnerCookie, partnerApp)),
    receivedCode: await merchantCode(app, partnerCookie, partnerApp),
    given: await exchangedApp(actor, await merchantCode(actor, staffCookie, app.appId)),
    givenCode: await merchantCode(actor, staffCookie, app.appId),
    bill: String((await askForBill()).node["bill_download_url"]),
  };
}
const askForBill = () =>
  call(app, "alipay.data.dataservice.bill.downloadurl.query", {
    biz_content: JSON.stringify({ bill_type: "trade", bill_date: yesterday() }),
  });
type Supplies = Awaited<ReturnType<typeof supply>>;

function yesterday(): string {
  return new Date(Date.now() + 8 * 3_600_000 - 86_400_000).toISOString().slice(0, 10);
}

async function signedAddress(caller: TestApp): Promise<number> {
  const path = "/api/feedback/batches";
  const timestamp = String(Math.floor(systemClock.now() / 1_000_000));
  const query = await signParameters(
    { app_id: caller.appId, path, timestamp },
    { privateKey: caller.privateKey, signType: "RSA2" },
  );
  return (await openPage(new URL(`${path}?${query.toString()}`, kaimen.sandbox.gateway_url))).status;
}

async function feedBack(caller: TestApp): Promise<string> {
  const rows = [recordOf(testPerson(3), recentMonths(1)[0] ?? "", { order_no: "STOPPED" })];
  const fields = {
    file_type: "json_data",
    file_charset: "UTF-8",
    columns: documentColumns,
    primary_key_columns: "order_no,pay_month",
    records: "1",
  };
  const form = new FormData();
  for (const [name, value] of await signedCall(caller, "zhima.data.batch.feedback", fields)) form.append(name, value);
  form.append("file", new Blob([fileOf(rows)]), "feedback.json");
  const reply = await (await fetch(kaimen.sandbox.gateway_url, { method: "POST", body: form })).text();
  const [node = {}] = Object.values(JSON.parse(reply) as Record<string, Record<string, unknown>>);
  return String(node["sub_code"] ?? "10000");
}

const page = (path: string, query: Record<string, string>) =>
  new URL(`${path}?${new URLSearchParams(query).toString()}`, kaimen.sandbox.gateway_url);
const userAsked = () => ({ app_id: app.appId, scope: "auth_zhima", redirect_uri: back });
const result = ({ status, errorCode }: { status: number; errorCode: string | undefined }): string =>
  errorCode ?? String(status);
const brief = (caller: TestApp) => {
  const content = {
    transaction_id: newTransactionId(),
    product_code: briefProductCode,
    cert_type: "ALIPAY_USER_ID",
    cert_no: userByLogin(kaimen.sandbox, "average").user_id,
    admittance_score: "600",
  };
  return call(caller, "zhima.credit.score.brief.get", { biz_content: JSON.stringify(content) });
};

const noApp = "isv.insufficient-isv-permissions";
const noMerchant = "isv.insufficient-user-permissions";
const stopped = "suspended-app";

/** A door, what it gives when it is open, when the app is suspended, and when its merchant is. In an order that uses nothing up too soon. */
const doors: readonly (readonly [string, (supplies: Supplies) => Promise<string>, string, string, string])[] = [
  [
    "fetches a statement by its address, which is good for half a minute",
    async ({ bill }) => result(await openPage(bill)),
    "200",
    "403",
    "403",
  ],
  [
    "asks for a score",
    async ({ user }) =>
      (await call(app, "zhima.credit.score.get", { auth_token: user.access, biz_content: inquiry() })).code,
    "10000",
    noApp,
    noMerchant,
  ],
  [
    "sends the very same request again",
    async ({ repeat }) => (await send(kaimen.sandbox, repeat)).code,
    "10000",
    noApp,
    noMerchant,
  ],
  ["asks briefly", async () => (await brief(app)).code, "10000", noApp, noMerchant],
  [
    "has given its consent to another app of its merchant",
    async () => (await brief(sister)).code,
    "10000",
    "AUTHENTICATION_FAIL",
    noMerchant,
  ],
  ["feeds back", () => feedBack(app), "10000", noApp, noMerchant],
  [
    "asks for its template",
    async () =>
      (await call(app, "zhima.data.feedbackurl.query", { biz_content: JSON.stringify({ merchant_id: merchantId }) }))
        .code,
    "10000",
    noApp,
    noMerchant,
  ],
  ["asks for a statement", async () => (await askForBill()).code, "10000", noApp, noMerchant],
  ["reads its batches by a signed address", async () => String(await signedAddress(app)), "200", "401", "401"],
  ["lets its sister read by a signed address", async () => String(await signedAddress(sister)), "200", "200", "401"],
  [
    "acts for another merchant",
    async ({ user, received }) =>
      (
        await call(app, "zhima.credit.score.get", {
          auth_token: user.access,
          app_auth_token: received.access,
          biz_content: inquiry(),
        })
      ).code,
    "10000",
    noApp,
    noMerchant,
  ],
  [
    "refreshes another merchant's token",
    async ({ received }) =>
      (await appToken(app, { grant_type: "refresh_token", refresh_token: received.refresh })).code,
    "10000",
    noApp,
    noMerchant,
  ],
  [
    "exchanges another merchant's code",
    async ({ receivedCode }) => (await appToken(app, { grant_type: "authorization_code", code: receivedCode })).code,
    "10000",
    noApp,
    noMerchant,
  ],
  [
    "is acted for",
    async ({ user, given }) =>
      (
        await call(actor, "zhima.credit.score.get", {
          auth_token: user.access,
          app_auth_token: given.access,
          biz_content: inquiry(),
        })
      ).code,
    "10000",
    noApp,
    noMerchant,
  ],
  [
    "is told of as a token's giver",
    async ({ given }) =>
      String(
        (
          await call(actor, "alipay.open.auth.token.app.query", {
            biz_content: JSON.stringify({ app_auth_token: given.access }),
          })
        ).node["status"],
      ),
    "valid",
    "invalid",
    "invalid",
  ],
  [
    "has a token of its refreshed",
    async ({ given }) => (await appToken(actor, { grant_type: "refresh_token", refresh_token: given.refresh })).code,
    "10000",
    "REFRESH_TOKEN_NOT_VALID",
    "REFRESH_TOKEN_NOT_VALID",
  ],
  [
    "has a code of its exchanged",
    async ({ givenCode }) => (await appToken(actor, { grant_type: "authorization_code", code: givenCode })).code,
    "10000",
    "AUTH_CODE_NOT_VALID",
    "AUTH_CODE_NOT_VALID",
  ],
  [
    "refreshes a user's token",
    async ({ toRefresh }) => (await oauth(app, { grant_type: "refresh_token", refresh_token: toRefresh.refresh })).code,
    "10000",
    noApp,
    noMerchant,
  ],
  [
    "exchanges a user's code",
    async ({ code }) => (await oauth(app, { grant_type: "authorization_code", code })).code,
    "10000",
    noApp,
    noMerchant,
  ],
  [
    "is authorised by a user who once agreed",
    async () => result(await openPage(page("/oauth2/publicAppAuthorize.htm", userAsked()), { cookie: userCookie })),
    "303",
    stopped,
    stopped,
  ],
  [
    "is authorised by a user who is asked to sign in",
    async () => result(await openPage(page("/oauth2/publicAppAuthorize.htm", userAsked()))),
    "200",
    stopped,
    stopped,
  ],
  [
    "is authorised by a user who signs in",
    async () => {
      const user = userByLogin(kaimen.sandbox, "average");
      return result(
        await openPage(page("/oauth2/login", {}), {
          form: { ...userAsked(), login: user.login, password: user.password },
        }),
      );
    },
    "303",
    stopped,
    stopped,
  ],
  [
    "is authorised by a user who agrees",
    async () => {
      const { formToken } = await openPage(page("/oauth2/mine.htm", {}), { cookie: userCookie });
      return result(
        await openPage(page("/oauth2/publicAppAuthorize.htm", {}), {
          cookie: userCookie,
          form: { ...userAsked(), form_token: formToken, decision: "agree" },
        }),
      );
    },
    "303",
    stopped,
    stopped,
  ],
  [
    "is authorised by another merchant",
    async () =>
      result(
        await openPage(page("/oauth2/appToAppAuth.htm", { app_id: app.appId, redirect_uri: back }), {
          cookie: partnerCookie,
        }),
      ),
    "200",
    stopped,
    stopped,
  ],
  [
    "can be named by its merchant who authorises another's app",
    async () => {
      const { text } = await openPage(page("/oauth2/appToAppAuth.htm", { app_id: actor.appId, redirect_uri: back }), {
        cookie: staffCookie,
      });
      return text.includes(`<option value="${app.appId}">`) ? "offered" : "not offered";
    },
    "offered",
    "not offered",
    "not offered",
  ],
  [
    "has staff who are signed in",
    async () =>
      (await openPage(page("/oauth2/merchantMine.htm", {}), { cookie: staffCookie })).formToken === ""
        ? "asked to sign in"
        : "shown",
    "shown",
    "shown",
    "asked to sign in",
  ],
  [
    "has staff who sign in",
    async () => String((await openPage(page("/oauth2/merchantMineLogin", {}), { form: staff })).status),
    "303",
    "303",
    "401",
  ],
];

const states = [
  ["app", 3, () => `PATCH /api/apps/${app.appId}`],
  ["merchant", 4, () => `PATCH /api/merchants/${merchantId}`],
] as const;

describe.each(states)("a suspended %s", (_, column, route) => {
  const met = new Map<string, { before: string; suspended: string; after: string }>();

  beforeAll(async () => {
    const before = await supply();
    const opened = [];
    for (const [, knock] of doors) opened.push(await knock(before));
    const supplies = await supply();
    await operate(route(), { suspended: true });
    await delay(noticedMs);
    const closed = [];
    for (const [, knock] of doors) closed.push(await knock(supplies));
    await operate(route(), { suspended: false });
    await delay(noticedMs);
    // The one from before may be past its half minute by now.
    const after = { ...supplies, bill: String((await askForBill()).node["bill_download_url"]) };
    for (const [index, [name, knock]] of doors.entries()) {
      met.set(name, { before: opened[index] ?? "", suspended: closed[index] ?? "", after: await knock(after) });
    }
  });

  it.each(doors)("%s: no longer, and again when it is resumed", (...door) => {
    const [name, , open] = door;
    expect(met.get(name)).toEqual({ before: open, suspended: door[column], after: open });
  });
});

it("an operator still reads the statement of a suspended merchant, who has to be billed", async () => {
  await operate(`PATCH /api/merchants/${merchantId}`, { suspended: true });
  const { answer } = await askAsOperator(kaimen.sandbox, "POST /api/statements", { merchantId, day: yesterday() });
  expect((await openPage(String(answer["url"]))).status).toBe(200);
  await operate(`PATCH /api/merchants/${merchantId}`, { suspended: false });
});

it("a bill's address names the app that asked for it, and is none without", async () => {
  const bill = String((await askForBill()).node["bill_download_url"]);
  expect((await openPage(bill)).status).toBe(200);
  const fileId = new URL(bill).searchParams.get("fileId") ?? "";
  for (const other of [undefined, actor.appId, sister.appId]) {
    const changed = new URL(bill);
    if (other === undefined) changed.searchParams.delete("fileId");
    else changed.searchParams.set("fileId", fileId.replace(/(?<=^\/trade\/)[^/]*/, other));
    expect((await openPage(changed)).status).toBe(403);
  }
});

it("nobody is suspended by what is neither true nor false, and an app that is not cannot be", async () => {
  const ask = (appId: string, body: unknown) => askAsOperator(kaimen.sandbox, `PATCH /api/apps/${appId}`, body);
  for (const suspended of ["yes", "true", 1, null])
    expect(await ask(app.appId, { suspended })).toMatchObject({
      status: 400,
      answer: { code: "invalid-field", detail: "suspended: true or false: nothing of it counts for now" },
    });
  expect(await ask("nobody", { suspended: true })).toMatchObject({ status: 404, answer: { detail: "no app nobody" } });
  expect(await ask(app.appId, {})).toMatchObject({ status: 200, answer: { suspended: false } });
});
