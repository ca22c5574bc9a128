import type { Bytes } from "./bytes.ts";
import { asByteText, toByteText, toBytes } from "../protocol/byte-text.ts";
import { errorNode, methodNode } from "../protocol/envelope.ts";
import { JsonNumber, type JsonObject, type JsonValue, nestingLimit, parseJson } from "../protocol/json.ts";
import { BracketScanner } from "../protocol/json-brackets.ts";
import { CallError, ConfigurationError } from "./call-error.ts";
import { type Charset, decodeText } from "./charset.ts";
import type { Credentials } from "./config.ts";
import { gatewayRemedies } from "./derived/gateway-remedies.ts";

/** The node of a reply whose signature fits: its members as texts, numbers keep their digits. */
export type VerifiedNode = ReadonlyMap<string, JsonValue>;

/**
 * Reads a reply. Its node's very bytes, as they came and before they are read as anything, are what the signature has to
 * fit. @throws CallError for a reply that nobody vouches for.
 */
export async function readReply(
  bytes: Bytes,
  { method, charset, credentials }: { method: string; charset: Charset; credentials: Credentials },
  traceId: string | undefined,
): Promise<VerifiedNode> {
  const traced = traceId === undefined ? {} : { traceId };
  const malformed = (why: string): CallError =>
    new CallError("malformed", `the reply is none of a gateway: ${why}`, traced);
  const members = membersOf(bytes, charset);
  if (members === undefined) throw malformed("it is no JSON object");
  const node = members.get(methodNode(method)) ?? members.get(errorNode);
  if (node === undefined) throw malformed(`neither ${methodNode(method)} nor ${errorNode} is in it`);
  const sign = members.get("sign");
  if (sign === undefined) throw unsigned(node, charset, traced);
  const certificateSn = textOf(members.get("alipay_cert_sn"));
  const expectedSn = credentials.certificates?.alipayCertSn;
  if (expectedSn !== undefined && certificateSn !== undefined && certificateSn !== expectedSn) {
    const doing = "fetch it by alipay.open.app.alipaycert.download and give it as certificates.alipayCert";
    throw new CallError(
      "certificate",
      `the platform signs with another certificate, SN ${certificateSn}: ${doing}`,
      traced,
    );
  }
  const signature = textOf(sign) ?? "";
  // A few gateways sign the node before its slashes are escaped, as the official clients allow for: it says the same.
  const unescaped = (): Bytes => new Uint8Array(toBytes(asByteText(toByteText(node).replaceAll("\\/", "/"))));
  if (!(await credentials.verify(node, signature)) && !(await credentials.verify(unescaped(), signature))) {
    throw new CallError(
      "signature",
      "the reply's signature does not fit it: it was changed on the way, or alipayPublicKey is not the platform's key for this app",
      traced,
    );
  }
  const object = parseObject(await decrypted(node, credentials, traced), charset);
  if (object === undefined) throw malformed("its node is no JSON object");
  return object;
}

async function decrypted(node: Bytes, credentials: Credentials, traced: { traceId?: string }): Promise<Bytes> {
  const ciphertext = textOf(node);
  if (ciphertext === undefined) return node;
  if (credentials.cipher === undefined) throw new ConfigurationError("the reply is encrypted: give encryptKey");
  const plain = await credentials.cipher.decrypt(ciphertext);
  if (plain === undefined) {
    throw new CallError("decryption", "the reply does not open with encryptKey: the platform has another one", traced);
  }
  return plain;
}

/** The gateway signs no refusal of whom it does not know: by which key should it? So one is worth telling, and no result. */
function unsigned(node: Bytes, charset: Charset, traced: { traceId?: string }): CallError {
  const object = parseObject(node, charset) ?? new Map<string, JsonValue>();
  const text = (name: string): string => plainText(object.get(name)) ?? "";
  const subCode = text("sub_code");
  if (subCode === "") return new CallError("unsigned", "the reply has no signature, so it is not taken", traced);
  const remedies: Readonly<Record<string, { en: string; zh: string }>> = gatewayRemedies;
  const remedy = Object.hasOwn(remedies, subCode) ? remedies[subCode] : undefined;
  const claimed = { code: text("code"), subCode, subMsg: text("sub_msg"), ...(remedy === undefined ? {} : { remedy }) };
  const what = `the gateway refused without a signature, as it does whom it does not know: ${subCode} ${claimed.subMsg}`;
  return new CallError("unsigned", remedy === undefined ? what : `${what} ${remedy.en}`, { ...traced, claimed });
}

const quote = 0x22;
const space = new Set([0x20, 0x09, 0x0a, 0x0d]);

/**
 * The bytes of each member of the outermost object. Undefined for anything else, and for one that has a name twice:
 * readers might take different ones for the answer.
 */
function membersOf(bytes: Bytes, charset: Charset): Map<string, Bytes> | undefined {
  const members = new Map<string, Bytes>();
  const scanner = new BracketScanner({ depthLimit: nestingLimit, twoByteCharacters: charset !== "utf-8" });
  let at = 0;
  const skip = (): number => {
    while (space.has(bytes[at] ?? 0)) at += 1;
    return bytes[at] ?? 0;
  };
  const take = (character: string): boolean => {
    if (skip() !== character.charCodeAt(0)) return false;
    at += 1;
    return true;
  };
  /** The value at this place; its end is looked for without reading it. */
  const value = (): Bytes | undefined => {
    const start = at;
    const first = skip();
    const begin = at;
    if (first === quote) {
      const end = endOfString(bytes, at, charset);
      if (end === undefined) return undefined;
      at = end;
    } else if (first === 0x7b || first === 0x5b) {
      const end = scanner.endOf(bytes, at);
      if (typeof end !== "number") return undefined;
      at = end;
    } else while (/[^,}\s]/.test(String.fromCharCode(bytes[at] ?? 0x7d))) at += 1;
    return at > start ? bytes.slice(begin, at) : undefined;
  };
  if (!take("{")) return undefined;
  do {
    skip();
    const name = textOf(value());
    if (name === undefined || members.has(name) || !take(":")) return undefined;
    const found = value();
    if (found === undefined) return undefined;
    members.set(name, found);
  } while (take(","));
  return take("}") && skip() === 0 && at >= bytes.length ? members : undefined;
}

function endOfString(bytes: Bytes, start: number, charset: Charset): number | undefined {
  for (let at = start + 1; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === quote) return at + 1;
    if (byte === 0x5c || (charset !== "utf-8" && byte >= 0x80)) at += 1;
  }
  return undefined;
}

/** The text of a JSON string, as all are that are looked at here: names, signatures and ciphertexts, in ASCII. */
function textOf(bytes: Bytes | undefined): string | undefined {
  if (bytes?.[0] !== quote) return undefined;
  const parsed = parseJson(toByteText(bytes));
  return "value" in parsed && typeof parsed.value === "string" ? parsed.value : undefined;
}

function parseObject(bytes: Bytes, charset: Charset): JsonObject | undefined {
  const text = decodeText(bytes, charset);
  if (text === undefined) return undefined;
  const parsed = parseJson(text);
  return "value" in parsed && parsed.value instanceof Map ? parsed.value : undefined;
}

/** A text, or a number's own digits. */
export function plainText(value: JsonValue | undefined): string | undefined {
  if (typeof value === "string") return value;
  return value instanceof JsonNumber ? value.text : undefined;
}
