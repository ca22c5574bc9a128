import { AlipayFormData, type AlipaySdk } from "alipay-sdk";
import iconv from "iconv-lite";
import { parsePrivateKey } from "#kaimen/keys/formats.ts";
import { signParameters } from "#kaimen/keys/signed-request.ts";
import type { SandboxFile } from "#kaimen/sandbox/sandbox-file.ts";
import { documentColumns, type FeedbackRow, fileOf } from "./feedback-data.ts";

/** What the SDK hands to its caller: keys in camelCase, and the trace id. */
export type SdkReply = Record<string, string | number> & {
  code?: string;
  subCode?: string;
  subMsg?: string;
  traceId?: string;
};

export const productCode = "w1010100100000000001";

let transactions = 0;
export function newTransactionId(): string {
  transactions += 1;
  return `T${process.pid}_${Date.now()}_${transactions}`;
}

/** Asks for a score as the documentation shows it, with the reply's signature verified by the SDK. */
export async function askScore(
  sdk: AlipaySdk,
  accessToken: string,
  bizContent: Record<string, unknown> = { transaction_id: newTransactionId(), product_code: productCode },
): Promise<SdkReply> {
  const reply: unknown = await sdk.exec(
    "zhima.credit.score.get",
    { auth_token: accessToken, bizContent },
    { validateSign: true },
  );
  return reply as SdkReply; // The SDK types its reply loosely; its fields are what the tests look at.
}

export interface Upload {
  readonly rows?: readonly FeedbackRow[];
  /** The file's bytes, instead of `rows` in UTF-8. */
  readonly content?: Buffer;
  readonly filename?: string;
  readonly fields?: Record<string, string>;
}

/** Feeds back a file with the SDK; `fields` overrides what is said of it. */
export async function feedBack(sdk: AlipaySdk, upload: Upload): Promise<SdkReply> {
  const rows = upload.rows ?? [];
  const form = new AlipayFormData();
  const fields = {
    file_type: "json_data",
    file_charset: "UTF-8",
    columns: documentColumns,
    primary_key_columns: "order_no,pay_month",
    records: String(rows.length),
    ...upload.fields,
  };
  for (const [name, value] of Object.entries(fields)) form.addField(name, value);
  form.addFile("file", upload.filename ?? "feedback.json", upload.content ?? Buffer.from(fileOf(rows)));
  const reply: unknown = await sdk.exec("zhima.data.batch.feedback", {}, { formData: form, validateSign: true });
  return reply as SdkReply; // As above.
}

export function gbkFileOf(rows: readonly FeedbackRow[]): Buffer {
  return iconv.encode(fileOf(rows), "gbk");
}

/**
 * Signs a user in and agrees on the authorise page, as a browser would, and gives the address it is sent back to.
 * `decision` is which button is pressed.
 */
export async function authoriseInBrowser(
  sandbox: SandboxFile,
  user: { login: string; password: string },
  options: { state?: string; redirectUri?: string; decision?: string; scope?: string } = {},
): Promise<URL> {
  const redirectUri = options.redirectUri ?? "http://127.0.0.1:9/callback";
  const query = new URLSearchParams({
    app_id: sandbox.app_id,
    scope: options.scope ?? "auth_zhima",
    redirect_uri: redirectUri,
  });
  if (options.state !== undefined) query.set("state", options.state);
  const address = `${sandbox.authorize_url}?${query.toString()}`;
  const login = new URLSearchParams([...query, ["login", user.login], ["password", user.password]]);
  const signedIn = await fetch(new URL("/oauth2/login", address), { method: "POST", body: login, redirect: "manual" });
  if (signedIn.status !== 303) throw new Error(`signing in answered ${signedIn.status}`);
  const cookie = (signedIn.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  const asked = await fetch(address, { headers: { cookie }, redirect: "manual" });
  const location = asked.headers.get("location");
  if (location !== null) return new URL(location);
  const formToken = /name="form_token" value="([^"]+)"/.exec(await asked.text())?.[1] ?? "";
  const decision = new URLSearchParams([
    ...query,
    ["form_token", formToken],
    ["decision", options.decision ?? "agree"],
  ]);
  const agreed = await fetch(address.split("?")[0] ?? "", {
    method: "POST",
    body: decision,
    headers: { cookie },
    redirect: "manual",
  });
  return new URL(agreed.headers.get("location") ?? "about:blank");
}

/** Signs the sandbox's other merchant in and lets the sandbox's app act for it; gives the app_auth_code sent back. */
export async function authoriseAppInBrowser(
  sandbox: SandboxFile,
  options: { state?: string; decision?: string; withoutMethod?: string } = {},
): Promise<string> {
  const [merchant] = sandbox.merchants;
  const query = new URLSearchParams({ app_id: sandbox.app_id, redirect_uri: "http://127.0.0.1:9/callback" });
  if (options.state !== undefined) query.set("state", options.state);
  const address = `${sandbox.app_authorize_url}?${query.toString()}`;
  const login = new URLSearchParams([
    ...query,
    ["login", merchant?.login ?? ""],
    ["password", merchant?.password ?? ""],
  ]);
  const signedIn = await fetch(new URL("/oauth2/merchantLogin", address), {
    method: "POST",
    body: login,
    redirect: "manual",
  });
  if (signedIn.status !== 303) throw new Error(`signing in answered ${signedIn.status}`);
  const cookie = (signedIn.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  const page = await (await fetch(address, { headers: { cookie } })).text();
  const fields = [...page.matchAll(/<input type="(?:hidden|checkbox)" name="([^"]+)" value="([^"]*)"/g)].map(
    ([, name = "", value = ""]): [string, string] => [name, value],
  );
  const form = new URLSearchParams([...fields, ["decision", options.decision ?? "agree"]]);
  if (options.withoutMethod !== undefined) form.delete(`method.${options.withoutMethod}`);
  const agreed = await fetch(address.split("?")[0] ?? "", {
    method: "POST",
    body: form,
    headers: { cookie },
    redirect: "manual",
  });
  return new URL(agreed.headers.get("location") ?? "about:blank").searchParams.get("app_auth_code") ?? "";
}

/** A call that no SDK would make: these very parameters, signed as the protocol says, sent as a form. Gives the reply's text. */
export async function rawCall(sandbox: SandboxFile, parameters: Record<string, string>): Promise<string> {
  const signed = await signParameters(
    {
      app_id: sandbox.app_id,
      charset: "utf-8",
      timestamp: "2026-11-22 12:00:00",
      version: "1.0",
      ...parameters,
    },
    { privateKey: parsePrivateKey(sandbox.app_private_key_pkcs8), signType: "RSA2" },
  );
  const reply = await fetch(sandbox.gateway_url, { method: "POST", body: signed });
  return reply.text();
}
