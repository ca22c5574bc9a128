import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { addressBlockOf } from "../address-block.ts";
import { discardUnread } from "../http/unread-body.ts";
import { encryptAes } from "../keys/aes.ts";
import { signatureText } from "../keys/signatures.ts";
import type { GatewayKey } from "../merchants/gateway-keys.ts";
import { type ByteText, toBytes } from "../protocol/byte-text.ts";
import { encodeNode } from "../protocol/encode-node.ts";
import { assembleReply, encryptedNode, refusalNode, type ReplyTail } from "../protocol/envelope.ts";
import { gatewayRefusal, type GatewaySubCode } from "../protocol/gateway-errors.ts";
import { profileDoes } from "../protocol/gateway-profile.ts";
import type { Refusal } from "../protocol/refusal.ts";
import type { SignType } from "../protocol/signing.ts";
import { assembleXml, encodeFields, encryptedFields, xmlFields, xmlText } from "../protocol/xml-envelope.ts";
import { methods } from "../methods/index.ts";
import { rememberReply } from "./repeats/answer-repeat.ts";
import { ownBytes } from "./body/body-budget.ts";
import { Exchange } from "./exchange.ts";
import type { GatewayParts } from "./parts.ts";
import { pipeline } from "./pipeline.ts";
import { logCall } from "./request-log/log-call.ts";
import { StepTrail } from "./request-log/step-trail.ts";
import type { SentReply } from "./request-log/whole-request.ts";
import { wordRefusal } from "./solution-address.ts";
import type { Step } from "./step.ts";
import { closeFiles } from "./body/receive-body.ts";

const steps = Object.entries<Step>(pipeline);

/** Answers one request to /gateway.do: HTTP 200 and a signed node, whatever happened. */
export async function handleGatewayRequest(
  parts: GatewayParts,
  http: IncomingMessage,
  reply: ServerResponse,
): Promise<void> {
  // A reply without a socket waits for another one: its request was sent before that of its connection was answered.
  const exchange = new Exchange(http, parts.platform.clock.now(), reply.socket === null ? 0 : ownBytes);
  let refusal: Refusal | undefined;
  let fault: unknown;
  let sent: SentReply | undefined;
  if (parts.platform.requestLog.keepsWhole) exchange.trail = new StepTrail();
  try {
    for (const [name, step] of steps) {
      exchange.step = name;
      exchange.trail?.begin(name);
      // Most steps need not wait for anything, and then nothing waits for them.
      const outcome = step.run(exchange, parts);
      const settled = outcome instanceof Promise ? await outcome : outcome;
      if (settled === undefined) continue;
      if (settled !== "answered") refusal = settled;
      break;
    }
  } catch (error) {
    fault = error;
    refusal = gatewayRefusal(exchange.insideMethod ? "isp.unknow-error" : "aop.unknow-error");
  }
  exchange.trail?.end();
  try {
    sent = await sendSigned(parts, exchange, refusal, reply);
  } catch (error) {
    // The caller gets no reply at all, so this is what the log says of the call.
    fault = error;
    refusal = gatewayRefusal("aop.unknow-error");
    throw error;
  } finally {
    exchange.hold?.release();
    noteCall(parts, exchange, refusal, fault);
    logCall(parts, exchange, { refusal, fault, reply: sent });
    await closeFiles(exchange.multipart?.files ?? []).catch((error: unknown) => {
      parts.platform.log.error({ trace_id: exchange.traceId, err: error }, "an upload's file could not be closed");
    });
  }
  if (reply.writableEnded) return;
  // A connection closed under the client's hands is reset, and the reply, though sent, is lost to it.
  await discardUnread(http);
  reply.end();
}

/**
 * Renders the node once, signs those bytes and sends them, in the request's charset and sign_type. The reply is not ended
 * where the body is still on its way in.
 */
async function sendSigned(
  parts: GatewayParts,
  exchange: Exchange,
  refusal: Refusal | undefined,
  reply: ServerResponse,
): Promise<SentReply> {
  const answer =
    refusal === undefined
      ? exchange.answer
      : {
          name: exchange.refusalNodeName(mayEcho(parts, exchange)),
          node: refusalNode(wordRefusal(parts, exchange, refusal), quoteForm(parts)),
        };
  const body = await renderReply(parts, exchange, answer, refusal);
  // A refused body may still be on its way in; the connection cannot carry another request after it.
  const unread = !exchange.http.complete;
  const headers: OutgoingHttpHeaders = {
    "content-type": `text/html;charset=${exchange.charset}`,
    "content-length": body.length,
    trace_id: exchange.traceId,
    "cache-control": "no-store",
    // SDKs are used to text/html. A browser that somebody sends here shall see no page in it, least of all one of this origin.
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
  };
  if (unread) headers["connection"] = "close";
  for (const [name, value] of exchange.headers) headers[name] = value;
  if (exchange.replyFault === "reset") {
    reply.socket?.resetAndDestroy();
    return { headers, body };
  }
  reply.writeHead(200, headers);
  // As text, head and body are sent in one piece.
  if (unread) reply.write(body, "latin1");
  else reply.end(body, "latin1");
  return { headers, body };
}

