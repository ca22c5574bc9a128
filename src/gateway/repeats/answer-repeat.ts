import { type Digest, digestOf } from "../../keys/recent-texts.ts";
import type { ByteText } from "../../protocol/byte-text.ts";
import type { Exchange } from "../exchange.ts";
import type { GatewayParts } from "../parts.ts";
import { defineStep } from "../step.ts";
import { isTimestamp } from "../steps/check-public-parameters.ts";
import { limitAddress } from "../steps/limit-address.ts";
import { limitCalls } from "../steps/limit-calls.ts";
import type { AnsweredCall } from "./repeats.ts";

/** What may be remembered has some hundred bytes; a file is not worth hashing. */
const requestLimitBytes = 4_096;

/**
 * What was answered before is answered again, without being verified, parsed, judged and signed anew. Only where nothing
 * has changed: on any doubt the request goes through all the steps, and they say what is due.
 */
export const answerRepeat = defineStep({
  refuses: [],
  run(exchange, parts) {
    const request = identify(exchange);
    if (request === undefined) return undefined;
    exchange.identity = request;
    const earlier = parts.repeats.find(request);
    return earlier && answerAgain(exchange, parts, earlier);
  },
});

async function answerAgain(
  exchange: Exchange,
  parts: GatewayParts,
  earlier: AnsweredCall,
): Promise<"answered" | undefined> {
  const { tokens, inquiries } = parts.platform;
  const { transactionId, bizNo } = earlier;
  const app = await parts.platform.apps.find(earlier.appId);
  if (app === undefined || app.revision !== earlier.appRevision) return undefined;
  if (!isTimestamp(earlier.timestamp, exchange.receivedAt, parts.config.timestampWindowH)) return undefined;
  const grant = tokens.findKnown(earlier.accessToken, app.appId);
  if (typeof grant !== "object") return undefined;
  exchange.app = app;
  // These very bytes were verified, by keys that the app has still.
  exchange.signatureHolds = true;
  exchange.method = earlier.method;
  exchange.insideMethod = true;
  const isStillSo = await inquiries.isAnsweredAgain({ merchantId: app.merchantId, grant, transactionId, bizNo });
  exchange.insideMethod = false;
  if (!isStillSo || limitAddress.run(exchange, parts) !== undefined || limitCalls.run(exchange, parts) !== undefined)
    return undefined;
  parts.metrics.noteRepeat();
  exchange.repeatableAs = { transactionId, bizNo };
  exchange.charset = earlier.charset;
  exchange.deviations.push(...earlier.deviations);
  exchange.signedWithNextKey = earlier.signedWithNextKey;
  exchange.earlierReply = earlier.reply;
  return "answered";
}

/** Notes what was answered where the method says that it may be given again. */
export function rememberReply(exchange: Exchange, { repeats }: GatewayParts, reply: ByteText): void {
  const { identity, repeatableAs, app } = exchange;
  if (identity === undefined || repeatableAs === undefined) return;
  // These depend on more than the request and its app: certificates' terms, another merchant's authorisation, a key.
  const depends = ["app_cert_sn", "alipay_root_cert_sn", "app_auth_token", "encrypt_type"].some((name) =>
    exchange.parameters.has(name),
  );
  if (depends || app.certificate?.required === true || exchange.headers.size > 0) return;
  repeats.remember(identity, {
    appId: app.appId,
    appRevision: app.revision,
    method: exchange.method,
    charset: exchange.charset,
    timestamp: exchange.parameter("timestamp") ?? "",
    deviations: exchange.deviations,
    signedWithNextKey: exchange.signedWithNextKey,
    accessToken: exchange.accessToken,
    ...repeatableAs,
    reply,
  });
}

/**
 * A hash of all of a request that the steps look at; undefined for what is too long to be worth it, and for a body in
 * parts: it was taken apart while it came, and nothing is left of it to be hashed.
 */
function identify({ http, body, bodyTaken }: Exchange): Digest | undefined {
  const { headers, url = "" } = http;
  if (url.length + body.length > requestLimitBytes || body.length < bodyTaken) return undefined;
  // A line each: none of them can hold the end of one.
  const head = `${headers["content-type"] ?? ""}\n${headers["content-md5"] ?? ""}\n${String(headers["digest"] ?? "")}\n${url}\n`;
  return digestOf(head + body);
}
