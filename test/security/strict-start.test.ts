import { createPublicKey, verify } from "node:crypto";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { beijingTime, systemClock } from "#kaimen/clock.ts";
import { createRootCertificate, createSigningRequest } from "#kaimen/keys/certificates.ts";
import { exportKey } from "#kaimen/keys/formats.ts";
import {
  addApp,
  askAsOperator,
  type GatewayReply,
  rsaKeys,
  send,
  signedCall,
  type TestApp,
} from "../support/operator.ts";
import { openPage } from "../support/pages.ts";
import { startPostgres } from "../support/postgres-cluster.ts";
import { type ProductionKaimen, refusedStart, startProduction } from "../support/production.ts";

/**
 * Production starts only with settings that keep what is promised, warns of those that weaken it, and takes no weak key.
 * The table of what is looked for is held row by row in test/unit/start-checks.test.ts.
 */
const cluster = await startPostgres();

describe("a start in production", () => {
  it.each([
    [
      { KAIMEN_PUBLIC_URL: "credit.example" },
      "KAIMEN_PUBLIC_URL is no address; write it as https://host or https://host:port",
    ],
    [
      { KAIMEN_PUBLIC_URL: "https://chief:word@credit.example" },
      "KAIMEN_PUBLIC_URL holds a login or a password, which every caller would be sent; write it as https://host or https://host:port",
    ],
    [
      { KAIMEN_PUBLIC_URL: "https://credit.example/kaimen" },
      "KAIMEN_PUBLIC_URL has more than scheme, host and port, and the pages are at the root of their host; write it as https://host or https://host:port",
    ],
    [{ KAIMEN_SIGN_TYPES: "RSA" }, 'KAIMEN_SIGN_TYPES is "RSA"; write RSA2,RSA, or RSA2'],
  ])("with %j ends at once and says what to write", async (env, sentence) => {
    expect(await refusedStart(env)).toEqual({ code: 1, said: `kaimen: ${sentence}\n` });
  });
});