/** The reply's bytes; the signature covers the node exactly as it is sent, encrypted or not. */
async function renderReply(
  parts: GatewayParts,
  exchange: Exchange,
  answer: { name: string; node: string },
  refusal: Refusal | undefined,
): Promise<ByteText> {
  if (exchange.earlierReply !== undefined && refusal === undefined) return exchange.earlierReply;
  const { charset } = exchange;
  const form = isXmlAsked(parts, exchange)
    ? {
        plain: encodeFields(
          refusal === undefined && profileDoes(parts.config.gatewayProfile, "writesXmlSuccessAsJson")
            ? xmlText(answer.node)
            : xmlFields(answer.node),
          charset,
        ),
        encrypted: encryptedFields,
        assemble: (node: ByteText, tail: ReplyTail) => assembleXml(answer.name, node, charset, tail),
      }
    : {
        plain: encodeNode(answer.node, charset),
        encrypted: encryptedNode,
        assemble: (node: ByteText, tail: ReplyTail) => assembleReply(answer.name, node, tail),
      };
  const { plain } = form;
  if (refusal !== undefined && unsignedRefusals.has(refusal.subCode)) return form.assemble(plain, {});
  const encryption = mayEncrypt(parts, exchange) ? exchange.encryption : undefined;
  const node =
    encryption === undefined
      ? plain
      : form.encrypted(encryptAes(encryption.encryptType, encryption.key, toBytes(plain)));
  if (
    encryption !== undefined &&
    refusal?.subCode === "isv.invalid-signature" &&
    !signsRefusedSignature(parts, exchange)
  )
    return form.assemble(node, {});
  const key = await gatewayKeyOf(parts, exchange);
  const signature = signatureText(signTypeOf(exchange, parts), key.privateKey, node);
  const sign = typeof signature === "string" ? signature : await signature;
  const reply = form.assemble(node, {
    certificateSn: inCertificateMode(exchange) ? key.certificateSn : undefined,
    sign: exchange.replyFault === "bad_sign" ? brokenSignature(sign) : sign,
  });
  if (refusal === undefined && exchange.replyFault === undefined) rememberReply(exchange, parts, reply);
  return reply;
}

/** Of the same length and still base64, and of no text. */
function brokenSignature(sign: string): string {
  return (sign.startsWith("A") ? "B" : "A") + sign.slice(1);
}

/** A stranger is told nothing that they have said themselves, unless a setting asks for it. */
function mayEcho({ config }: GatewayParts, { signatureHolds }: Exchange): boolean {
  return signatureHolds || config.echoRequests;
}

function isXmlAsked({ config }: GatewayParts, exchange: Exchange): boolean {
  return exchange.parameter("format")?.toLowerCase() === "xml" && profileDoes(config.gatewayProfile, "answersXml");
}

/** Whether a reply is encrypted for somebody who has not proved to be the app. */
function mayEncrypt({ config }: GatewayParts, { signatureHolds }: Exchange): boolean {
  return signatureHolds || profileDoes(config.gatewayProfile, "encryptsToStrangers");
}

/** The key that the app was given. One that another process has made since is read first. */
async function gatewayKeyOf({ gatewayKeys }: GatewayParts, { knownApp }: Exchange): Promise<GatewayKey> {
  if (knownApp === undefined) return gatewayKeys.current;
  if (!gatewayKeys.has(knownApp.gatewayKeyId)) await gatewayKeys.reload();
  return gatewayKeys.byId(knownApp.gatewayKeyId);
}

/**
 * Refusals of callers for whom there is no key to sign with, or who have not signed themselves. The real gateway leaves
 * these unsigned, and some clients cannot read that.
 */
const unsignedRefusals: ReadonlySet<string> = new Set<GatewaySubCode>([
  "isv.missing-app-id",
  "isv.invalid-app-id",
  "isv.missing-signature",
  "isv.missing-signature-config",
]);

/** A client reads alipay_cert_sn if it is in certificate mode, which its request says, and only then. */
function inCertificateMode(exchange: Exchange): boolean {
  return exchange.parameter("app_cert_sn") !== undefined;
}

function signsRefusedSignature({ config }: GatewayParts, exchange: Exchange): boolean {
  return !inCertificateMode(exchange) || profileDoes(config.gatewayProfile, "signsEncryptedRefusalOfSignature");
}

function quoteForm({ config }: GatewayParts): "disarmed" | "verbatim" {
  return profileDoes(config.gatewayProfile, "disarmsQuotedText") ? "disarmed" : "verbatim";
}

/** The sign_type of the reply is that of the request, also of a refused one, where it is switched on: no client verifies another. */
function signTypeOf(exchange: Exchange, { config }: GatewayParts): SignType {
  const asked = exchange.parameter("sign_type") ?? exchange.knownApp?.defaultSignType;
  return config.signTypes.find((each) => each === asked) ?? "RSA2";
}

function noteCall(parts: GatewayParts, exchange: Exchange, refusal: Refusal | undefined, fault: unknown): void {
  const { clock, log } = parts.platform;
  const method = exchange.knownMethod?.spec.name ?? "unknown";
  const durationMs = (clock.now() - exchange.receivedAt) / 1_000;
  const code = refusal?.subCode ?? "10000";
  parts.metrics.noteCall({
    method,
    code,
    durationMs,
    deviations: exchange.deviations,
    nextKey: exchange.signedWithNextKey,
  });
  if (refusal !== undefined) noteRefusal(parts, exchange, refusal, { durationMs, fault });
  else if (log.isLevelEnabled("debug")) {
    log.debug(
      {
        trace_id: exchange.traceId,
        app_id: exchange.knownApp?.appId,
        method,
        code,
        duration_ms: Math.round(durationMs),
      },
      "call",
    );
  }
}

function noteRefusal(
  parts: GatewayParts,
  exchange: Exchange,
  refusal: Refusal,
  { durationMs, fault }: { durationMs: number; fault: unknown },
): void {
  const appId = exchange.knownApp?.appId;
  parts.refusals.note({
    traceId: exchange.traceId,
    refusal,
    appId,
    method: methods.get(exchange.methodName ?? "")?.spec.name,
    durationMs,
    caller:
      exchange.signatureHolds && appId !== undefined
        ? { kind: "app", name: appId }
        : { kind: "stranger", name: addressBlockOf(parts.addressOf(exchange.http)) },
    error: fault,
  });
}
