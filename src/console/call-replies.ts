import { Type } from "typebox";
import { instantToText } from "../clock.ts";
import { methods } from "../methods/index.ts";
import { gatewayErrors } from "../protocol/gateway-errors.ts";
import type { ErrorSpec } from "../protocol/refusal.ts";
import { type CallSummary, callOutcomes, type LoggedCall, type WholeRequest } from "../request-log/call.ts";
import * as field from "./fields.ts";

export const outcome = Type.Enum([...callOutcomes], {
  description:
    "answered; repeated: the reply that the very same request got before; refused; failed: a fault of the server's",
});
export const traceId = Type.String({ pattern: "^[0-9a-z]{30}$", description: "30 characters: a reply's trace_id" });

/** What a list and the live stream tell of a call. */
export const callFields = {
  callNo: Type.Integer({ description: "later calls have higher numbers" }),
  at: field.instant,
  traceId,
  appId: field.nullable(Type.String()),
  merchantId: field.nullable(Type.String()),
  method: field.nullable(Type.String()),
  code: Type.String({ description: "10000, or what it was refused with" }),
  subCode: field.nullable(Type.String()),
  outcome,
  step: field.nullable(Type.String({ description: "the step of the pipeline that refused it" })),
  durationMs: Type.Number(),
  profile: Type.String({ description: "by which rules it was judged" }),
  transactionId: field.nullable(Type.String()),
  bizNo: field.nullable(Type.String()),
  batchId: field.nullable(Type.String()),
  isWhole: Type.Boolean({ description: "the request and the reply can be shown whole" }),
};
export const loggedCall = field.object(callFields);

export function describeCall(call: LoggedCall) {
  return {
    callNo: call.callNo,
    at: instantToText(call.at),
    traceId: call.traceId,
    appId: call.appId ?? null,
    merchantId: call.merchantId ?? null,
    method: call.method ?? null,
    code: call.code,
    subCode: call.subCode ?? null,
    outcome: call.outcome,
    step: call.step ?? null,
    durationMs: call.durationUs / 1_000,
    profile: call.profile,
    transactionId: call.transactionId ?? null,
    bizNo: call.bizNo ?? null,
    batchId: call.batchId ?? null,
    isWhole: call.isWhole,
  };
}

const bilingual = field.object({ en: Type.String(), zh: Type.String() });

/** Why a call was refused and what to do, in two languages: the words of the table of errors. */
export const explanation = field.object({ cause: bilingual, remedy: bilingual, publishedText: Type.String() });

/** Undefined for a call that was not refused. */
export function explainRefusal({ method, subCode }: Pick<CallSummary, "method" | "subCode">) {
  if (subCode === undefined) return undefined;
  const ofMethod: Readonly<Record<string, ErrorSpec>> = methods.get(method ?? "")?.spec.errors ?? {};
  const ofGateway: Readonly<Record<string, ErrorSpec>> = gatewayErrors;
  const error = ofMethod[subCode] ?? ofGateway[subCode];
  return error && { cause: error.cause, remedy: error.remedy, publishedText: error.subMessage };
}

const headers = Type.Immutable(
  Type.Array(Type.Array(Type.String(), { description: "name and value" }), { description: "in their order" }),
);

/** A request as it came, what each step made of it, and the reply as it went. */
export const wholeRequest = field.object({
  head: field.object({ method: Type.String(), target: Type.String(), httpVersion: Type.String(), headers }),
  body: field.object({
    bytes: Type.Integer(),
    text: Type.String({ description: "a character a byte; empty for a body in parts" }),
    isCut: Type.Boolean(),
  }),
  charset: Type.String(),
  parameters: Type.Array(
    field.object({
      place: Type.Enum(["query", "body"]),
      name: Type.String(),
      raw: Type.String({ description: "as it came" }),
      value: field.nullable(Type.String({ description: "decoded; null where the bytes are none of the charset" })),
    }),
  ),
  files: Type.Array(
    field.object({
      name: Type.String(),
      fileName: Type.String(),
      bytes: Type.Integer(),
      base64: Type.String({ description: "its beginning" }),
      isCut: Type.Boolean(),
    }),
  ),
  bizContent: field.nullable(Type.String({ description: "decrypted, where it came encrypted" })),
  verification: field.object({
    holds: field.nullable(Type.Boolean()),
    signType: Type.String(),
    stringToSign: field.nullable(Type.String()),
    key: field.nullable(Type.Enum(["current", "next"])),
    deviations: Type.Array(Type.String()),
    mode: Type.Enum(["key", "certificate"]),
    isEncrypted: Type.Boolean(),
  }),
  steps: Type.Array(
    field.object({
      name: Type.String(),
      us: Type.Integer({ description: "microseconds" }),
      outcome: Type.Enum(["passed", "answered", "refused", "failed"]),
    }),
  ),
  userId: field.nullable(Type.String()),
  onBehalfOf: field.nullable(Type.String({ description: "the merchant that the app acted for" })),
  reply: field.object({ headers, bytes: Type.Integer(), text: Type.String(), isCut: Type.Boolean() }),
  subMessage: field.nullable(Type.String()),
  fault: field.nullable(Type.String()),
});

/** The same as a value that the schema types: its lists may be changed, which nobody does. */
export function describeWhole({ parameters, files, steps, ...whole }: WholeRequest) {
  const { verification, head, reply } = whole;
  const changeable = (pairs: WholeRequest["head"]["headers"]) => pairs.map(([name, value]) => [name, value]);
  return {
    ...whole,
    head: { ...head, headers: changeable(head.headers) },
    reply: { ...reply, headers: changeable(reply.headers) },
    parameters: [...parameters],
    files: [...files],
    verification: { ...verification, deviations: [...verification.deviations] },
    steps: [...steps],
  };
}
