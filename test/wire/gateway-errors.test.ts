import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encryptAes } from "#kaimen/keys/aes.ts";
import { createRootCertificate, parseCertificate, rootSerialNumber } from "#kaimen/keys/certificates.ts";
import { parsePrivateKey } from "#kaimen/keys/formats.ts";
import { gatewayErrors } from "#kaimen/protocol/gateway-errors.ts";
import { resultMessages } from "#kaimen/protocol/refusal.ts";
import { signParameters } from "#kaimen/keys/signed-request.ts";
import { verifyAsEveryClient } from "../support/clients.ts";
import { authoriseAppInBrowser, newTransactionId, productCode } from "../support/integrator.ts";
import { officialSdk, type RunningKaimen, startKaimen } from "../support/kaimen.ts";
import { type KaimenOnPostgres, startKaimenOnPostgres } from "../support/kaimen-on-postgres.ts";
import { startPostgres } from "../support/postgres-cluster.ts";
import { unsignedRefusals } from "../support/unsigned-refusals.ts";

/** One row a published code of the gateway: a request, and the code it is due. States are set as an operator would. */
const cluster = await startPostgres();
const methodName = "zhima.credit.score.get";
interface Sent {
  /** Signed with the rest; an empty text leaves a parameter out, a null sends it empty. */
  readonly parameters?: Readonly<Record<string, string | null>>;
  /** Changed after signing. */
  readonly unsigned?: Readonly<Record<string, string | null>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly file?: { readonly name: string; readonly filename: string };
  readonly body?: string;
}

