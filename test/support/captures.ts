import { encryptAes } from "#kaimen/keys/aes.ts";
import { parseCertificate, rootSerialNumber } from "#kaimen/keys/certificates.ts";
import type { SignType } from "#kaimen/protocol/signing.ts";
import { authoriseAppInBrowser, authoriseInBrowser, newTransactionId, productCode } from "./integrator.ts";
import { type RunningKaimen, userByLogin } from "./kaimen.ts";
import { askAsOperator } from "./operator.ts";

/** A request that makes a fault, in the terms of the sender below. */
export interface FaultyRequest {
  readonly parameters?: Readonly<Record<string, string>>;
  /** Set or, where empty, left out after signing. */
  readonly unsigned?: Readonly<Record<string, string>>;
  readonly signType?: SignType;
  readonly usedType?: SignType;
  /** Sends everything in the body. */
  readonly allInBody?: true;
}

/** What the faults need of a server: apps that lack something, and tokens. */
export interface FaultyWorld {
  readonly kaimen: RunningKaimen;
  readonly accessToken: string;
  readonly appAuthToken: string;
  readonly strangersToken: string;
  readonly unarrangedToken: string;
  readonly code: string;
  readonly openIdCode: string;
  /** What the exchange of the merchant's code was answered with. */
  readonly appTokens: string;
}

type Send = (kaimen: RunningKaimen, request: FaultyRequest) => Promise<string>;

const score = "zhima.credit.score.get";
const oauth = "alipay.system.oauth.token";
const bill = "alipay.data.dataservice.bill.downloadurl.query";
const appToken = "alipay.open.auth.token.app";
const feedback = "zhima.data.batch.feedback";
const redirectUri = "http://127.0.0.1:9/callback";

/** Every app has the sandbox app's key, so that one key signs for all. */
export async function makeFaultyWorld(kaimen: RunningKaimen, send: Send): Promise<FaultyWorld> {
  const { sandbox } = kaimen;
  const add = async (appId: string, more: Record<string, unknown> = {}, change?: Record<string, unknown>) => {
    const app = { appId, publicKey: sandbox.app_public_key, redirectUris: [redirectUri], ...more };
    await asked("POST /api/apps", app);
    if (change !== undefined) await asked(`PATCH /api/apps/${appId}`, change);
  };
  const asked = async (route: string, body: unknown): Promise<void> => {
    const { status, answer } = await askAsOperator(sandbox, route, body);
    if (status >= 300) throw new Error(`${route}: ${status} ${JSON.stringify(answer)}`);
  };
  await asked("POST /api/merchants", { merchantId: "2088000000009901", name: "未签约商户" });
  await add("rsa-only", { signTypes: ["RSA"] });
  await add("keyless");
  await asked("PUT /api/apps/keyless/key", { withoutKey: true });
  await add("certificate-only", { certificate: sandbox.app_cert });
  await add("one-method", {}, { permittedMethods: [oauth] });
  await add("for-others", { actsForMerchants: true }, { selfInvoke: false });
  await add("not-online", {}, { online: false });
  await add("punished", {}, { punishedMethods: [score] });
  await add("made-now");
  await add("unarranged", { merchantId: "2088000000009901" });

  const user = userByLogin(sandbox, "average");
  const codeFor = async (appId: string): Promise<string> => {
    const back = await authoriseInBrowser({ ...sandbox, app_id: appId }, user, { redirectUri });
    return back.searchParams.get("auth_code") ?? "";
  };
  const tokenFor = async (appId: string): Promise<string> => {
    const parameters = { app_id: appId, method: oauth, grant_type: "authorization_code", code: await codeFor(appId) };
    return fieldOf(await send(kaimen, { parameters }), "access_token");
  };
  const code = await authoriseAppInBrowser(sandbox, { withoutMethod: feedback });
  const appTokens = await send(kaimen, {
    parameters: { method: appToken, biz_content: JSON.stringify({ grant_type: "authorization_code", code }) },
  });
  return {
    kaimen,
    accessToken: user.access_token,
    strangersToken: await tokenFor("made-now"),
    unarrangedToken: await tokenFor("unarranged"),
    appTokens,
    appAuthToken: fieldOf(appTokens, "app_auth_token"),
    code: await codeFor(sandbox.app_id),
    openIdCode: await codeFor("made-now"),
  };
}

