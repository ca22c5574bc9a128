import type { AlipaySdk } from "alipay-sdk";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeOnBothEngines } from "../support/engines.ts";
import { documentColumns, recentMonths, recordOf, testPerson } from "../support/feedback-data.ts";
import {
  askScore,
  authoriseInBrowser,
  feedBack,
  gbkFileOf,
  newTransactionId,
  productCode,
  rawCall,
} from "../support/integrator.ts";
import { officialSdk, type RunningKaimen, startKaimen, userByLogin } from "../support/kaimen.ts";

describeOnBothEngines("the main job, with the official SDK", (engine) => {
  let kaimen: RunningKaimen;
  let sdk: AlipaySdk;

  beforeAll(async () => {
    kaimen = await startKaimen({ database: engine.database });
    sdk = officialSdk(kaimen.sandbox);
  });
  afterAll(() => kaimen.stop());

  it("gives every demo person the score that sandbox.json says", async () => {
    for (const user of kaimen.sandbox.users) {
      const reply = await askScore(sdk, user.access_token);
      expect(reply).toMatchObject({ code: "10000", msg: "Success", zmScore: user.score });
      expect(reply["bizNo"]).toMatch(/^ZM\d{30}$/);
      expect(reply.traceId).toMatch(/^[0-9a-f]{30}$/);
    }
    const scores = kaimen.sandbox.users.map(({ score }) => score);
    expect(scores).toContain("N/A");
    expect(new Set(scores).size).toBe(scores.length);
  });

  it("exchanges the auth_code of the authorise page for a token, once, and asks with it", async () => {
    const user = userByLogin(kaimen.sandbox, "average");
    const back = await authoriseInBrowser(kaimen.sandbox, user, { state: "s1" });
    expect(Object.fromEntries(back.searchParams)).toMatchObject({
      app_id: kaimen.sandbox.app_id,
      scope: "auth_zhima",
      state: "s1",
    });
    const code = back.searchParams.get("auth_code") ?? "";
    expect(code).toMatch(/^[0-9a-f]{32}$/);

    const tokens = (await sdk.exec(
      "alipay.system.oauth.token",
      { grant_type: "authorization_code", code },
      { validateSign: true },
    )) as unknown as Record<string, unknown>;
    expect(tokens).toMatchObject({ userId: user.user_id, expiresIn: 1_296_000, reExpiresIn: 2_592_000 });
    expect(tokens["accessToken"]).toMatch(/^authzmaB[0-9a-f]{32}$/);
    expect(tokens).not.toHaveProperty("code");
    expect(await askScore(sdk, String(tokens["accessToken"]))).toMatchObject({ code: "10000", zmScore: user.score });

    const again = (await sdk.exec("alipay.system.oauth.token", {
      grant_type: "authorization_code",
      code,
    })) as unknown as Record<string, unknown>;
    expect(again).toMatchObject({ code: "40002", subCode: "isv.code-invalid" });
  });

  it("refreshes a token: the old access token dies at once, the refresh token serves once and keeps its deadline", async () => {
    const back = await authoriseInBrowser(kaimen.sandbox, userByLogin(kaimen.sandbox, "late"));
    const exec = async (parameters: Record<string, string>) =>
      (await sdk.exec("alipay.system.oauth.token", parameters)) as unknown as Record<string, string | number>;
    const first = await exec({ grant_type: "authorization_code", code: back.searchParams.get("auth_code") ?? "" });
    expect(await askScore(sdk, String(first["accessToken"]))).toMatchObject({ code: "10000" });
    const second = await exec({ grant_type: "refresh_token", refresh_token: String(first["refreshToken"]) });
    expect(Number(second["reExpiresIn"])).toBeLessThanOrEqual(Number(first["reExpiresIn"]));
    expect(await askScore(sdk, String(second["accessToken"]))).toMatchObject({ code: "10000" });
    expect(await askScore(sdk, String(first["accessToken"]))).toMatchObject({
      code: "20001",
      subCode: "aop.invalid-auth-token",
    });
    expect(await exec({ grant_type: "refresh_token", refresh_token: String(first["refreshToken"]) })).toMatchObject({
      subCode: "isv.refreshed-token-invalid",
    });
  });

  it.each([
    ["UTF-8", 1],
    ["GBK", 2],
  ])("feeds back 100 records in a %s file", async (charset, offset) => {
    const rows = Array.from({ length: 10 }, (_, index) => testPerson(offset * 100 + index, "欧阳娜娜")).flatMap(
      (person) => recentMonths(10).map((month) => recordOf(person, month)),
    );
    const fields = { file_charset: charset, records: "100" };
    const upload = charset === "GBK" ? { content: gbkFileOf(rows), fields } : { rows, fields };
    expect(await feedBack(sdk, upload)).toMatchObject({ code: "10000", msg: "Success" });
  });

  it("changes a person's score by a bad month and by its correction, at the next inquiry", async () => {
    const user = userByLogin(kaimen.sandbox, "excellent");
    const [lastMonth = ""] = recentMonths(1);
    const person = { name: user.name, credentialsNo: user.credentials_no };
    const bad = recordOf(person, lastMonth, {
      order_no: "DEMO1001",
      overdue_cnt: "2",
      gmt_ovd_date: `${lastMonth}-01`,
      create_amt: "3200",
    });
    const good = recordOf(person, lastMonth, { order_no: "DEMO1001", create_amt: "3200" });

    expect(await feedBack(sdk, { rows: [bad] })).toMatchObject({ code: "10000" });
    const worse = await askScore(sdk, user.access_token);
    expect(Number(worse["zmScore"])).toBeLessThan(Number(user.score) - 100);

    expect(await feedBack(sdk, { rows: [good] })).toMatchObject({ code: "10000" });
    const better = await askScore(sdk, user.access_token);
    expect(Number(better["zmScore"])).toBeGreaterThan(Number(user.score) - 20);
  });

  it("gives the first answer again for the same transaction_id, though the score has changed meanwhile", async () => {
    const user = userByLogin(kaimen.sandbox, "new");
    const request = { transaction_id: newTransactionId(), product_code: productCode };
    const first = await askScore(sdk, user.access_token, request);
    expect(first).toMatchObject({ zmScore: "N/A" });
    const rows = recentMonths(6).map((month) =>
      recordOf({ name: user.name, credentialsNo: user.credentials_no }, month, { order_no: "MORE-1" }),
    );
    expect(await feedBack(sdk, { rows })).toMatchObject({ code: "10000" });
    expect(await askScore(sdk, user.access_token, request)).toMatchObject({ zmScore: "N/A", bizNo: first["bizNo"] });
    const fresh = await askScore(sdk, user.access_token);
    expect(Number(fresh["zmScore"])).toBeGreaterThan(550);
  });

  it("takes a transaction_id that is a JSON number digit by digit", async () => {
    const user = userByLogin(kaimen.sandbox, "average");
    const digits = `9007199254740993${String(Date.now()).slice(-10)}`;
    const exec = async (bizContent: string) => {
      const text = await rawCall(kaimen.sandbox, {
        method: "zhima.credit.score.get",
        auth_token: user.access_token,
        biz_content: bizContent,
      });
      return (JSON.parse(text) as { zhima_credit_score_get_response: { code: string; biz_no: string } })
        .zhima_credit_score_get_response;
    };
    const asNumber = await exec(`{"transaction_id":${digits},"product_code":"${productCode}"}`);
    const asString = await exec(`{"transaction_id":"${digits}","product_code":"${productCode}"}`);
    const neighbour = await exec(
      `{"transaction_id":${digits.slice(0, -1)}${(Number(digits.at(-1)) + 1) % 10},"product_code":"${productCode}"}`,
    );
    expect(asNumber).toMatchObject({ code: "10000" });
    expect(asString.biz_no).toBe(asNumber.biz_no);
    expect(neighbour.biz_no).not.toBe(asNumber.biz_no);
  });

  it("answers 64 askers of one transaction_id at once with one inquiry", async () => {
    const user = userByLogin(kaimen.sandbox, "recovered");
    const request = { transaction_id: newTransactionId(), product_code: productCode };
    const replies = await Promise.all(Array.from({ length: 64 }, () => askScore(sdk, user.access_token, request)));
    expect(new Set(replies.map((reply) => `${reply.code} ${reply["bizNo"]} ${reply["zmScore"]}`)).size).toBe(1);
    expect(replies[0]).toMatchObject({ code: "10000" });
  });

  it("moves an order to the person it is corrected to, so that two people never carry it", async () => {
    const wrong = userByLogin(kaimen.sandbox, "recovered");
    const right = userByLogin(kaimen.sandbox, "average");
    const months = recentMonths(3);
    const overdue = (user: typeof wrong, chosen: string[]) =>
      chosen.map((month) =>
        recordOf({ name: user.name, credentialsNo: user.credentials_no }, month, {
          order_no: "MOVED-1",
          overdue_cnt: "3",
          gmt_ovd_date: `${month}-01`,
        }),
      );
    const before = await askScore(sdk, wrong.access_token);
    await feedBack(sdk, { rows: overdue(wrong, months) });
    const blamed = await askScore(sdk, wrong.access_token);
    expect(Number(blamed["zmScore"])).toBeLessThan(Number(before["zmScore"]));
    expect(await feedBack(sdk, { rows: overdue(right, months.slice(-1)) })).toMatchObject({ code: "10000" });
    expect(await askScore(sdk, wrong.access_token)).toMatchObject({ zmScore: before["zmScore"] });
    const corrected = await askScore(sdk, right.access_token);
    expect(Number(corrected["zmScore"])).toBeLessThan(600);
  });

  it("keeps everything over a restart, and starts again with the same keys", async () => {
    const user = userByLogin(kaimen.sandbox, "defaulted");
    const request = { transaction_id: newTransactionId(), product_code: productCode };
    const first = await askScore(sdk, user.access_token, request);
    const { dataDirectory, sandbox } = kaimen;
    const environment = kaimen.environment;
    expect(await kaimen.end("SIGTERM")).toBe(0);
    kaimen = await startKaimen({ env: environment, dataDirectory });
    expect(kaimen.sandbox.app_private_key_pkcs8).toBe(sandbox.app_private_key_pkcs8);
    expect(kaimen.sandbox.alipay_public_key).toBe(sandbox.alipay_public_key);
    sdk = officialSdk(kaimen.sandbox);
    expect(await askScore(sdk, user.access_token, request)).toMatchObject({
      bizNo: first["bizNo"],
      zmScore: first["zmScore"],
    });
  });

  it("never writes a name, an identity number, a token or a signature to its log", () => {
    const log = kaimen.log();
    for (const user of kaimen.sandbox.users) {
      for (const secret of [user.name, user.credentials_no, user.access_token, user.password])
        expect(log).not.toContain(secret);
    }
    expect(log).not.toContain("sign=");
    expect(documentColumns.split(",")).toHaveLength(10);
  });
});
