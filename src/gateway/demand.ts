import type { MethodSpec } from "../protocol/method-spec.ts";
import type { Refusal } from "../protocol/refusal.ts";

/** What breaks on the way of a reply: its signature, or the connection before it. The call itself is carried out. */
export type ReplyFault = "bad_sign" | "reset";

/** What is asked for: a refusal, in GBK whatever the request's charset; the true answer, later; or one that breaks. */
export type Demand =
  | { readonly refusal: Refusal; readonly charset?: "gbk" }
  | { readonly delayMs: number }
  | { readonly fault: ReplyFault };

/** What a transaction_id asks a sandbox for. Undefined for an ordinary one. */
export type AnswerOnDemand = (transactionId: string, spec: MethodSpec) => Demand | undefined;