describe.skipIf(cluster === undefined)("every published code of the gateway is due to some request:", () => {
  let started: KaimenOnPostgres;
  let kaimen: RunningKaimen;
  let limited: RunningKaimen;
  let database: Client;
  let appAuthToken = "";
  let strangersToken = "";
  const reached = new Set<string>();

  beforeAll(async () => {
    started = await startKaimenOnPostgres(cluster, { KAIMEN_DISABLED_METHODS: "alipay.open.auth.token.app.query" });
    ({ kaimen, database } = started);
    limited = await startKaimen({
      env: { KAIMEN_METHOD_CALLS_PER_S: "1", KAIMEN_APP_CALLS_PER_S: "3", KAIMEN_GATEWAY_PROFILE: "faithful" },
    });
    for (const [appId, changes] of Object.entries(appsOfTable)) await copyApp(appId, changes);
    await database.query(
      "insert into merchant (merchant_id, name, created_at, suspended_at) values ('2088000000000099', 'suspended', now(), now())",
    );
    await database.query("update app set merchant_id = '2088000000000099' where app_id = 'suspended'");
    const { sandbox } = kaimen;
    appAuthToken = await tokenOf(await authoriseAppInBrowser(sandbox));
    await database.query(`insert into token (bucket, token_hash, kind, app_id, user_id, person_bucket, person_id, authorisation_id, scopes, purpose, consent_expires_at, issued_at, expires_at)
      select get_byte(sha256('strangers'), 0), sha256('strangers'), 'access', 'no-key', user_id, person_bucket, person_id, authorisation_id, scopes, purpose, consent_expires_at, issued_at, expires_at
      from token limit 1`);
    strangersToken = "strangers";
    await database.query(`insert into token (bucket, token_hash, kind, app_id, user_id, person_bucket, person_id, authorisation_id, scopes, purpose, consent_expires_at, issued_at, expires_at)
      select get_byte(sha256('expired'), 0), sha256('expired'), 'access', app_id, user_id, person_bucket, person_id, authorisation_id, scopes, purpose, consent_expires_at, issued_at, now() - interval '1 hour'
      from token limit 1`);
  });
  afterAll(async () => {
    await started?.stop();
    await limited?.stop();
  });

  const appsOfTable: Record<string, string> = {
    "no-key": "public_key = null",
    "rsa2-only": "sign_types = '{RSA2}'",
    "cert-only": "certificate_required = true",
    "no-encrypt-key": "encrypt_key_sealed = null",
    "one-method": "permitted_methods = '{alipay.system.oauth.token}'",
    "others-only": "self_invoke = false",
    suspended: "name = 'suspended'",
    "not-online": "online = false",
    punished: `punished_methods = '{${methodName}}'`,
    "punished-in-all": "punished_methods = '{all}'",
    "cert-expired": "certificate_required = true",
  };

  /** An app like the sandbox's, but for one thing. Its AES key is sealed for the sandbox's app, so it has none. */
  async function copyApp(appId: string, changes: string): Promise<void> {
    await database.query(
      `insert into app (app_id, merchant_id, name, public_key, gateway_key_id, certificate, redirect_uris, template, feedback_policy,
                        created_at, acts_for_merchants)
       select $1, merchant_id, name, public_key, gateway_key_id, certificate, redirect_uris, template, feedback_policy, created_at, true
       from app where app_id = $2`,
      [appId, kaimen.sandbox.app_id],
    );
    await database.query(`update app set ${changes} where app_id = '${appId}'`);
  }

  async function tokenOf(code: string): Promise<string> {
    const sdk = officialSdk(kaimen.sandbox);
    const tokens = (await sdk.exec("alipay.open.auth.token.app", {
      bizContent: { grant_type: "authorization_code", code },
    })) as unknown as Record<string, string>;
    return tokens["appAuthToken"] ?? "";
  }

  async function send(server: RunningKaimen, sent: Sent): Promise<{ text: string; node: Record<string, string> }> {
    const { sandbox } = server;
    const given: Record<string, string | null> = {
      app_id: sandbox.app_id,
      method: methodName,
      charset: "utf-8",
      timestamp: "2026-11-22 12:00:00",
      version: "1.0",
      auth_token: sandbox.users[0]?.access_token ?? "",
      biz_content: JSON.stringify({ transaction_id: newTransactionId(), product_code: productCode }),
      ...sent.parameters,
    };
    const signed = Object.fromEntries(
      Object.entries(given).filter((each): each is [string, string] => each[1] !== null && each[1] !== ""),
    );
    const signType = given["sign_type"] === "RSA" ? "RSA" : "RSA2";
    delete signed["sign_type"];
    const form = await signParameters(signed, { privateKey: parsePrivateKey(sandbox.app_private_key_pkcs8), signType });
    for (const [name, value] of Object.entries({ ...given, ...sent.unsigned })) {
      if (value === null) form.set(name, "");
      else if (value === "") form.delete(name);
      else if (sent.unsigned?.[name] !== undefined) form.set(name, value);
    }
    let body: FormData | string = form.toString();
    let url = sandbox.gateway_url;
    if (sent.file !== undefined) {
      body = new FormData();
      body.append(sent.file.name, new Blob(["x"]), sent.file.filename);
      url += `?${form.toString()}`;
    } else if (sent.body !== undefined) {
      body = sent.body;
      url += `?${form.toString()}`;
    }
    const type = typeof body === "string" ? { "content-type": "application/x-www-form-urlencoded" } : {};
    const response = await fetch(url, { method: "POST", body, headers: { ...type, ...sent.headers } });
    expect(response.status).toBe(200);
    const bytes = new Uint8Array(await response.arrayBuffer());
    const text = new TextDecoder().decode(bytes);
    const [name = "", node] = Object.entries(JSON.parse(text) as Record<string, Record<string, string>>)[0] ?? [];
    if (unsignedRefusals.has(node?.["sub_code"] ?? "")) {
      expect(Object.keys(JSON.parse(text) as object)).toEqual([name]);
      return { text, node: node ?? {} };
    }
    const method = given["method"] || methodName;
    const rejected = verifyAsEveryClient(bytes, method, "utf-8", sandbox.alipay_public_key, {
      error: true,
      node: name === "error_response" ? "error_response" : "method",
      signType,
    }).filter(({ ok, expected }) => expected && !ok);
    expect(rejected).toEqual([]);
    return { text, node: node ?? {} };
  }

  const cipher = () => encryptAes("AES", createHash("md5").update("x").digest(), Buffer.from("{}"));
  const sn = "0".repeat(32);

  it.each<[subCode: keyof typeof gatewayErrors, what: string, sent: () => Sent]>([
    ["aop.invalid-auth-token", "a token nobody has", () => ({ parameters: { auth_token: "authzmaB0" } })],
    ["aop.auth-token-time-out", "a token past its time", () => ({ parameters: { auth_token: "expired" } })],
    [
      "aop.invalid-app-auth-token",
      "a merchant's token nobody has",
      () => ({ parameters: { app_auth_token: "appB0" } }),
    ],
    ["isv.missing-method", "no method", () => ({ parameters: { method: "" } })],
    ["isv.missing-signature", "no sign", () => ({ unsigned: { sign: "" } })],
    ["isv.missing-signature-type", "no sign_type", () => ({ unsigned: { sign_type: "" } })],
    [
      "isv.missing-default-signature-type",
      "an empty sign_type, of an app without a default",
      () => ({ unsigned: { sign_type: null } }),
    ],
    ["isv.missing-signature-config", "an app without a key", () => ({ parameters: { app_id: "no-key" } })],
    ["isv.missing-app-id", "no app_id", () => ({ parameters: { app_id: "" } })],
    ["isv.missing-timestamp", "no timestamp", () => ({ parameters: { timestamp: "" } })],
    ["isv.missing-version", "no version", () => ({ parameters: { version: "" } })],
    [
      "isv.decryption-error-missing-encrypt-type",
      "a ciphertext without encrypt_type",
      () => ({ parameters: { biz_content: cipher() } }),
    ],
    [
      "isv.missing-encrypt-key",
      "an encrypted reply, without a key",
      () => ({ parameters: { app_id: "no-encrypt-key", encrypt_type: "AES", biz_content: "" } }),
    ],
    ["isv.invalid-parameter", "biz_content that is no JSON", () => ({ parameters: { biz_content: "{" } })],
    ["isv.invalid-parameter", "a name of 129 bytes", () => ({ parameters: { ["n".repeat(129)]: "1" } })],
    [
      "isv.invalid-parameter",
      "201 parameters",
      () => ({ parameters: Object.fromEntries(Array.from({ length: 201 }, (_, each) => [`p${each}`, "1"])) }),
    ],
    [
      "isv.upload-fail",
      "a broken multipart body",
      () => ({ body: "--x", headers: { "content-type": "multipart/form-data; boundary=x" } }),
    ],
    [
      "isv.upload-fail",
      "a file twice",
      () => ({
        body: `${`--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n{}\r\n`.repeat(2)}--x--`,
        headers: { "content-type": "multipart/form-data; boundary=x" },
      }),
    ],
    [
      "isv.invalid-file-extension",
      "a program nobody asked for",
      () => ({ parameters: { method: "zhima.data.batch.feedback" }, file: { name: "other", filename: "a.exe" } }),
    ],
    ["isv.invalid-parameter", "1,001 times the same parameter", () => ({ body: "a=1&".repeat(1_001) })],
    ["isv.invalid-file-size", "a body over the limit", () => ({ body: "a".repeat(51 * 1_048_576) })],
    ["isv.invalid-method", "a method that is not", () => ({ parameters: { method: "zhima.nothing.get" } })],
    ["isv.invalid-format", "format YAML", () => ({ parameters: { format: "yaml" } })],
    ["isv.invalid-signature-type", "another sign_type", () => ({ unsigned: { sign_type: "HMAC_SHA1" } })],
    [
      "isv.invalid-signature",
      "a changed parameter",
      () => ({ unsigned: { version: "1.0", timestamp: "2026-11-22 12:00:01" } }),
    ],
    [
      "isv.missing-signature-config",
      "a sign_type that the app does not use",
      () => ({ parameters: { app_id: "rsa2-only", sign_type: "RSA" } }),
    ],
    [
      "isv.missing-app-cert-sn",
      "key mode, of an app in certificate mode",
      () => ({ parameters: { app_id: "cert-only" } }),
    ],
    [
      "isv.app-cert-not-exist",
      "another app certificate",
      () => ({ parameters: { app_cert_sn: sn, alipay_root_cert_sn: sn } }),
    ],
    [
      "isv.invalid-alipay-root-cert-sn",
      "another root",
      () => ({ parameters: { app_cert_sn: parseCertificate(kaimen.sandbox.app_cert).sn, alipay_root_cert_sn: sn } }),
    ],
    ["isv.invalid-token", "a token with a space", () => ({ parameters: { auth_token: "a b" } })],
    ["isv.invalid-app-id", "an app_id nobody has", () => ({ parameters: { app_id: "2099000000000000" } })],
    ["isv.invalid-timestamp", "a day that is not", () => ({ parameters: { timestamp: "2026-02-30 12:00:00" } })],
    ["isv.invalid-charset", "a charset unknown", () => ({ parameters: { charset: "big5" } })],
    ["isv.invalid-digest", "another body's MD5", () => ({ headers: { "content-md5": "AAAAAAAAAAAAAAAAAAAAAA==" } })],
    ["isv.invalid-digest", "another body's SHA-256", () => ({ headers: { digest: "SHA-256=AAAA" } })],
    [
      "isv.not-support-app-auth",
      "acting for a merchant where nobody can",
      () => ({ parameters: { method: "alipay.system.oauth.token", app_auth_token: appAuthToken } }),
    ],
    ["isv.suspected-attack", "one parameter twice", () => ({ body: `method=a.b&method=${methodName}` })],
    [
      "isv.forbidden-api",
      "a method switched off",
      () => ({ parameters: { method: "alipay.open.auth.token.app.query" } }),
    ],
    [
      "isv.invalid-encrypt-type",
      "an unknown encrypt_type without a ciphertext",
      () => ({ parameters: { encrypt_type: "DES", biz_content: "" } }),
    ],
    [
      "isv.invalid-encrypt",
      "a ciphertext too short for its vector",
      () => ({ parameters: { encrypt_type: "AES_V2", biz_content: "ILpoMowjIQjfYMR847rnFQ==" } }),
    ],
    [
      "isv.decryption-error-not-valid-encrypt-type",
      "a ciphertext of an unknown kind",
      () => ({ parameters: { encrypt_type: "DES", biz_content: cipher() } }),
    ],
    [
      "isv.decryption-error-not-valid-encrypt-key",
      "a ciphertext, without a key",
      () => ({ parameters: { app_id: "no-encrypt-key", encrypt_type: "AES", biz_content: cipher() } }),
    ],
    [
      "isv.decryption-error-unknown",
      "a ciphertext of another key",
      () => ({ parameters: { encrypt_type: "AES", biz_content: cipher() } }),
    ],
    [
      "isv.decryption-error-unknown",
      "a ciphertext that is no base64",
      () => ({ parameters: { encrypt_type: "AES", biz_content: "{}" } }),
    ],
    [
      "isv.invalid-auth-relations",
      "acting for a merchant with a stranger's user token",
      () => ({ parameters: { app_auth_token: appAuthToken, auth_token: strangersToken } }),
    ],
    [
      "isv.insufficient-isv-permissions",
      "a method the app is not permitted",
      () => ({ parameters: { app_id: "one-method" } }),
    ],
    [
      "isv.insufficient-user-permissions",
      "an app of a suspended merchant",
      () => ({ parameters: { app_id: "suspended" } }),
    ],
    ["isv.not-online-app", "an app that is not published", () => ({ parameters: { app_id: "not-online" } })],
    ["isv.app-api-punished", "an app that has lost the method", () => ({ parameters: { app_id: "punished" } })],
    [
      "isv.app-api-punished",
      "an app that has lost every method",
      () => ({ parameters: { app_id: "punished-in-all" } }),
    ],
    [
      "isv.self-invoke-forbidden",
      "an app that acts for others only",
      () => ({ parameters: { app_id: "others-only" } }),
    ],
  ])("%s: %s", async (subCode, _, sent) => {
    const { node } = await send(kaimen, sent());
    const { code } = gatewayErrors[subCode];
    expect(node).toMatchObject({ code, msg: resultMessages[code], sub_code: subCode });
    expect(node["sub_msg"]).toContain(
      subCode === "isv.invalid-parameter" ? "参数无效" : gatewayErrors[subCode].subMessage,
    );
    reached.add(subCode);
  });

  it("app-cert-expired: a certificate past its time", async () => {
    const { sandbox } = kaimen;
    const key = parsePrivateKey(sandbox.app_private_key_pkcs8);
    const past = { nowMs: Date.UTC(2020, 0, 1), days: 365 };
    const certificate = await createRootCertificate(
      { commonName: "a", organisationalUnit: "b", organisation: "c" },
      key,
      past,
    );
    await database.query("update app set certificate = $1 where app_id = 'cert-expired'", [certificate]);
    const sns = {
      app_cert_sn: parseCertificate(certificate).sn,
      alipay_root_cert_sn: rootSerialNumber(sandbox.alipay_root_cert),
    };
    const { node } = await send(kaimen, { parameters: { app_id: "cert-expired", ...sns } });
    expect(node).toMatchObject({
      code: "40002",
      sub_code: "app-cert-expired",
      sub_msg: "应用公钥证书已经不在有效期内",
    });
    reached.add("app-cert-expired");
  });

  it.each([
    [
      "aop.invalid-app-auth-token-no-api",
      "商户未授权当前接口",
      "update app_authorisation set methods = '{zhima.data.batch.feedback}'",
      "update app_authorisation set methods = '{zhima.credit.score.get}'",
    ],
    [
      "isv.insufficient-user-permissions",
      "用户权限不足",
      "update merchant set suspended_at = now() where merchant_id = '2088000000000026'",
      "update merchant set suspended_at = null where merchant_id = '2088000000000026'",
    ],
    [
      "aop.no-product-reg-by-partner",
      "商户未签约任何产品",
      "delete from arrangement where merchant_id = '2088000000000026'",
      "",
    ],
    ["aop.app-auth-token-time-out", "应用授权令牌已过期", "update app_authorisation_secret set expires_at = now()", ""],
  ])("%s, acting for a merchant", async (subCode, subMessage, before, after) => {
    await database.query(before);
    const { node } = await send(kaimen, { parameters: { app_auth_token: appAuthToken } });
    expect(node).toMatchObject({ sub_code: subCode, sub_msg: subMessage });
    if (after !== "") await database.query(after);
    reached.add(subCode);
  });

  it("isv.method-call-limited and isv.app-call-limited, when there are too many at once", async () => {
    const many = async (parameters: (index: number) => Record<string, string>) => {
      const replies = await Promise.all(
        Array.from({ length: 40 }, (_, index) => send(limited, { parameters: parameters(index) })),
      );
      return new Set(replies.map(({ node }) => node["sub_code"]));
    };
    const published = [
      "zhima.credit.score.get",
      "zhima.data.batch.feedback",
      "alipay.open.auth.token.app",
      "alipay.open.auth.token.app.query",
      "alipay.open.app.alipaycert.download",
    ];
    expect(await many(() => ({}))).toContain("isv.method-call-limited");
    await sleep(1_500);
    expect(await many((index) => ({ method: published[index % published.length] ?? "" }))).toContain(
      "isv.app-call-limited",
    );
    reached.add("isv.method-call-limited").add("isv.app-call-limited");
  });

  it("isv.missing-alipay-root-cert-sn: a certificate without its root, where the profile is not helpful", async () => {
    const parameters = { app_cert_sn: parseCertificate(limited.sandbox.app_cert).sn };
    const { node } = await send(limited, { parameters });
    expect(node).toMatchObject({ code: "40002", sub_code: "isv.missing-alipay-root-cert-sn" });
    reached.add("isv.missing-alipay-root-cert-sn");
  });

  it("isp.unknow-error when the method fails, aop.unknow-error when the gateway does, neither saying how", async () => {
    await database.query("alter table inquiry rename to inquiry_away");
    const inMethod = await send(kaimen, {});
    await database.query("alter table inquiry_away rename to inquiry; alter table app rename to app_away");
    const inGateway = await send(kaimen, { parameters: { app_id: "never-seen" } });
    await database.query("alter table app_away rename to app");
    expect(inMethod.node).toEqual({
      code: "20000",
      msg: "Service Currently Unavailable",
      sub_code: "isp.unknow-error",
      sub_msg: "系统繁忙",
    });
    expect(inGateway.node).toEqual({
      code: "20000",
      msg: "Service Currently Unavailable",
      sub_code: "aop.unknow-error",
      sub_msg: "系统繁忙",
    });
    reached.add("isp.unknow-error").add("aop.unknow-error");
  });

  it("and the table has no code besides", () => {
    expect(Object.keys(gatewayErrors).filter((subCode) => !reached.has(subCode))).toEqual([]);
  });
});
