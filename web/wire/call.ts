import { asByteText, type ByteText, toByteText, toBytes } from "../../src/protocol/byte-text.ts";
import { type SignType, stringToSign } from "../../src/protocol/signing.ts";
import { type Bytes, joinBytes } from "../../src/sdk/bytes.ts";
import { decodeBytes, encodeText, jsonEscape, type SendingCharset, unsendable } from "./charset-bytes.ts";
import { encryptText, type EncryptType } from "./encryption.ts";
import { signBytes } from "./signatures.ts";

export interface CallFile {
  /** The field. */
  readonly name: string;
  readonly fileName: string;
  readonly content: Bytes;
}

/** A call as somebody has put it together: what it says, and how it is to be signed and sent. */
export interface CallDraft {
  readonly method: string;
  readonly appId: string;
  readonly signType: SignType;
  readonly charset: SendingCharset;
  /** yyyy-MM-dd HH:mm:ss in Beijing. */
  readonly timestamp: string;
  readonly fieldsIn: "biz_content" | "form";
  /** Texts; an empty one is left out. */
  readonly fields: Readonly<Record<string, string>>;
  readonly files: readonly CallFile[];
  readonly authToken?: string | undefined;
  readonly appAuthToken?: string | undefined;
  readonly encryption?: { readonly encryptType: EncryptType; readonly key: string } | undefined;
  readonly certificates?: { readonly appCertSn: string; readonly rootCertSn: string } | undefined;
}

export type Parameters = Readonly<Record<string, string>>;

/** Where something is made wrong on purpose: before the call is signed, or in what is sent. */
export interface CallChange {
  readonly beforeSigning?: (parameters: Parameters) => Parameters;
  readonly afterSigning?: (parameters: Parameters) => Parameters;
}

/** A call as it goes: everything that there is to show of it, and the bytes that are sent. */
export interface BuiltCall {
  readonly parameters: Parameters;
  readonly stringToSign: string;
  readonly contentType: string;
  readonly body: Bytes;
  /** The body as text, where it is one: of a form, and of parts without their files. */
  readonly bodyText: string;
}

/** A character that the charset has not, in a field that has no way to write it otherwise. */
export class CharsetError extends Error {
  override readonly name = "CharsetError";
}

/** The parameters of a call, all but its signature, as texts. */
export async function parametersOf(draft: CallDraft): Promise<Parameters> {
  const { encryption, certificates } = draft;
  const fields = Object.fromEntries(Object.entries(draft.fields).filter(([, value]) => value !== ""));
  const json = JSON.stringify(fields);
  const bizContent =
    encryption === undefined
      ? json
      : await encryptText(encodeText(json, draft.charset, jsonEscape), encryption.key, encryption.encryptType);
  const optional = {
    auth_token: draft.authToken,
    app_auth_token: draft.appAuthToken,
    encrypt_type: encryption?.encryptType,
    app_cert_sn: certificates?.appCertSn,
    alipay_root_cert_sn: certificates?.rootCertSn,
  };
  return {
    app_id: draft.appId,
    method: draft.method,
    format: "JSON",
    charset: draft.charset,
    sign_type: draft.signType,
    timestamp: draft.timestamp,
    version: "1.0",
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined && value !== "")),
    ...(draft.fieldsIn === "form" ? fields : { biz_content: bizContent }),
  } as Parameters; // What was undefined is filtered out.
}

/** Signs a call and makes the bytes that are sent. @throws KeyTextError, AesKeyError, CharsetError */
export async function buildCall(draft: CallDraft, privateKey: string, change: CallChange = {}): Promise<BuiltCall> {
  const drafted = await parametersOf(draft);
  const signed = change.beforeSigning?.(drafted) ?? drafted;
  const text = stringToSign(rawOf(signed, draft.charset));
  const sign = await signBytes(bytesOf(text), privateKey, draft.signType);
  const withSign = { ...signed, sign };
  const parameters = change.afterSigning?.(withSign) ?? withSign;
  return {
    parameters,
    stringToSign: decodeBytes(toBytes(text), draft.charset),
    ...(draft.files.length === 0 ? formOf(parameters, draft.charset) : partsOf(parameters, draft)),
  };
}

const bytesOf = (text: ByteText): Bytes => Uint8Array.from(toBytes(text));

function rawOf(parameters: Parameters, charset: SendingCharset) {
  return Object.entries(parameters).map(([name, value]) => ({
    name: asByteText(name), // Names of parameters are ASCII.
    value: toByteText(encodeValue(name, value, charset)),
  }));
}

function encodeValue(name: string, value: string, charset: SendingCharset): Bytes {
  if (name === "biz_content") return encodeText(value, charset, jsonEscape);
  const [missing] = unsendable(value, charset);
  if (missing !== undefined) throw new CharsetError(`${name}: ${charset} ${missing}`);
  return encodeText(value, charset);
}

function formOf(parameters: Parameters, charset: SendingCharset) {
  const bodyText = Object.entries(parameters)
    .map(([name, value]) => `${name}=${percentEncode(encodeValue(name, value, charset))}`)
    .join("&");
  return {
    contentType: `application/x-www-form-urlencoded;charset=${charset}`,
    body: encodeText(bodyText, "utf-8"),
    bodyText,
  };
}

/** Every byte but the unreserved ones of RFC 3986. */
export function percentEncode(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9\-._~]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}

function partsOf(parameters: Parameters, { charset, files }: CallDraft) {
  const boundary = `kaimen${Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16)).join("")}`;
  const head = (disposition: string): Bytes =>
    encodeText(`--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n`, charset);
  const lineEnd = encodeText("\r\n", charset);
  const fields = Object.entries(parameters).flatMap(([name, value]) => [
    head(`name="${name}"`),
    encodeValue(name, value, charset),
    lineEnd,
  ]);
  const contents = files.flatMap(({ name, fileName, content }) => [
    head(
      `name="${name}"; filename="${fileName.replaceAll(/["\r\n]/g, "_")}"\r\nContent-Type: application/octet-stream`,
    ),
    content,
    lineEnd,
  ]);
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: joinBytes([...fields, ...contents, encodeText(`--${boundary}--\r\n`, charset)]),
    bodyText: [
      ...Object.entries(parameters).map(([name, value]) => `${name}=${value}`),
      ...files.map(({ name, fileName, content }) => `${name}=@${fileName} (${content.length} B)`),
    ].join("\n"),
  };
}

const beijing = new Intl.DateTimeFormat("sv-SE", {
  timeZone: "Asia/Shanghai",
  dateStyle: "short",
  timeStyle: "medium",
});

/** yyyy-MM-dd HH:mm:ss in Beijing. */
export const timestampOf = (ms: number): string => beijing.format(new Date(ms)).replace(",", "");
