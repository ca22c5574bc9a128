import { asByteText, type ByteText } from "./byte-text.ts";
import { type Refusal, resultMessages } from "./refusal.ts";

/** What a field of a reply may hold. Decimals are strings: a re-serialising client would turn 1.10 into 1.1. */
export type PlainReplyValue = string | number | boolean;
export type ReplyValue = PlainReplyValue | readonly Readonly<Record<string, PlainReplyValue>>[];
export type ReplyFields = Readonly<Record<string, ReplyValue>>;

export const errorNode = "error_response";

/** `zhima.credit.score.get` answers in the node `zhima_credit_score_get_response`. */
export function methodNode(method: string): string {
  return `${method.replaceAll(".", "_")}_response`;
}

/**
 * The node of a success: code and msg first, then the business fields in alphabetical order. A bare one, as
 * alipay.system.oauth.token's, has no code and msg, and its fields in the order given: the real one's open_id is last.
 */
export function successNode(fields: ReplyFields, form: "coded" | "bare"): string {
  const given = Object.entries(fields);
  const head = form === "coded" ? [pair("code", "10000"), pair("msg", resultMessages["10000"])] : [];
  const business = (form === "coded" ? given.toSorted(([left], [right]) => (left < right ? -1 : 1)) : given).map(
    ([name, value]) => pair(name, value),
  );
  return `{${[...head, ...business].join(",")}}`;
}

/** `form` is `disarmed` where what the message quotes may trip no client, and otherwise `verbatim`. */
export function refusalNode(refusal: Refusal, form: "disarmed" | "verbatim"): string {
  const fields = [
    pair("code", refusal.code),
    pair("msg", resultMessages[refusal.code]),
    pair("sub_code", refusal.subCode),
    pair("sub_msg", form === "disarmed" ? neutralise(refusal.subMessage) : refusal.subMessage),
  ];
  return `{${fields.join(",")}}`;
}

function pair(name: string, value: ReplyValue): string {
  return `${JSON.stringify(name)}:${render(value)}`;
}

/** Compact, CJK raw, `/` as `\/`, the line separators escaped: the one form that every client measured accepts. */
function render(value: ReplyValue): string {
  const json = JSON.stringify(value);
  if (!/[/\u2028\u2029]/.test(json)) return json;
  return json.replaceAll("/", "\\/").replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}

/** What a message says at its end when its braces are not the caller's own. */
export const bracesNote = "（其中花括号不成对，已用全角｛｝代替）";

/**
 * One client finds the end of a node by counting braces without looking at quotes, others refuse a reply that names a
 * `…_response` twice, or look for alipay_cert_sn anywhere. A message that quotes the caller's own text must not trip them,
 * and is not touched where it does not: braces that balance end the count where it should end.
 */
function neutralise(message: string): string {
  const text = message.replaceAll(/_(?=response)/g, "-").replaceAll("alipay_cert", "alipay-cert");
  return bracesBalance(text) ? text : `${text.replaceAll("{", "｛").replaceAll("}", "｝")}${bracesNote}`;
}

/** Each brace that opens is closed after it, and none is closed that was not opened. */
function bracesBalance(text: string): boolean {
  let depth = 0;
  for (const [brace] of text.matchAll(/[{}]/g)) {
    depth += brace === "{" ? 1 : -1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

/** A ciphertext as a node: base64 in its two quotes, both of which the signature covers. */
export function encryptedNode(ciphertext: string): ByteText {
  return asByteText(`"${ciphertext}"`); // Base64 is ASCII.
}

/** What follows the node: the SN of the gateway's certificate, in certificate mode; the signature last, if there is one. */
export interface ReplyTail {
  readonly certificateSn?: string | undefined;
  readonly sign?: string | undefined;
}

/** `{"<name>":<node>,"alipay_cert_sn":"<sn>","sign":"<sign>"}`: the node's very bytes, the signature last. */
export function assembleReply(name: string, node: ByteText, { certificateSn, sign }: ReplyTail): ByteText {
  const certificate = certificateSn === undefined ? "" : `,"alipay_cert_sn":"${certificateSn}"`;
  const signature = sign === undefined ? "" : `,"sign":"${sign}"`;
  // The name, the serial number and the signature are ASCII.
  return asByteText(`{"${name}":${node}${certificate}${signature}}`);
}
