import type { OutgoingHttpHeaders } from "node:http";
import { isAside } from "../../keys/aside-file.ts";
import { describeError } from "../../log.ts";
import { asByteText, type ByteText, emptyByteText, ownCopy } from "../../protocol/byte-text.ts";
import { decodeParameter } from "../../protocol/charset.ts";
import type { Refusal } from "../../protocol/refusal.ts";
import type { SentFile, WholeRequest } from "../../request-log/call.ts";
import type { Exchange } from "../exchange.ts";
import { sentInForm, sentInParts } from "./sent-parameters.ts";

/** So much is kept of a body, of a reply and of the files of a request, each. */
const keptBytes = 65_536;

export interface SentReply {
  readonly headers: OutgoingHttpHeaders;
  readonly body: ByteText;
}

export interface Ending {
  readonly refusal: Refusal | undefined;
  readonly fault: unknown;
  /** Undefined where no reply could be made. */
  readonly reply: SentReply | undefined;
}

/**
 * What is needed of a request to show it whole, taken while it is there: the exchange itself would keep all of its body in
 * memory. `make` does what takes time, later.
 */
export function captureWhole(
  exchange: Exchange,
  ending: Ending,
): { readonly heldBytes: number; readonly make: () => WholeRequest } {
  const { http, charset, bodyTaken, multipart } = exchange;
  const target = http.url ?? "";
  const head = { method: http.method ?? "", target, httpVersion: http.httpVersion, headers: pairsOf(http.rawHeaders) };
  const body = cut(exchange.body);
  const replyBody = cut(ending.reply?.body ?? emptyByteText);
  const files = (multipart?.files ?? []).map(fileOf);
  const fields = (multipart?.fields ?? []).map(({ name, value }) => ({ name, value: cut(value) }));
  const verification = verificationOf(exchange);
  const last = ending.fault !== undefined ? "failed" : ending.refusal !== undefined ? "refused" : lastOf(exchange);
  const steps = exchange.trail?.describe(last) ?? [];
  const kept = cut(exchange.parameter("biz_content") ?? emptyByteText);
  const bodyIsCut = body.length < exchange.body.length;
  const replyBytes = ending.reply?.body.length ?? 0;
  const replyHeaders = Object.entries(ending.reply?.headers ?? {}).map(
    ([name, value]) => [name, String(value)] as const,
  );
  const userId = exchange.grant?.userId ?? null;
  const onBehalfOf = exchange.delegation?.merchantId ?? null;
  const { subMessage = null } = ending.refusal ?? {};
  const fault = ending.fault === undefined ? null : faultText(ending.fault);
  return {
    heldBytes:
      target.length +
      body.length +
      replyBody.length +
      kept.length +
      verification.text.length +
      fields.reduce((sum, { value }) => sum + value.length, 0) +
      files.reduce((sum, { base64 }) => sum + base64.length, 0),
    make: () => {
      const query = asByteText(target.slice(target.indexOf("?") + 1)); // Node reads a target as latin1.
      return {
        head,
        body: { bytes: bodyTaken, text: body, isCut: bodyIsCut },
        charset,
        parameters: [
          ...(target.includes("?") ? sentInForm(query, "query", charset) : []),
          ...(multipart === undefined ? sentInForm(body, "body", charset) : sentInParts(fields, charset)),
        ],
        files,
        bizContent: kept === "" ? null : (decodeParameter(kept, charset) ?? null),
        verification: {
          ...verification.told,
          stringToSign: verification.text === "" ? null : (decodeParameter(verification.text, charset) ?? null),
        },
        steps,
        userId,
        onBehalfOf,
        reply: {
          headers: replyHeaders,
          bytes: replyBytes,
          text: decodeParameter(replyBody, charset) ?? replyBody,
          isCut: replyBody.length < replyBytes,
        },
        subMessage,
        fault,
      };
    },
  };
}

function verificationOf(exchange: Exchange) {
  const { stringToSign, signatureHolds, signedWithNextKey, signType, deviations, knownApp } = exchange;
  const wasLookedAt = stringToSign !== undefined || signatureHolds;
  const isInCertificateMode =
    knownApp?.certificate?.required === true || exchange.parameter("app_cert_sn") !== undefined;
  return {
    text: cut(stringToSign ?? emptyByteText),
    told: {
      holds: wasLookedAt ? signatureHolds : null,
      signType,
      key: signatureHolds ? (signedWithNextKey ? ("next" as const) : ("current" as const)) : null,
      deviations: [...deviations],
      mode: isInCertificateMode ? ("certificate" as const) : ("key" as const),
      isEncrypted: exchange.parameter("encrypt_type") !== undefined,
    },
  };
}

function lastOf(exchange: Exchange): "answered" | "passed" {
  return exchange.earlierReply === undefined ? "passed" : "answered";
}

/** What is cut from a text keeps all of it in memory, so it gets memory of its own. */
function cut(text: ByteText): ByteText {
  return text.length <= keptBytes ? text : asByteText(ownCopy(text.slice(0, keptBytes))); // A part of a ByteText.
}

function pairsOf(rawHeaders: readonly string[]): (readonly [string, string])[] {
  const pairs: (readonly [string, string])[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) pairs.push([rawHeaders[at] ?? "", rawHeaders[at + 1] ?? ""]);
  return pairs;
}

function fileOf({ name, filename, content }: NonNullable<Exchange["multipart"]>["files"][number]): SentFile {
  if (isAside(content)) return { name, fileName: filename, bytes: content.length, base64: "", isCut: true };
  return {
    name,
    fileName: filename,
    bytes: content.length,
    base64: Buffer.from(content.subarray(0, keptBytes)).toString("base64"),
    isCut: content.length > keptBytes,
  };
}

function faultText(fault: unknown): string {
  const told = describeError(fault);
  return "message" in told ? `${told.type}: ${told.message}` : told.type;
}
