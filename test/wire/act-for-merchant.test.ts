import { AlipayFormData, type AlipaySdk } from "alipay-sdk";
import type { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { documentColumns, fileOf, recentMonths, recordOf, testPerson } from "../support/feedback-data.ts";
import { authoriseAppInBrowser, newTransactionId, productCode, type SdkReply } from "../support/integrator.ts";
import { officialSdk, type RunningKaimen } from "../support/kaimen.ts";
import { type KaimenOnPostgres, startKaimenOnPostgres } from "../support/kaimen-on-postgres.ts";
import { startPostgres } from "../support/postgres-cluster.ts";

const cluster = await startPostgres();

describe.skipIf(cluster === undefined)("an app that acts for another merchant", () => {
  let started: KaimenOnPostgres;
  let kaimen: RunningKaimen;
  let sdk: AlipaySdk;
  let database: Client;

  beforeAll(async () => {
    started = await startKaimenOnPostgres(cluster);
    ({ kaimen, database } = started);
    sdk = officialSdk(kaimen.sandbox);
  });
  afterAll(() => started?.stop());

  const call = async (method: string, bizContent: Record<string, string>): Promise<SdkReply> =>
    (await sdk.exec(method, { bizContent }, { validateSign: true })) as unknown as SdkReply;
  const exchange = (bizContent: Record<string, string>) => call("alipay.open.auth.token.app", bizContent);
  const authorise = async () =>
    exchange({ grant_type: "authorization_code", code: await authoriseAppInBrowser(kaimen.sandbox) });
  const ask = async (transactionId: string, appAuthToken?: unknown): Promise<SdkReply> =>
    (await sdk.exec(
      "zhima.credit.score.get",
      {
        auth_token: kaimen.sandbox.users[0]?.access_token ?? "",
        ...(appAuthToken === undefined ? {} : { app_auth_token: String(appAuthToken) }),
        bizContent: { transaction_id: transactionId, product_code: productCode },
      },
      { validateSign: true },
    )) as unknown as SdkReply;

  it("gets a token for the merchant's code, as published", async () => {
    const [merchant] = kaimen.sandbox.merchants;
    const tokens = await authorise();
    expect(tokens).toMatchObject({
      code: "10000",
      appAuthToken: expect.stringMatching(/^[A-Za-z0-9]{36,40}$/),
      appRefreshToken: expect.stringMatching(/^[A-Za-z0-9]{36,40}$/),
      authAppId: merchant?.app_id,
      userId: merchant?.merchant_id,
      expiresIn: 31_536_000,
      reExpiresIn: 32_140_800,
    });
    const described = await call("alipay.open.auth.token.app.query", {
      app_auth_token: String(tokens["appAuthToken"]),
    });
    expect(described).toMatchObject({
      code: "10000",
      status: "valid",
      userId: merchant?.merchant_id,
      expiresIn: 31_536_000,
    });
  });

  it("asks in the merchant's name: its contract, its number, its transaction_ids", async () => {
    const { appAuthToken } = await authorise();
    const partner = kaimen.sandbox.merchants[0]?.merchant_id ?? "";
    const transactionId = newTransactionId();
    const own = await ask(transactionId);
    await database.query("update arrangement set quota = 1, quota_used = 0 where merchant_id = $1", [partner]);
    const theirs = await ask(transactionId, appAuthToken);
    expect(theirs).toMatchObject({ code: "10000", zmScore: own["zmScore"] });
    expect(theirs["bizNo"]).not.toBe(own["bizNo"]);
    expect(await ask(transactionId, appAuthToken)).toMatchObject({ code: "10000", bizNo: theirs["bizNo"] });
    expect(await ask(newTransactionId(), appAuthToken)).toMatchObject({
      code: "40004",
      subCode: "ARRANGEMENT_OVER_LIMIT",
    });
    expect(await ask(newTransactionId())).toMatchObject({ code: "10000" });
    const { rows } = await database.query("select merchant_id, app_id from inquiry where biz_no = $1", [
      theirs["bizNo"],
    ]);
    expect(rows).toEqual([{ merchant_id: partner, app_id: kaimen.sandbox.app_id }]);
  });

  it("feeds back in the merchant's name", async () => {
    const { appAuthToken } = await authorise();
    const row = recordOf(testPerson(7), recentMonths(1)[0] ?? "", { order_no: "THEIRS" });
    const form = new AlipayFormData();
    const fields = {
      file_type: "json_data",
      file_charset: "UTF-8",
      columns: documentColumns,
      primary_key_columns: "order_no,pay_month",
      records: "1",
    };
    for (const [name, value] of Object.entries(fields)) form.addField(name, value);
    form.addField("app_auth_token", String(appAuthToken));
    form.addFile("file", "feedback.json", Buffer.from(fileOf([row])));
    const reply = (await sdk.exec(
      "zhima.data.batch.feedback",
      {},
      { formData: form, validateSign: true },
    )) as unknown as SdkReply;
    expect(reply).toMatchObject({ code: "10000" });
    const { rows } = await database.query("select merchant_id from feedback_record where order_no = 'THEIRS'");
    expect(rows).toEqual([{ merchant_id: kaimen.sandbox.merchants[0]?.merchant_id }]);
  });

  it("loses the old token when the merchant authorises again, and when it refreshes", async () => {
    const first = await authorise();
    const second = await authorise();
    expect(await ask(newTransactionId(), first["appAuthToken"])).toMatchObject({
      code: "20001",
      subCode: "aop.invalid-app-auth-token",
    });
    const refresh = (token: unknown) => exchange({ grant_type: "refresh_token", refresh_token: String(token) });
    const third = await refresh(second["appRefreshToken"]);
    expect(third).toMatchObject({ code: "10000" });
    expect(await ask(newTransactionId(), second["appAuthToken"])).toMatchObject({
      subCode: "aop.invalid-app-auth-token",
    });
    const described = await call("alipay.open.auth.token.app.query", {
      app_auth_token: String(second["appAuthToken"]),
    });
    expect(described).toMatchObject({ code: "10000", status: "invalid" });
    await database.query(
      "update app_authorisation_secret set expires_at = now() where kind = 'refresh' and ended_at is null",
    );
    expect(await refresh(third["appRefreshToken"])).toMatchObject({ code: "40004", subCode: "REFRESH_TOKEN_TIME_OUT" });
    // Used again, it ends what replaced it: so this comes last.
    expect(await refresh(second["appRefreshToken"])).toMatchObject({
      code: "40004",
      subCode: "REFRESH_TOKEN_NOT_VALID",
    });
  });

  it("is refused at once when the merchant has withdrawn", async () => {
    const { appAuthToken } = await authorise();
    await database.query("update app_authorisation set ended_at = now()");
    expect(await ask(newTransactionId(), appAuthToken)).toMatchObject({
      code: "20001",
      subCode: "aop.invalid-app-auth-token",
    });
  });

  it("has no good token while it may act for nobody", async () => {
    const { appAuthToken } = await authorise();
    const mayAct = (may: boolean) =>
      database.query("update app set acts_for_merchants = $2 where app_id = $1", [kaimen.sandbox.app_id, may]);
    const answer = async (): Promise<unknown> => (await ask(newTransactionId(), appAuthToken))["subCode"];
    const before = await answer();
    expect(before).not.toBe("aop.invalid-app-auth-token");
    await mayAct(false);
    await expect.poll(answer, { timeout: 10_000 }).toBe("aop.invalid-app-auth-token");
    await mayAct(true);
    await expect.poll(answer, { timeout: 10_000 }).toBe(before);
  });

  it("is sent away without a code when the merchant cancels", async () => {
    expect(await authoriseAppInBrowser(kaimen.sandbox, { decision: "cancel" })).toBe("");
  });

  it("is refused a token for a code that is none, was used, or is another app's", async () => {
    const code = await authoriseAppInBrowser(kaimen.sandbox);
    const withCode = (each: string) => exchange({ grant_type: "authorization_code", code: each });
    expect(await withCode("P0")).toMatchObject({ code: "40004", subCode: "AUTH_CODE_NOT_EXIST" });
    expect(await withCode(code)).toMatchObject({ code: "10000" });
    expect(await withCode(code)).toMatchObject({ code: "40004", subCode: "AUTH_CODE_NOT_VALID" });
    const others = await authoriseAppInBrowser(kaimen.sandbox);
    await database.query("update app_authorisation set app_id = '2021000000000002' where app_id = $1", [
      kaimen.sandbox.app_id,
    ]);
    expect(await withCode(others)).toMatchObject({ code: "40004", subCode: "APP_ID_NOT_CONSISTENT" });
    expect(await exchange({ grant_type: "password" })).toMatchObject({ code: "40004", subCode: "GRANT_TYPE_INVALID" });
    expect(await exchange({ grant_type: "refresh_token", refresh_token: "x" })).toMatchObject({
      code: "40004",
      subCode: "REFRESH_TOKEN_NOT_EXIST",
    });
    expect(await call("alipay.open.auth.token.app.query", { app_auth_token: "x" })).toMatchObject({
      code: "40004",
      subCode: "AUTH_TOKEN_NOT_FOUND",
    });
    await database.query("update app set acts_for_merchants = false where app_id = $1", [kaimen.sandbox.app_id]);
    await expect
      .poll(() => withCode("P0"), { timeout: 5_000 })
      .toMatchObject({ code: "40004", subCode: "APP_NOT_ISV" });
  });
});
