import { JsonNumber } from "../../protocol/json.ts";
import { keyIdOf } from "../../request-log/key-use.ts";
import type { CallSummary } from "../../request-log/call.ts";
import type { Exchange } from "../exchange.ts";
import type { GatewayParts } from "../parts.ts";
import { captureWhole, type Ending } from "./whole-request.ts";

/** As the database holds it: half an hour. A sandbox's clock may be put forward in the middle of a call. */
const longestUs = 2_147_483_647;
const transactionIdPattern = /^[A-Za-z0-9_]{1,64}$/;

/**
 * Counts a call that was answered and, as far as there is room, keeps it in the request log. In production only what is
 * known here of whose it was and what came of it; in the sandbox all of it.
 */
export function logCall({ platform, config }: GatewayParts, exchange: Exchange, ending: Ending): void {
  const { requestLog, clock } = platform;
  const { knownApp, traceId, receivedAt } = exchange;
  const { refusal, fault } = ending;
  const method = exchange.namedMethod?.spec.name;
  const durationUs = Math.min(Math.max(clock.now() - receivedAt, 0), longestUs);
  requestLog.count({
    at: receivedAt,
    appId: knownApp?.appId,
    method,
    code: refusal?.subCode ?? "10000",
    durationUs,
    keyId: keyOf(exchange),
  });
  const outcome: CallSummary["outcome"] =
    fault !== undefined
      ? "failed"
      : refusal !== undefined
        ? "refused"
        : exchange.earlierReply === undefined
          ? "answered"
          : "repeated";
  if (!requestLog.hasRoom(outcome)) return;
  const { transactionId, bizNo } = businessIds(exchange);
  const summary: CallSummary = {
    at: receivedAt,
    traceId,
    appId: knownApp?.appId,
    merchantId: knownApp?.merchantId,
    method,
    code: refusal?.code ?? "10000",
    subCode: refusal?.subCode,
    outcome,
    step: refusal === undefined ? undefined : exchange.step,
    durationUs,
    profile: config.gatewayProfile,
    transactionId,
    bizNo,
    batchId: exchange.headers.get("kaimen-batch-id"),
  };
  requestLog.keep(summary, requestLog.keepsWhole ? captureWhole(exchange, ending) : undefined);
}

/** Which key verified the request, whoever says that it is the app's. */
function keyOf({ knownApp, signatureHolds, signedWithNextKey }: Exchange): string | undefined {
  if (!signatureHolds) return undefined;
  const key = knownApp?.publicKeys[signedWithNextKey ? 1 : 0];
  return key && keyIdOf(key);
}

/** What the business of the call is found by. Of a stranger's request nothing is taken. */
function businessIds(exchange: Exchange): Pick<CallSummary, "transactionId" | "bizNo"> {
  const { signatureHolds, repeatableAs, bizContent, answer } = exchange;
  if (repeatableAs !== undefined) return repeatableAs;
  if (!signatureHolds) return { transactionId: undefined, bizNo: undefined };
  const sent = bizContent.get("transaction_id");
  const text = sent instanceof JsonNumber ? sent.text : sent;
  return {
    transactionId: typeof text === "string" && transactionIdPattern.test(text) ? text : undefined,
    bizNo: /"biz_no":"(\w{1,64})"/.exec(answer.node)?.[1],
  };
}
