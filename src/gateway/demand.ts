import type { MethodSpec } from "../protocol/method-spec.ts";
import type { Refusal } from "../protocol/refusal.ts";

/** What a transaction_id asks a sandbox for: a refusal, or the true answer later. Undefined for an ordinary one. */
export type AnswerOnDemand = (
  transactionId: string,
  spec: MethodSpec,
) => { readonly refusal: Refusal } | { readonly delayMs: number } | undefined;
