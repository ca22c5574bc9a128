export type { Bilingual } from "../protocol/refusal.ts";
export type { Authorisation } from "./authorise-address.ts";
export {
  CallError,
  type CallErrorDetails,
  type CallErrorReason,
  type ClaimedRefusal,
  ConfigurationError,
} from "./call-error.ts";
export type { Charset } from "./charset.ts";
export { type CallOptions, Client } from "./client.ts";
export type { Certificates, ClientConfig } from "./config.ts";
export * from "./derived/index.ts";
export type { GatewaySubCode } from "./derived/gateway-remedies.ts";
export type { Feedback, FeedbackRecord, FeedbackSource } from "./feedback.ts";
export type { FileContent, FileInput } from "./file-input.ts";
export type { Score } from "./method-facts.ts";
export { MethodRequest } from "./method-request.ts";
export type { FieldsOf, MethodName, Refused, ReplyOf, Result, SubCodeOf, Success, UntypedResult } from "./result.ts";
export { newTransactionId } from "./transaction-id.ts";
