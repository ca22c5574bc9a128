import { createPublicKey, verify } from "node:crypto";
import iconv from "iconv-lite";
import { type JsonSpan, readSpans, reserialiseAsPhp } from "./json-spans.ts";

/**
 * How the SDKs that merchants use cut the signed text out of a reply, each with its own narrowness. A gateway has to
 * please all of them at once. Written from the observed behaviour of each; the versions are those of `clients` below.
 */
export interface SignedPart {
  readonly signed: Uint8Array;
  readonly sign: string;
}

/** `charset` is the one that the reply is in. Throws a ClientRefusal where the SDK would not take the reply. */
export type Extract = (reply: Uint8Array, method: string, charset: string) => SignedPart;

export class ClientRefusal extends Error {}

/** The SDK hands this reply to its caller as an error and looks at no signature. */
export class TakenUnverified extends ClientRefusal {}

const errorNode = "error_response";

/** Official Java SDK 4.10: quotes are minded, braces matched; the reply's text is read and written in its charset. */
export const javaExtract: Extract = (reply, method, charset) => {
  const text = iconv.decode(Buffer.from(reply), charset);
  const root = rootOf(text);
  const objects = [...root.values()].filter((value) => value.kind === "object");
  if (objects.length > 1) throw new ClientRefusal("a second top-level object may be taken for the reply");
  if (!root.has("sign")) {
    if (!isSuccess(objects[0])) throw new TakenUnverified("an error without sign is not verified");
    throw new ClientRefusal("a success without sign");
  }
  const node = nodeOrErrorNode(text, method);
  const afterColon = node.index + node.name.length + 2;
  const offset = text.slice(afterColon).search(/[{"]/);
  if (offset === -1) throw new ClientRefusal("nothing to verify after the node's name");
  const begin = afterColon + offset;
  if (text[begin] === '"' && begin !== afterColon) throw new ClientRefusal("a space before the ciphertext");
  const end = text[begin] === '"' ? text.indexOf('"', begin + 1) + 1 : closingBrace(text, begin, "minds quotes");
  if (text.lastIndexOf(node.name) > end) throw new ClientRefusal("the node's name comes again after the node");
  return { signed: iconv.encode(text.slice(begin, end), charset), sign: stringOf(root, "sign") };
};

/** Official PHP SDK, AopClient: from the node's name to the last `"sign"`, wherever that is. */
export const phpExtract: Extract = (reply, method, charset) => phpCut(reply, method, charset, () => "sign");

/** Official PHP SDK, AopCertClient: to `"alipay_cert_sn"` where the reply has one. */
export const phpCertExtract: Extract = (reply, method, charset) =>
  phpCut(reply, method, charset, (text) => (text.includes("alipay_cert_sn") ? "alipay_cert_sn" : "sign"));

/** EasySDK for PHP: as AopCertClient, after refusing a reply that has the node's name twice, be it in a text. */
export const easySdkPhpExtract: Extract = (reply, method, charset) => {
  const text = latin1(reply);
  const name = nodeName(method);
  if (text.indexOf(name) !== text.lastIndexOf(name)) throw new ClientRefusal("the node's name is there twice");
  return phpCertExtract(reply, method, charset);
};

/** Official Python SDK: two patterns, the last `},"sign":"` ends the text; the sign is what follows up to a quote. */
export const pythonExtract: Extract = (reply, _method, charset) => {
  const text = decodeStrictly(reply, charset);
  const begin = /"[A-Za-z_]+_response"[ \t\n]*:[ \t\n]*\{/.exec(text);
  const end = [...text.matchAll(/\}[ \t\n]*,[ \t\n]*"sign"[ \t\n]*:[ \t\n]*"/g)].at(-1);
  if (begin === null || end === undefined) throw new ClientRefusal("response shape maybe illegal");
  const signStart = end.index + end[0].length;
  return {
    signed: iconv.encode(text.slice(begin.index + begin[0].length - 1, end.index + 1), charset),
    sign: text.slice(signStart, text.indexOf('"', signStart)),
  };
};

/** Official Node SDK 4.14 with validateSign: from the first `{` to the last `}` of a window after the node's name. */
export const nodeExtract: Extract = (reply, method) => {
  const text = new TextDecoder().decode(reply);
  const root = rootOf(text);
  const name = nodeName(method);
  if (!root.has(name) && !root.has(errorNode)) throw new ClientRefusal("no node");
  const at = text.indexOf(`${name}"`);
  if (at === -1) throw new ClientRefusal("the node's name is not found, the cut lands inside the reply");
  // The window is as long as everything before the last `"sign"`, so it reaches a little into the sign itself.
  const windowStart = at + name.length + 1;
  const window = text.slice(windowStart, windowStart + Math.max(text.lastIndexOf('"sign"'), 0));
  const begin = window.indexOf("{");
  const end = window.lastIndexOf("}");
  if (begin === -1 || end < begin) throw new ClientRefusal("no braces around the text to verify");
  return { signed: utf8(window.slice(begin, end + 1)), sign: stringOf(root, "sign") };
};

/** Go, smartwalle/alipay v3: the node's raw JSON, in any order; the sign's raw JSON without its two quotes. */
export const smartwalleExtract: Extract = (reply, method) => {
  const text = latin1(reply);
  const root = rootOf(text);
  const node = root.get(nodeName(method));
  if (node === undefined) {
    if (root.has(errorNode)) throw new TakenUnverified("error_response is handed back unverified");
    throw new ClientRefusal("no node");
  }
  const sign = root.get("sign");
  if (sign === undefined) throw new TakenUnverified("an unsigned node is handed back as an error");
  return { signed: bytes(text.slice(node.start, node.end)), sign: text.slice(sign.start + 1, sign.end - 1) };
};

/** Go, go-pay/gopay: from the first `_response":` to the first `,"alipay_cert_sn":` or `,"sign":`. */
export const gopayExtract: Extract = (reply, method) => {
  const text = latin1(reply);
  const root = rootOf(text);
  const readsErrorNode = method === "alipay.system.oauth.token";
  const node = root.get(nodeName(method)) ?? (readsErrorNode ? root.get(errorNode) : undefined);
  if (node === undefined) throw new ClientRefusal("unmarshal: the method's node is missing");
  const code = node.kind === "object" ? node.members.get("code") : undefined;
  if (code !== undefined && code.kind !== "string") throw new ClientRefusal("unmarshal: code must be a string");
  const certificate = root.get("alipay_cert_sn");
  const inCertificateMode = certificate?.kind === "string" && certificate.text !== "";
  const begin = text.indexOf('_response":') + '_response":'.length;
  const end = text.indexOf(inCertificateMode ? ',"alipay_cert_sn":' : ',"sign":');
  if (end < begin) throw new ClientRefusal("slice bounds out of range");
  return { signed: bytes(text.slice(begin, end)), sign: stringOf(root, "sign") };
};

/** Python, fzlee/alipay 3.4: counts braces and does not mind quotes. */
export const fzleeExtract: Extract = (reply, method) => {
  const text = decodeStrictly(reply, "utf-8");
  const root = rootOf(text);
  const name = nodeName(method);
  if (!root.has(name)) throw new ClientRefusal(`KeyError: ${name}`);
  const begin = text.indexOf("{", text.indexOf(name));
  if (begin === -1) throw new ClientRefusal("no brace after the node's name");
  const end = closingBrace(text, begin, "counts in quotes too");
  return { signed: utf8(text.slice(begin, end)), sign: stringOf(root, "sign") };
};

/** PHP, yansongda/pay v3: verifies what json_encode makes of the node, not the text that was sent. */
export const yansongdaReserialise: Extract = (reply, method) => {
  const root = rootOf(decodeStrictly(reply, "utf-8"));
  const node = root.get(nodeName(method));
  if (node === undefined) throw new ClientRefusal("the method's node is missing");
  return { signed: utf8(reserialiseAsPhp(node)), sign: stringOf(root, "sign") };
};

/** Replies that a client is known not to verify, however well the gateway writes them. */
type Limit = "error_response" | "alipay_cert_sn" | "encrypted" | "gbk";

interface Client {
  readonly extract: Extract;
  readonly limits: readonly Limit[];
  /** Verifies again with each `\/` turned into `/`. */
  readonly retriesUnescaped?: true;
  /** Refuses a sign with anything but Base64 in it; the others skip such characters. */
  readonly strictBase64?: true;
}

export type ClientName = keyof typeof clients;

/** `gbk` among the limits: the client sends UTF-8 only, or as the Node SDK reads a reply as UTF-8 in any case. */
const clients = {
  java: { extract: javaExtract, limits: [], retriesUnescaped: true },
  php: { extract: phpExtract, limits: ["alipay_cert_sn"], retriesUnescaped: true },
  php_cert: { extract: phpCertExtract, limits: [], retriesUnescaped: true },
  python: { extract: pythonExtract, limits: ["alipay_cert_sn", "encrypted"] },
  node: { extract: nodeExtract, limits: ["error_response", "encrypted", "gbk"] },
  easysdk_php: { extract: easySdkPhpExtract, limits: ["encrypted", "gbk"] },
  smartwalle: { extract: smartwalleExtract, limits: ["gbk"], strictBase64: true },
  gopay: { extract: gopayExtract, limits: ["error_response", "encrypted", "gbk"], strictBase64: true },
  fzlee: { extract: fzleeExtract, limits: ["error_response", "encrypted", "gbk"] },
  yansongda: { extract: yansongdaReserialise, limits: ["error_response", "encrypted", "gbk"] },
} as const satisfies Record<string, Client>;

export const clientNames: readonly ClientName[] = Object.keys(clients) as ClientName[]; // the literal's own keys

export interface ClientResult {
  readonly client: ClientName;
  /** False where this client is known not to cope with such a reply. */
  readonly expected: boolean;
  /** The signature verifies; or the reply is an error that this client takes without verifying. */
  readonly ok: boolean;
  readonly reason: string;
}

export interface ReplyShape {
  /** The reply says that the call failed. */
  readonly error: boolean;
  readonly node: "method" | "error_response";
  readonly signType?: "RSA2" | "RSA";
}

/** What each client makes of the reply. The key is the Base64 body of an X.509 public key, as SDKs are configured. */
export function verifyAsEveryClient(
  reply: Uint8Array,
  method: string,
  charset: string,
  gatewayPublicKeyBase64: string,
  shape: ReplyShape,
): ClientResult[] {
  const key = createPublicKey({ key: Buffer.from(gatewayPublicKeyBase64, "base64"), format: "der", type: "spki" });
  const digest = shape.signType === "RSA" ? "sha1" : "sha256";
  const present = limitsMet(reply, method, charset, shape);
  return clientNames.map((client) => {
    const { extract, limits, retriesUnescaped, strictBase64 }: Client = clients[client];
    const readsErrorNode = client === "gopay" && method === "alipay.system.oauth.token";
    const expected = !limits.some((limit) => present.has(limit) && !(limit === "error_response" && readsErrorNode));
    const answer = (ok: boolean, reason: string): ClientResult => ({ client, expected, ok, reason });
    try {
      const { signed, sign } = extract(reply, method, charset);
      if (strictBase64 && !/^[A-Za-z0-9+/]+={0,2}$/.test(sign)) return answer(false, "the sign is not Base64");
      const signature = Buffer.from(sign.replace(/[^A-Za-z0-9+/=]/g, ""), "base64");
      if (verify(digest, signed, key, signature)) return answer(true, "verified");
      const unescaped = bytes(latin1(signed).replaceAll("\\/", "/"));
      if (retriesUnescaped && verify(digest, unescaped, key, signature)) return answer(true, "verified unescaped");
      return answer(false, "the signature does not fit the text it cut out");
    } catch (error) {
      if (!(error instanceof ClientRefusal)) throw error;
      return answer(error instanceof TakenUnverified && shape.error, error.message);
    }
  });
}

function limitsMet(reply: Uint8Array, method: string, charset: string, shape: ReplyShape): Set<Limit> {
  const root = rootOf(iconv.decode(Buffer.from(reply), charset));
  const name = shape.node === "error_response" ? errorNode : nodeName(method);
  const node = root.get(name);
  if (node === undefined) throw new Error(`the reply was said to hold ${name}, and does not`);
  const met = new Set<Limit>();
  if (shape.node === "error_response") met.add("error_response");
  if (root.has("alipay_cert_sn")) met.add("alipay_cert_sn");
  if (node.kind === "string") met.add("encrypted");
  if (!/^utf-?8$/i.test(charset)) met.add("gbk");
  return met;
}

function nodeName(method: string): string {
  return `${method.replaceAll(".", "_")}_response`;
}

/** The first place of the method's node name, else of `error_response`; one inside a text counts, as in the SDKs. */
function nodeOrErrorNode(text: string, method: string): { name: string; index: number } {
  for (const name of [nodeName(method), errorNode]) {
    const index = text.indexOf(name);
    if (index > 0) return { name, index };
  }
  throw new ClientRefusal("no node");
}

function phpCut(reply: Uint8Array, method: string, charset: string, endMark: (text: string) => string): SignedPart {
  const text = latin1(reply);
  const root = rootOf(iconv.decode(Buffer.from(reply), charset));
  const node = nodeOrErrorNode(text, method);
  const begin = node.index + node.name.length + 2;
  const end = text.lastIndexOf(`"${endMark(text)}"`) - 1;
  if (end <= begin || !root.has("sign")) throw new ClientRefusal("signData is Empty");
  return { signed: bytes(text.slice(begin, end)), sign: stringOf(root, "sign") };
}

/** Just past the brace that closes the one at `begin`. */
function closingBrace(text: string, begin: number, quotes: "minds quotes" | "counts in quotes too"): number {
  let depth = 0;
  let quoted = false;
  for (let index = begin; index < text.length; index += 1) {
    const character = text[index];
    if (quotes === "minds quotes" && quoted && character === "\\") index += 1;
    else if (quotes === "minds quotes" && character === '"') quoted = !quoted;
    else if (character === "{" && !quoted) depth += 1;
    else if (character === "}" && !quoted && --depth === 0) return index + 1;
  }
  throw new ClientRefusal("the braces do not balance");
}

function rootOf(text: string): ReadonlyMap<string, JsonSpan> {
  let root: JsonSpan;
  try {
    root = readSpans(text);
  } catch {
    throw new ClientRefusal("the reply is not JSON");
  }
  if (root.kind !== "object") throw new ClientRefusal("the reply is not a JSON object");
  return root.members;
}

function stringOf(members: ReadonlyMap<string, JsonSpan>, name: string): string {
  const member = members.get(name);
  if (member?.kind !== "string") throw new ClientRefusal(`no ${name}`);
  return member.text;
}

/** As the SDKs decide it: code absent, empty or 10000, and no sub_code. */
function isSuccess(node: JsonSpan | undefined): boolean {
  if (node?.kind !== "object") return true;
  const code = node.members.get("code");
  const hasCode = code?.kind === "string" && code.text !== "" && code.text !== "10000";
  return !hasCode && !node.members.has("sub_code");
}

function decodeStrictly(reply: Uint8Array, charset: string): string {
  try {
    return new TextDecoder(charset, { fatal: true, ignoreBOM: true }).decode(reply);
  } catch {
    throw new ClientRefusal(`the reply is not ${charset}`);
  }
}

function latin1(data: Uint8Array): string {
  return Buffer.from(data).toString("latin1");
}

function bytes(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

function utf8(text: string): Uint8Array {
  return Buffer.from(text, "utf8");
}