describe.skipIf(cluster === undefined)("in production", () => {
  /** As it should be, but for listening on the network; and as it should not be. */
  let strict: ProductionKaimen;
  let loose: ProductionKaimen;
  let app: TestApp;
  let key = "";
  let databaseUrl = "";
  const staff = { login: "staff", password: "correct horse battery" };

  beforeAll(async () => {
    if (cluster === undefined) return;
    databaseUrl = await cluster.createDatabase();
    strict = await startProduction(databaseUrl, {
      KAIMEN_PUBLIC_URL: "https://credit.example",
      KAIMEN_SIGN_TYPES: "RSA2",
      KAIMEN_SECOND_PERSON: "off",
    });
    loose = await startProduction(await cluster.createDatabase(), {
      KAIMEN_PUBLIC_URL: "http://credit.example",
      KAIMEN_HOST: "0.0.0.0",
      KAIMEN_GATEWAY_PROFILE: "helpful",
    });
    for (const server of [strict, loose]) {
      await askAsOperator(server, "POST /api/merchants", { merchantId: "M1", name: "某某银行" });
      await askAsOperator(server, "POST /api/merchants/M1/staff", { ...staff, mustChangePassword: false });
    }
    app = await addApp(strict, "both", { merchantId: "M1", signTypes: ["RSA2", "RSA"] });
    const other = { appId: "other", merchantId: "M1", publicKey: rsaKeys().publicKey };
    key = String((await askAsOperator(strict, "POST /api/apps", other)).answer["alipayPublicKey"]);
  });
  afterAll(async () => {
    await strict?.stop();
    await loose?.stop();
    await cluster?.stop();
  });

  it("each thing that weakens it is warned of in the log, and nothing else", () => {
    const warnings = (server: ProductionKaimen): string[] =>
      server
        .log()
        .split("\n")
        .filter((line) => line.includes('"level":40'))
        .map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(warnings(strict)).toEqual([]);
    expect(warnings(loose)).toEqual([
      expect.stringContaining("KAIMEN_PUBLIC_URL is http in production"),
      expect.stringContaining("listens on the network with no trusted proxy"),
      expect.stringContaining("KAIMEN_GATEWAY_PROFILE is not strict in production"),
    ]);
  });

  it("a session's cookie is Secure where the public address is https, though no proxy is named", async () => {
    const signIn = (server: ProductionKaimen) =>
      openPage(new URL("/oauth2/merchantMineLogin", server.gateway_url), { form: staff });
    const { headers, cookie } = await signIn(strict);
    expect(headers.get("set-cookie")).toMatch(
      /^kaimen_merchant=[^;]+; Max-Age=28800; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    expect((await signIn(loose)).headers.get("set-cookie")).not.toContain("Secure");
    const { formToken } = await openPage(new URL("/oauth2/merchantMine.htm", strict.gateway_url), { cookie });
    const signedOut = await openPage(new URL("/oauth2/merchantMine.htm", strict.gateway_url), {
      cookie,
      form: { form_token: formToken, decision: "other_account" },
    });
    expect(signedOut.headers.get("set-cookie")).toMatch(/^kaimen_merchant=; .*Secure/);
  });

  it.each([
    "/oauth2/mine.htm",
    "/oauth2/publicAppAuthorize.htm",
    "/oauth2/authorise.css",
    "/console/",
    "/api/templates",
    "/api/none",
    "/bills/M1/2026-01-01.csv",
    "/health/live",
  ])("%s tells browsers to come by TLS where the public address is https, and only there", async (path) => {
    const header = async (server: ProductionKaimen) =>
      (await openPage(new URL(path, server.gateway_url))).headers.get("strict-transport-security");
    expect(await header(strict)).toBe("max-age=31536000");
    expect(await header(loose)).toBeNull();
  });

  const method = "alipay.open.app.alipaycert.download";
  const bizContent = { biz_content: JSON.stringify({ alipay_cert_sn: "0" }) };
  const now = () => ({ timestamp: beijingTime(systemClock.now()) });
  const ask = async (parameters: URLSearchParams): Promise<GatewayReply> => send(strict, parameters);
  const isSignedWith = (digest: string, { text, node }: GatewayReply): boolean => {
    const signed = text.slice(text.indexOf(":") + 1, text.indexOf(',"sign":'));
    const sign = /"sign":"([^"]+)"/.exec(text)?.[1] ?? "";
    expect(JSON.parse(signed)).toEqual(node);
    return verify(
      digest,
      Buffer.from(signed),
      createPublicKey({ key: Buffer.from(key, "base64"), format: "der", type: "spki" }),
      Buffer.from(sign, "base64"),
    );
  };

  it("KAIMEN_SIGN_TYPES=RSA2 takes no SHA-1 of an app that has it, nor signs any reply with it", async () => {
    const good = await ask(await signedCall(app, method, { ...now(), ...bizContent }));
    expect(good.code).toBe("ALIPAY_CERT_NOT_EXIST");
    const refused = await ask(await signedCall(app, method, { ...now(), ...bizContent }, "RSA"));
    expect(refused.code).toBe("isv.missing-signature-config");
    for (const signType of ["RSA", "RSA2", "MD5", ""]) {
      const asked = await signedCall(app, method, { ...now(), ...bizContent });
      asked.set("sign_type", signType);
      const reply = await ask(asked);
      if (signType === "RSA") {
        expect(reply.text).not.toContain('"sign":');
        continue;
      }
      expect([signType, isSignedWith("RSA-SHA256", reply)]).toEqual([signType, true]);
      expect([signType, isSignedWith("RSA-SHA1", reply)]).toEqual([signType, false]);
    }
  });

  it("an app has RSA2 alone unless more is asked for, and can be given more or less", async () => {
    const add = (appId: string, more: object) =>
      askAsOperator(strict, "POST /api/apps", {
        appId,
        merchantId: "M1",
        publicKey: rsaKeys().publicKey,
        ...more,
      });
    const change = (signTypes: string[]) => askAsOperator(strict, "PATCH /api/apps/signs", { signTypes });
    const both = ["RSA2", "RSA"];
    expect(await add("signs", {})).toMatchObject({ status: 201, answer: { signTypes: ["RSA2"] } });
    expect(await add("signs-both", { signTypes: both })).toMatchObject({ status: 201, answer: { signTypes: both } });
    expect(await add("signs-none", { signTypes: ["MD5"] })).toMatchObject({
      status: 400,
      answer: { code: "invalid-field", fields: [{ field: "signTypes.0" }] },
    });
    expect(await add("signs-twice", { signTypes: ["RSA", "RSA"] })).toMatchObject({ status: 400 });
    expect(await change(both)).toMatchObject({ status: 200, answer: { signTypes: both } });
    expect(await change(["RSA2"])).toMatchObject({ status: 200, answer: { signTypes: ["RSA2"] } });
    expect(await askAsOperator(strict, "GET /api/apps/signs-both")).toMatchObject({ answer: { signTypes: both } });
  });

  it("an app sends users back to addresses that it names, not anywhere", async () => {
    const named = { appId: "anywhere", merchantId: "M1", publicKey: rsaKeys().publicKey, redirectUris: ["*"] };
    expect(await askAsOperator(strict, "POST /api/apps", named)).toMatchObject({ status: 400 });
    expect(await askAsOperator(strict, "PATCH /api/apps/both", { redirectUris: ["*"] })).toMatchObject({ status: 400 });
    expect(await askAsOperator(strict, "GET /api/apps/both")).toMatchObject({ answer: { redirectUris: [] } });
  });

  describe("a key under 2,048 bits", () => {
    const few = rsaKeys(2_047);
    const refusal = "an RSA key of 2047 bits; 2048 to 8192 are accepted, 2048 is usual";

    it.each([
      ["of a new app", "POST /api/apps", { appId: "weak", merchantId: "M1", publicKey: few.publicKey }],
      ["that an app changes to", "PUT /api/apps/both/key", { nextPublicKey: few.publicKey }],
    ])("is refused: one %s", async (_, route, body) => {
      expect(await askAsOperator(strict, route, body)).toMatchObject({ status: 400, answer: { detail: refusal } });
    });

    it("is refused: one that a certificate is to be issued for", async () => {
      const request = await createSigningRequest(
        { commonName: "both", organisationalUnit: "App", organisation: "Kaimen" },
        few.privateKey,
      );
      expect(
        await askAsOperator(strict, "POST /api/certificates", { appId: "both", signingRequest: request }),
      ).toMatchObject({
        status: 400,
        answer: { detail: "the signing request is not for an RSA key of 2,048 to 8,192 bits" },
      });
    });

    it("is refused in a certificate, though it is the app's own from before; the app goes on with its key", async () => {
      const weak = rsaKeys(1_024);
      const database = new Client({ connectionString: databaseUrl });
      await database.connect();
      await database.query("update app set public_key = $1 where app_id = 'other'", [
        exportKey(createPublicKey(weak.publicKey), "spki"),
      ]);
      await database.end();
      const certificate = await createRootCertificate(
        { commonName: "other", organisationalUnit: "App", organisation: "Kaimen" },
        weak.privateKey,
        { nowMs: Date.now(), days: 1 },
      );
      expect(await askAsOperator(strict, "PUT /api/apps/other/key", { certificate })).toMatchObject({
        status: 400,
        answer: { detail: "an RSA key of 1024 bits; 2048 to 8192 are accepted, 2048 is usual" },
      });
      const old = { appId: "other", privateKey: weak.privateKey };
      await expect
        .poll(async () => (await ask(await signedCall(old, method, { ...now(), ...bizContent }))).code, {
          timeout: 10_000,
        })
        .toBe("ALIPAY_CERT_NOT_EXIST");
    });
  });
});
