import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { finished } from "node:stream";
import { encryptAes } from "../keys/aes.ts";
import { signatureText } from "../keys/signatures.ts";
import type { GatewayKey } from "../merchants/gateway-keys.ts";
import { type ByteText, toBytes } from "../protocol/byte-text.ts";
import { assembleReply, encodeNode, encryptedNode, refusalNode } from "../protocol/envelope.ts";
import { gatewayRefusal } from "../protocol/gateway-errors.ts";
import type { Refusal } from "../protocol/refusal.ts";
import type { SignType } from "../protocol/signing.ts";
import { rememberReply } from "./answer-repeat.ts";
import { Exchange } from "./exchange.ts";
import type { GatewayParts } from "./parts.ts";
import { pipeline } from "./pipeline.ts";
import { closeFiles } from "./receive-body.ts";

/** Answers one request to /gateway.do: HTTP 200 and a signed node, whatever happened. */
export async function handleGatewayRequest(parts: GatewayParts, http: IncomingMessage, reply: ServerResponse): Promise<void> {
  const { clock, log } = parts.platform;
  const exchange = new Exchange(http, clock.now());
  let refusal: Refusal | undefined;
  try {
    for (const step of pipeline) {
      // Most steps need not wait for anything, and then nothing waits for them.
      const outcome = step(exchange, parts);
      const settled = outcome instanceof Promise ? await outcome : outcome;
      if (settled === undefined) continue;
      if (settled !== "answered") refusal = settled;
      break;
    }
  } catch (error) {
    log.error({ err: error, trace_id: exchange.traceId, method: exchange.methodName }, "a call failed inside");
    refusal = gatewayRefusal(exchange.insideMethod ? "isp.unknow-error" : "aop.unknow-error");
  }
  try {
    await sendSigned(parts, exchange, refusal, reply);
  } finally {
    parts.bodyBudget.giveBack(exchange.bodyTaken);
    await closeFiles(exchange.multipart?.files ?? []);
    noteCall(parts, exchange, refusal);
  }
  if (reply.writableEnded) return;
  await letFinish(http);
  reply.end();
}

/**
 * Renders the node once, signs those bytes and sends them, in the request's charset and sign_type. The reply is not ended
 * where the body is still on its way in.
 */
async function sendSigned(parts: GatewayParts, exchange: Exchange, refusal: Refusal | undefined, reply: ServerResponse): Promise<void> {
  const answer = refusal === undefined ? exchange.answer : { name: exchange.refusalNodeName, node: refusalNode(refusal) };
  const body = await renderReply(parts, exchange, answer, refusal);
  // A refused body may still be on its way in; the connection cannot carry another request after it.
  const unread = !exchange.http.complete;
  const headers: OutgoingHttpHeaders = {
    "content-type": `text/html;charset=${exchange.charset}`,
    "content-length": body.length,
    trace_id: exchange.traceId,
    "cache-control": "no-store",
  };
  if (unread) headers["connection"] = "close";
  for (const [name, value] of exchange.headers) headers[name] = value;
  reply.writeHead(200, headers);
  // As text, head and body are sent in one piece.
  if (unread) reply.write(body, "latin1");
  else reply.end(body, "latin1");
}

/** How long a client may go on sending what is not wanted any more. */
const lingerMs = 5_000;

/**
 * Waits until the client has sent all, which is thrown away: a connection closed under its hands is reset, and the reply,
 * though sent, is lost to it.
 */
function letFinish(http: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    const limit = setTimeout(resolve, lingerMs);
    finished(http.resume(), () => {
      clearTimeout(limit);
      resolve();
    });
  });
}

/** The reply's bytes; the signature covers the node exactly as it is sent, encrypted or not. */
async function renderReply(
  parts: GatewayParts,
  exchange: Exchange,
  answer: { name: string; node: string },
  refusal: Refusal | undefined,
): Promise<ByteText> {
  if (exchange.earlierReply !== undefined && refusal === undefined) return exchange.earlierReply;
  const plain = encodeNode(answer.node, exchange.charset);
  // As the real gateway: an app that it does not know gets no signature. Some clients cannot read that.
  if (refusal?.subCode === "isv.invalid-app-id" && parts.config.leniency === "strict") return assembleReply(answer.name, plain, {});
  const { encryption } = exchange;
  const node = encryption === undefined ? plain : encryptedNode(encryptAes(encryption.encryptType, encryption.key, toBytes(plain)));
  const key = await gatewayKeyOf(parts, exchange);
  const signature = signatureText(signTypeOf(exchange, parts), key.privateKey, node);
  const reply = assembleReply(answer.name, node, {
    certificateSn: inCertificateMode(exchange) ? key.certificateSn : undefined,
    sign: typeof signature === "string" ? signature : await signature,
  });
  if (refusal === undefined) rememberReply(exchange, parts, reply);
  return reply;
}

/** The key that the app was given. One that another process has made since is read first. */
async function gatewayKeyOf({ gatewayKeys }: GatewayParts, { knownApp }: Exchange): Promise<GatewayKey> {
  if (knownApp === undefined) return gatewayKeys.current;
  if (!gatewayKeys.has(knownApp.gatewayKeyId)) await gatewayKeys.reload();
  return gatewayKeys.byId(knownApp.gatewayKeyId);
}

/** A client in key mode cannot read a reply that names a certificate. */
function inCertificateMode(exchange: Exchange): boolean {
  const certificate = exchange.knownApp?.certificate;
  return certificate !== undefined && (certificate.required || exchange.parameter("app_cert_sn") !== undefined);
}

/** Of the request, a refused one too, as long as it is switched on: a client cannot verify another. */
function signTypeOf(exchange: Exchange, { config }: GatewayParts): SignType {
  const asked = exchange.parameter("sign_type") ?? exchange.knownApp?.defaultSignType;
  return config.signTypes.find((each) => each === asked) ?? "RSA2";
}

function noteCall(parts: GatewayParts, exchange: Exchange, refusal: Refusal | undefined): void {
  const { clock, log } = parts.platform;
  const method = exchange.knownMethod?.spec.name ?? "unknown";
  const durationMs = (clock.now() - exchange.receivedAt) / 1_000;
  const code = refusal?.subCode ?? "10000";
  parts.metrics.noteCall({ method, code, durationMs, deviations: exchange.deviations, nextKey: exchange.signedWithNextKey });
  log.debug(
    { trace_id: exchange.traceId, app_id: exchange.knownApp?.appId, method, code, duration_ms: Math.round(durationMs) },
    "call",
  );
}
