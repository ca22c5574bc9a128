import { generateKeyPairSync } from "node:crypto";
import type { AlipaySdk } from "alipay-sdk";
import type { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportKey } from "#kaimen/keys/formats.ts";
import { askScore, newTransactionId, productCode, type SdkReply } from "../support/integrator.ts";
import { officialSdk, type RunningKaimen, userByLogin } from "../support/kaimen.ts";
import { type KaimenOnPostgres, startKaimenOnPostgres } from "../support/kaimen-on-postgres.ts";
import { askAsOperator } from "../support/operator.ts";
import { startPostgres } from "../support/postgres-cluster.ts";

/** Codes and tokens are good for whom they were made, for as long as was said, and for nothing else. */
const cluster = await startPostgres();
const othersApp = "2021000000000903";
const briefProduct = "w1010100000000002733";

describe.skipIf(cluster === undefined)("a code or a token", () => {
  let started: KaimenOnPostgres;
  let kaimen: RunningKaimen;
  let database: Client;
  let own: AlipaySdk;
  let other: AlipaySdk;
  let origin = "";
  /** The cookies of a user and of a merchant, who sign in once for all of these tests. */
  let userCookie = "";
  let merchantCookie = "";

  beforeAll(async () => {
    started = await startKaimenOnPostgres(cluster);
    ({ kaimen, database } = started);
    const { sandbox } = kaimen;
    origin = new URL(sandbox.gateway_url).origin;
    const keys = generateKeyPairSync("rsa", { modulusLength: 2_048 });
    await database.query(
      `insert into app (app_id, merchant_id, name, public_key, gateway_key_id, redirect_uris, template, feedback_policy, created_at, acts_for_merchants)
       select $1, $2, 'other', $3, gateway_key_id, redirect_uris, template, feedback_policy, created_at, true from app where app_id = $4`,
      [othersApp, sandbox.merchants[0]?.merchant_id, exportKey(keys.publicKey, "spki"), sandbox.app_id],
    );
    await database.query(
      `insert into arrangement (merchant_id, product_code, status, valid_from, valid_to, price_fen, bills_na)
       select $1, product_code, status, valid_from, valid_to, price_fen, bills_na from arrangement where merchant_id = $2 and product_code = $3`,
      [sandbox.merchants[0]?.merchant_id, sandbox.merchant_id, briefProduct],
    );
    own = officialSdk(sandbox);
    other = officialSdk(sandbox, { appId: othersApp, privateKey: exportKey(keys.privateKey, "pkcs8") });
    userCookie = await signIn("/oauth2/mineLogin", userByLogin(sandbox, "average"));
    merchantCookie = await signIn("/oauth2/merchantMineLogin", sandbox.merchants[0] ?? { login: "", password: "" });
  });
  afterAll(() => started?.stop());

  async function signIn(path: string, { login, password }: { login: string; password: string }): Promise<string> {
    const reply = await fetch(`${origin}${path}`, {
      method: "POST",
      body: new URLSearchParams({ login, password }),
      redirect: "manual",
    });
    expect(reply.status).toBe(303);
    return (reply.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  }

  const renewSessions = (): Promise<unknown> =>
    database.query(
      "update session set expires_at = now() + interval '100 years', last_seen_at = now() + interval '100 years'",
    );

  /** Agrees on a page, if it asks, and gives the parameters that the browser is sent back with; undefined where it asked. */
  async function visit(
    page: string,
    cookie: string,
    query: Record<string, string>,
    decision?: "agree",
  ): Promise<URLSearchParams | undefined> {
    const search = new URLSearchParams({ redirect_uri: "http://127.0.0.1:9/callback", ...query });
    const shown = await fetch(`${origin}${page}?${search.toString()}`, { headers: { cookie }, redirect: "manual" });
    const back = shown.headers.get("location");
    if (back !== null) return new URL(back).searchParams;
    if (decision === undefined) return undefined;
    const fields = [
      ...(await shown.text()).matchAll(/<input type="(?:hidden|checkbox)" name="([^"]+)" value="([^"]*)"/g),
    ].map(([, name = "", value = ""]): [string, string] => [name, value]);
    const agreed = await fetch(`${origin}${page}`, {
      method: "POST",
      headers: { cookie },
      body: new URLSearchParams([...fields, ["decision", decision]]),
      redirect: "manual",
    });
    return new URL(agreed.headers.get("location") ?? "about:blank").searchParams;
  }
  const userPage = "/oauth2/publicAppAuthorize.htm";
  const merchantPage = "/oauth2/appToAppAuth.htm";
  const consent = (appId: string, scope = "auth_zhima") =>
    visit(userPage, userCookie, { app_id: appId, scope }, "agree");
  const userCode = async (appId = kaimen.sandbox.app_id): Promise<string> =>
    (await consent(appId))?.get("auth_code") ?? "";
  const merchantCode = async (appId = kaimen.sandbox.app_id): Promise<string> =>
    (await visit(merchantPage, merchantCookie, { app_id: appId }, "agree"))?.get("app_auth_code") ?? "";

  const advance = async (seconds: number): Promise<void> => {
    await askAsOperator(kaimen.sandbox, "POST /api/sandbox/clock", { advanceS: seconds });
    await renewSessions();
  };

  const exchange = async (sdk: AlipaySdk, code: string): Promise<SdkReply> =>
    (await sdk.exec("alipay.system.oauth.token", { grant_type: "authorization_code", code })) as unknown as SdkReply;
  const refresh = async (sdk: AlipaySdk, token: unknown): Promise<SdkReply> =>
    (await sdk.exec("alipay.system.oauth.token", {
      grant_type: "refresh_token",
      refresh_token: String(token),
    })) as unknown as SdkReply;
  const appExchange = async (sdk: AlipaySdk, bizContent: Record<string, string>): Promise<SdkReply> =>
    (await sdk.exec("alipay.open.auth.token.app", { bizContent })) as unknown as SdkReply;
  const withCode = (sdk: AlipaySdk, code: string) => appExchange(sdk, { grant_type: "authorization_code", code });
  const withRefresh = (sdk: AlipaySdk, token: unknown) =>
    appExchange(sdk, { grant_type: "refresh_token", refresh_token: String(token) });
  const askActing = async (sdk: AlipaySdk, accessToken: unknown, appAuthToken: unknown): Promise<string> => {
    const bizContent = { transaction_id: newTransactionId(), product_code: productCode };
    const reply = (await sdk.exec("zhima.credit.score.get", {
      auth_token: String(accessToken),
      app_auth_token: String(appAuthToken),
      bizContent,
    })) as unknown as SdkReply;
    return reply.subCode ?? reply.code ?? "";
  };
  const scoreCode = async (sdk: AlipaySdk, token: unknown): Promise<string> => {
    const reply = await askScore(sdk, String(token));
    return reply.subCode ?? reply.code ?? "";
  };

  describe("of a user's consent: the auth_code", () => {
    it("of one app is no other's: it is not exchanged, nor burnt for its owner", async () => {
      const code = await userCode();
      for (let attempt = 0; attempt < 3; attempt += 1)
        expect(await exchange(other, code)).toMatchObject({ subCode: "isv.code-invalid" });
      expect(await exchange(own, code)).toMatchObject({ accessToken: expect.any(String) as string });
    });

    it("buys once, also of many who try at once", async () => {
      const code = await userCode();
      const replies = await Promise.all(Array.from({ length: 8 }, () => exchange(own, code)));
      expect(replies.filter((reply) => reply["accessToken"] !== undefined)).toHaveLength(1);
      expect(await exchange(own, code)).toMatchObject({ subCode: "isv.code-invalid" });
    });

    it("buys for ten minutes, and not when they are over", async () => {
      const [early, late] = [await userCode(), await userCode()];
      await advance(590);
      expect(await exchange(own, early)).toMatchObject({ accessToken: expect.any(String) as string });
      await advance(20);
      expect(await exchange(own, late)).toMatchObject({ subCode: "isv.code-invalid" });
    });

    it("buys nothing after the user has withdrawn, nor after the consent's time", async () => {
      const code = await userCode();
      await withdraw("/oauth2/mine.htm", userCookie, kaimen.sandbox.app_id);
      expect(await exchange(own, code)).toMatchObject({ subCode: "isv.code-invalid" });
      const later = await userCode();
      await database.query("update authorisation set expires_at = now() where user_id = $1", [
        userByLogin(kaimen.sandbox, "average").user_id,
      ]);
      expect(await exchange(own, later)).toMatchObject({ subCode: "isv.code-invalid" });
    });

    it.each(["", "0", "A".repeat(32), "a b", "' or true --"])("%j that nobody was given buys nothing", async (code) => {
      expect(await exchange(own, code)).toMatchObject({ subCode: "isv.code-invalid" });
    });
  });

  async function withdraw(page: string, cookie: string, appId: string): Promise<void> {
    const formToken =
      /name="form_token" value="([^"]+)"/.exec(
        await (await fetch(`${origin}${page}`, { headers: { cookie } })).text(),
      )?.[1] ?? "";
    const reply = await fetch(`${origin}${page}`, {
      method: "POST",
      headers: { cookie },
      body: new URLSearchParams({ form_token: formToken, withdraw: appId }),
      redirect: "manual",
    });
    expect(reply.status).toBe(303);
  }

  describe("of a user's consent: the page", () => {
    const isAsked = async (appId: string, scope = "auth_zhima"): Promise<boolean> =>
      (await visit(userPage, userCookie, { app_id: appId, scope })) === undefined;

    it("asks anew after the user has withdrawn, of that app and of no other", async () => {
      await consent(kaimen.sandbox.app_id);
      await consent(othersApp);
      expect([await isAsked(kaimen.sandbox.app_id), await isAsked(othersApp)]).toEqual([false, false]);
      await withdraw("/oauth2/mine.htm", userCookie, kaimen.sandbox.app_id);
      expect([await isAsked(kaimen.sandbox.app_id), await isAsked(othersApp)]).toEqual([true, false]);
    });

    it("asks anew for more than was agreed to, and after the consent's time", async () => {
      await withdraw("/oauth2/mine.htm", userCookie, othersApp);
      await consent(othersApp, "auth_base");
      expect([
        await isAsked(othersApp, "auth_base"),
        await isAsked(othersApp, "auth_zhima"),
        await isAsked(othersApp, "auth_base,auth_user"),
      ]).toEqual([false, true, true]);
      await database.query("update authorisation set expires_at = now() where app_id = $1", [othersApp]);
      expect(await isAsked(othersApp, "auth_base")).toBe(true);
    });
  });

  describe("of a user's consent: the token", () => {
    it("is its app's alone, and a refresh token is no access token", async () => {
      const tokens = await exchange(own, await userCode());
      expect(await scoreCode(own, tokens["accessToken"])).toBe("10000");
      expect(await scoreCode(other, tokens["accessToken"])).toBe("aop.invalid-auth-token");
      expect(await scoreCode(own, tokens["refreshToken"])).toBe("aop.invalid-auth-token");
      expect(await refresh(own, tokens["accessToken"])).toMatchObject({ subCode: "isv.refresh-token-invalid" });
    });

    it("for another scope than the score's does not give it", async () => {
      const code = (await consent(othersApp, "auth_base"))?.get("auth_code") ?? "";
      const tokens = await exchange(other, code);
      expect(await scoreCode(other, tokens["accessToken"])).toBe("aop.invalid-auth-token");
    });

    it("is refreshed by its app alone, and what another tries spoils nothing", async () => {
      const tokens = await exchange(own, await userCode());
      expect(await refresh(other, tokens["refreshToken"])).toMatchObject({ subCode: "isv.unmatched-app-id" });
      expect(await scoreCode(own, tokens["accessToken"])).toBe("10000");
      expect(await refresh(own, tokens["refreshToken"])).toMatchObject({ accessToken: expect.any(String) as string });
    });

    it("is refreshed within the refresh token's time, which refreshing does not prolong, and never outlives it", async () => {
      const first = await exchange(own, await userCode());
      await advance(20 * 86_400);
      const second = await refresh(own, first["refreshToken"]);
      const remaining = 10 * 86_400;
      for (const name of ["expiresIn", "reExpiresIn"]) {
        expect(Number(second[name]), name).toBeLessThanOrEqual(remaining);
        expect(Number(second[name]), name).toBeGreaterThan(remaining - 600);
      }
      expect(await scoreCode(own, second["accessToken"])).toBe("10000");
      await advance(remaining);
      expect(await scoreCode(own, second["accessToken"])).toBe("aop.auth-token-time-out");
      expect(await refresh(own, second["refreshToken"])).toMatchObject({ subCode: "isv.refresh-token-time-out" });
    });

    it("is not refreshed after the user has withdrawn", async () => {
      const tokens = await exchange(own, await userCode());
      await withdraw("/oauth2/mine.htm", userCookie, kaimen.sandbox.app_id);
      expect(await refresh(own, tokens["refreshToken"])).toMatchObject({ subCode: "isv.refresh-token-invalid" });
    });
  });

  describe("of a user's consent: a brief inquiry, which needs no token,", () => {
    /** What a brief inquiry is answered, after the query whether there is a consent has said the same. */
    const brief = async (sdk: AlipaySdk): Promise<string> => {
      const user = userByLogin(kaimen.sandbox, "recovered");
      const identity = { identity_type: "5", identity_param: JSON.stringify({ userId: user.user_id }) };
      const { authorized } = (await sdk.exec("zhima.auth.info.authquery", { bizContent: identity })) as unknown as {
        authorized: boolean;
      };
      const bizContent = {
        product_code: briefProduct,
        transaction_id: newTransactionId(),
        cert_type: "ALIPAY_USER_ID",
        cert_no: user.user_id,
        admittance_score: "600",
      };
      const reply = (await sdk.exec("zhima.credit.score.brief.get", { bizContent })) as unknown as SdkReply;
      const answer = reply.subCode ?? reply.code ?? "";
      expect(authorized).toBe(answer === "10000");
      return answer;
    };
    const consentOf = async (set: string): Promise<void> =>
      void (await database.query(`update authorisation set ${set} where user_id = $1`, [
        userByLogin(kaimen.sandbox, "recovered").user_id,
      ]));
    const inAYear = "expires_at = now() + interval '20 years'";

    it("needs a consent to this very merchant, for the score, that lives", async () => {
      await consentOf(inAYear);
      expect([await brief(own), await brief(other)]).toEqual(["10000", "AUTHENTICATION_FAIL"]);
      await consentOf("scopes = '{auth_base}'");
      expect(await brief(own)).toBe("AUTHENTICATION_FAIL");
      await consentOf("scopes = '{auth_base,auth_zhima}'");
      expect(await brief(own)).toBe("10000");
      await consentOf("expires_at = now()");
      expect(await brief(own)).toBe("AUTHENTICATION_FAIL");
      await consentOf(inAYear);
      expect(await brief(own)).toBe("10000");
      await database.query(
        `insert into authorisation_end (bucket, user_id, authorisation_id, reason, ended_at)
         select bucket, user_id, authorisation_id, 'revoked', now() from authorisation where user_id = $1`,
        [userByLogin(kaimen.sandbox, "recovered").user_id],
      );
      expect(await brief(own)).toBe("AUTHENTICATION_FAIL");
    });
  });

  describe("of a merchant's leave:", () => {
    const usersToken = async (): Promise<unknown> => (await exchange(own, await userCode()))["accessToken"];

    it("the app_auth_code is its app's, and what another tries spoils nothing", async () => {
      const code = await merchantCode();
      expect(await withCode(other, code)).toMatchObject({ subCode: "APP_ID_NOT_CONSISTENT" });
      expect(await withCode(own, code)).toMatchObject({ code: "10000" });
    });

    it("the app_auth_code serves for a day, and not when it is over", async () => {
      const [early, late] = [await merchantCode(), await merchantCode()];
      await advance(86_400 - 60);
      expect(await withCode(own, early)).toMatchObject({ code: "10000" });
      await advance(120);
      expect(await withCode(own, late)).toMatchObject({ code: "40004" });
    });

    it("the app_auth_code buys nothing after the merchant has withdrawn", async () => {
      const code = await merchantCode();
      await withdraw("/oauth2/merchantMine.htm", merchantCookie, kaimen.sandbox.app_id);
      expect(await withCode(own, code)).toMatchObject({ subCode: "AUTH_CODE_NOT_VALID" });
    });

    it("the app_auth_token is its app's alone, and the refresh token is none", async () => {
      const userToken = await usersToken();
      const tokens = await withCode(own, await merchantCode());
      expect(await askActing(own, userToken, tokens["appAuthToken"])).toBe("10000");
      expect(await askActing(own, userToken, tokens["appRefreshToken"])).toBe("aop.invalid-app-auth-token");
      expect(await askActing(other, userToken, tokens["appAuthToken"])).toBe("aop.invalid-app-auth-token");
      const described = (await other.exec("alipay.open.auth.token.app.query", {
        bizContent: { app_auth_token: String(tokens["appAuthToken"]) },
      })) as unknown as SdkReply;
      expect(described).toMatchObject({ subCode: "AUTH_TOKEN_NOT_FOUND" });
      expect(await withRefresh(other, tokens["appRefreshToken"])).toMatchObject({ subCode: "APP_ID_NOT_CONSISTENT" });
    });

    it("leave given anew ends both tokens that were given before", async () => {
      const first = await withCode(own, await merchantCode());
      await withCode(own, await merchantCode());
      expect(await askActing(own, await usersToken(), first["appAuthToken"])).toBe("aop.invalid-app-auth-token");
      expect(await withRefresh(own, first["appRefreshToken"])).toMatchObject({ subCode: "REFRESH_TOKEN_NOT_VALID" });
    });

    it("a merchant that withdraws ends its own leave and no other merchant's", async () => {
      const tokens = await withCode(own, await merchantCode());
      await database.query(
        "insert into merchant (merchant_id, name, created_at) values ('2088000000000044', 'third', now()) on conflict do nothing",
      );
      const moveStaff = (merchantId: string | undefined): Promise<unknown> =>
        database.query("update account set subject = $1 where kind = 'merchant'", [merchantId]);
      await moveStaff("2088000000000044");
      await withdraw("/oauth2/merchantMine.htm", merchantCookie, kaimen.sandbox.app_id);
      await moveStaff(kaimen.sandbox.merchants[0]?.merchant_id);
      const userToken = await usersToken();
      expect(await askActing(own, userToken, tokens["appAuthToken"])).toBe("10000");
      await withdraw("/oauth2/merchantMine.htm", merchantCookie, kaimen.sandbox.app_id);
      expect(await askActing(own, userToken, tokens["appAuthToken"])).toBe("aop.invalid-app-auth-token");
    });

    it("nobody lets an app call what the app itself may not, nor in the name of another merchant's app", async () => {
      await database.query("update app set permitted_methods = '{zhima.data.batch.feedback}' where app_id = $1", [
        othersApp,
      ]);
      await new Promise((resolve) => setTimeout(resolve, 2_100)); // An app is remembered for two seconds.
      const page = await (
        await fetch(
          `${origin}${merchantPage}?${new URLSearchParams({ app_id: othersApp, redirect_uri: "http://127.0.0.1:9/callback" }).toString()}`,
          { headers: { cookie: merchantCookie } },
        )
      ).text();
      expect([...page.matchAll(/name="method\.([^"]+)"/g)].map(([, name]) => name)).toEqual([
        "zhima.data.batch.feedback",
      ]);
      expect([...page.matchAll(/<option value="([^"]+)"/g)].map(([, appId]) => appId)).not.toContain(
        kaimen.sandbox.app_id,
      );
      const formToken = /name="form_token" value="([^"]+)"/.exec(page)?.[1] ?? "";
      const form = {
        app_id: othersApp,
        redirect_uri: "http://127.0.0.1:9/callback",
        form_token: formToken,
        decision: "agree",
        "method.zhima.credit.score.get": "yes",
      };
      const post = (fields: Record<string, string>) =>
        fetch(`${origin}${merchantPage}`, {
          method: "POST",
          headers: { cookie: merchantCookie },
          body: new URLSearchParams({ ...form, ...fields }),
          redirect: "manual",
        });
      expect(new URL((await post({})).headers.get("location") ?? "about:blank").searchParams.get("error")).toBe(
        "access_denied",
      );
      const others = await post({ auth_app_id: kaimen.sandbox.app_id, "method.zhima.data.batch.feedback": "yes" });
      expect([others.status, await others.text()]).toEqual([400, expect.stringContaining("invalid-auth-app-id")]);
    });
  });
});
