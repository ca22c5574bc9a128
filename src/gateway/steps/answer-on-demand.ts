import { setTimeout as delay } from "node:timers/promises";
import type { MethodSpec } from "../../protocol/method-spec.ts";
import type { Refusal } from "../../protocol/refusal.ts";
import type { Step } from "../step.ts";

/** What a transaction_id asks a sandbox for: a refusal, or the true answer later. Undefined for an ordinary one. */
export type AnswerOnDemand = (
  transactionId: string,
  spec: MethodSpec,
) => { readonly refusal: Refusal } | { readonly delayMs: number } | undefined;

/** The request asks for no other answer than the true one. In production nobody hands in what could be asked for. */
export const answerOnDemand: Step = {
  refuses: [],
  run(exchange, { answersOnDemand }) {
    const { transactionId } = exchange.fields;
    if (answersOnDemand === undefined || typeof transactionId !== "string") return undefined;
    const demand = answersOnDemand(transactionId, exchange.method.spec);
    if (demand === undefined) return undefined;
    return "refusal" in demand ? demand.refusal : delay(demand.delayMs, undefined);
  },
};
