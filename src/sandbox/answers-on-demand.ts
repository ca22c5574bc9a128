import type { AnswerOnDemand, Demand } from "../gateway/demand.ts";
import { gatewayErrors, gatewayRefusal } from "../protocol/gateway-errors.ts";
import type { MethodSpec } from "../protocol/method-spec.ts";
import { type ErrorSpec, refusal } from "../protocol/refusal.ts";

/** A transaction_id that begins so asks for an answer; any other is an ordinary one. */
export const demandPrefix = "KM_";
/** Longer delays than this are cut to it: a test that waits longer tests nothing more. */
const longestDelayMs = 30_000;

/** `isv.missing-method` is asked for as `ISV_MISSING_METHOD`: a transaction_id has letters, digits and underscores. */
export function demandName(subCode: string): string {
  return subCode.replaceAll(/[^A-Za-z0-9]/g, "_").toUpperCase();
}

/** Every sub_code that a call of the method may ask for, its own first. */
export function answersOf(spec: MethodSpec): readonly (readonly [subCode: string, error: ErrorSpec])[] {
  return Object.entries({ ...gatewayErrors, ...spec.errors });
}

/** What breaks, and what is easier to remember than its sub_code, by name; each may be followed by the caller's own. */
const faults: readonly (readonly [name: string, demand: Demand])[] = [
  ["RESET", { fault: "reset" }],
  ["BAD_SIGN", { fault: "bad_sign" }],
  ["GBK", { refusal: gatewayRefusal("isp.unknow-error"), charset: "gbk" }],
  ["UNKNOW_ERROR", { refusal: gatewayRefusal("isp.unknow-error") }],
];

/**
 * What a transaction_id asks for: `KM_TRANSACTIONID_CLOSE_1` that refusal, `KM_SLOW_3000_1` the true answer three seconds
 * later. What follows is the caller's, so that ids stay unique. The body alone says it, so any client can. Nothing is
 * inquired, billed or stored for a refusal; a stranger cannot ask, since signature, token and fields were checked before.
 */
export const answerOnDemand: AnswerOnDemand = (transactionId, spec) => {
  if (!transactionId.startsWith(demandPrefix)) return undefined;
  const asked = transactionId.slice(demandPrefix.length).toUpperCase();
  const [, delay] = /^SLOW_(\d{1,9})(?:_|$)/.exec(asked) ?? [];
  if (delay !== undefined) return { delayMs: Math.min(Number(delay), longestDelayMs) };
  const named = faults.find(([name]) => asked === name || asked.startsWith(`${name}_`));
  if (named !== undefined) return named[1];
  // The longest name that fits: one may be the beginning of another.
  const [found] = answersOf(spec)
    .filter(([subCode]) => asked === demandName(subCode) || asked.startsWith(`${demandName(subCode)}_`))
    .toSorted(([left], [right]) => right.length - left.length);
  return found && { refusal: refusal(found[0], found[1]) };
};