function fieldOf(reply: string, name: string): string {
  const [node] = Object.values(JSON.parse(reply) as Record<string, Record<string, unknown>>);
  const value = node?.[name];
  if (typeof value !== "string") throw new Error(`no ${name} in ${reply}`);
  return value;
}

const inquiry = (): string => JSON.stringify({ transaction_id: newTransactionId(), product_code: productCode });
const billOf = (period: string): string => JSON.stringify({ bill_type: "trade", bill_date: period });
const certificates = ({ sandbox }: RunningKaimen): Readonly<Record<string, string>> => ({
  app_cert_sn: parseCertificate(sandbox.app_cert).sn,
  alipay_root_cert_sn: rootSerialNumber(sandbox.alipay_root_cert),
});
const encrypted = ({ sandbox }: RunningKaimen, text: string): Readonly<Record<string, string>> => ({
  encrypt_type: "AES",
  biz_content: encryptAes("AES", Buffer.from(sandbox.encrypt_key, "base64"), Buffer.from(text)),
});
const noSn = "0".repeat(32);
const otherKey = Buffer.alloc(16, 7);
/** A signature that verifies nothing, and is well formed. */
const wrongSign = Buffer.alloc(256, 1).toString("base64");

/** How each capture's fault is made, by its id, or the reply itself. An inquiry with the user's token is what they change. */
export const faultyRequests: Readonly<Record<string, (world: FaultyWorld) => FaultyRequest | string>> = {
  "app-id-unknown": () => ({ parameters: { app_id: "2099000000000000" } }),
  "app-id-unknown-2026": () => ({ parameters: { app_id: "2099000000000000", method: bill } }),
  "app-id-missing": () => ({ parameters: { app_id: "" }, unsigned: { app_id: "" } }),
  "no-sign-at-oauth-token": () => ({
    parameters: { method: oauth, grant_type: "authorization_code" },
    unsigned: { sign: "" },
  }),
  "no-key-for-sign-type": () => ({ parameters: { app_id: "rsa-only" } }),
  "no-key-for-sign-type-at-oauth-token": () => ({ parameters: { app_id: "rsa-only", method: oauth } }),
  "no-key": () => ({ parameters: { app_id: "keyless" } }),
  "no-app-cert-sn": () => ({ parameters: { app_id: "certificate-only" } }),
  "app-cert-sn-unknown": ({ kaimen }) => ({ parameters: { ...certificates(kaimen), app_cert_sn: noSn } }),
  "root-cert-sn-unknown": ({ kaimen }) => ({ parameters: { ...certificates(kaimen), alipay_root_cert_sn: noSn } }),
  "signature-wrong": () => ({ parameters: { biz_content: "" }, unsigned: { sign: wrongSign } }),
  "signature-wrong-with-biz-content": () => ({ unsigned: { sign: wrongSign } }),
  "charset-in-body-alone": () => ({
    parameters: { biz_content: inquiry().replace("{", '{"remark":"芝麻",') },
    allInBody: true,
  }),
  "signed-with-other-digest": () => ({ signType: "RSA2", usedType: "RSA" }),
  "signature-wrong-encrypted-certificate-mode": ({ kaimen }) => ({
    parameters: { ...certificates(kaimen), ...encrypted(kaimen, inquiry()) },
    unsigned: { sign: wrongSign },
  }),
  "timestamp-malformed": () => ({ parameters: { timestamp: "2017-09-01T12:00:00" } }),
  "format-xml": () => ({ parameters: { format: "xml" } }),
  "format-xml-refused": () => ({ parameters: { format: "xml", auth_token: "nobodys" } }),
  "auth-token-unknown": () => ({ parameters: { auth_token: "nobodys" } }),
  "app-auth-token-unknown": () => ({ parameters: { app_auth_token: "nobodys" } }),
  "app-auth-token-unknown-at-oauth-token": () => ({
    parameters: { method: oauth, grant_type: "authorization_code", code: "nobodys", app_auth_token: "nobodys" },
  }),
  "app-auth-token-of-other-methods": ({ appAuthToken }) => ({
    parameters: { method: feedback, app_auth_token: appAuthToken },
  }),
  "auth-code-unknown": () => ({ parameters: { method: oauth, grant_type: "authorization_code", code: "nobodys" } }),
  "refresh-token-unknown": () => ({
    parameters: { method: oauth, grant_type: "refresh_token", refresh_token: "nobodys" },
  }),
  "grant-type-in-biz-content": () => ({
    parameters: { method: oauth, biz_content: '{"grant_type":"authorization_code","code":"nobodys"}' },
  }),
  "method-not-permitted": () => ({ parameters: { app_id: "one-method" } }),
  "self-invoke-forbidden": () => ({ parameters: { app_id: "for-others" } }),
  "app-not-online": () => ({ parameters: { app_id: "not-online" } }),
  "app-api-punished": () => ({ parameters: { app_id: "punished" } }),
  "user-of-no-app": ({ appAuthToken, strangersToken }) => ({
    parameters: { app_auth_token: appAuthToken, auth_token: strangersToken },
  }),
  "biz-content-of-other-key": () => ({
    parameters: { encrypt_type: "AES", biz_content: encryptAes("AES", otherKey, Buffer.from(inquiry())) },
  }),
  "no-encrypt-key": () => ({ parameters: { app_id: "made-now", encrypt_type: "AES", biz_content: "" } }),
  "encrypt-key-malformed": () => ({
    parameters: { encrypt_type: "AES_V2", biz_content: Buffer.alloc(16, 3).toString("base64") },
  }),
  "encrypted-success-certificate-mode": ({ kaimen }) => ({
    parameters: { ...certificates(kaimen), ...encrypted(kaimen, inquiry()) },
  }),
  "bill-not-there": () => ({ parameters: { method: bill, biz_content: billOf("2199-01-01") } }),
  "bill-date-malformed": () => ({ parameters: { method: bill, biz_content: billOf("20200201") } }),
  "bill-of-month": () => ({ parameters: { method: bill, biz_content: billOf("2020-02") } }),
  "bill-address": () => ({ parameters: { method: bill, biz_content: billOf("2020-02-01") } }),
  tokens: ({ code }) => ({ parameters: { method: oauth, grant_type: "authorization_code", code } }),
  "tokens-open-id": ({ openIdCode }) => ({
    parameters: { app_id: "made-now", method: oauth, grant_type: "authorization_code", code: openIdCode },
  }),
  "app-tokens-flat": ({ appTokens }) => appTokens,
  "brief-success": ({ kaimen }) => ({
    parameters: {
      method: "zhima.credit.score.brief.get",
      biz_content: JSON.stringify({
        transaction_id: newTransactionId(),
        product_code: "w1010100000000002733",
        cert_type: "ALIPAY_USER_ID",
        cert_no: userByLogin(kaimen.sandbox, "average").user_id,
        admittance_score: "600",
      }),
    },
  }),
  "zhima-parameter": () => ({ parameters: { method: "zhima.auth.info.authquery", biz_content: "{}" } }),
  "no-arrangement": ({ unarrangedToken }) => ({ parameters: { app_id: "unarranged", auth_token: unarrangedToken } }),
  "members-of-refusal": () => ({ parameters: { auth_token: "nobodys" } }),
  "gateway-fault": () => ({
    parameters: {
      biz_content: JSON.stringify({
        transaction_id: `KM_AOP_UNKNOW_ERROR_${newTransactionId()}`,
        product_code: productCode,
      }),
    },
  }),
  "address-in-reply": () => ({ parameters: { method: bill, biz_content: billOf("2020-02-02") } }),
};

/** The one reply that tells of two captures, of an earlier and of a later year. */
export const sameReply: Readonly<Record<string, string>> = {
  "tokens-alipay-user-id": "tokens",
  "app-tokens-list": "app-tokens-flat",
};

export function usualParameters(accessToken: string): Readonly<Record<string, string>> {
  return { method: score, auth_token: accessToken, biz_content: inquiry() };
}
