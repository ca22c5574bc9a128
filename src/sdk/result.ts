import type { Bilingual } from "../protocol/refusal.ts";
import type { GatewaySubCode } from "./derived/gateway-remedies.ts";
import type { MethodMap } from "./derived/index.ts";

export type MethodName = keyof MethodMap;
export type FieldsOf<M extends MethodName> = MethodMap[M]["fields"];
export type ReplyOf<M extends MethodName> = MethodMap[M]["reply"];

/**
 * The documented sub_codes of a method and of the gateway, so that a misspelt one does not compile. A platform may bring up
 * new ones, which have no remedy: leave a branch for whatever is none of those that you know.
 */
export type SubCodeOf<M extends MethodName> = MethodMap[M]["subCode"] | GatewaySubCode;

/** The call was carried out: the reply's fields by their names in camelCase. */
export type Success<M extends MethodName> = { readonly ok: true; readonly traceId?: string } & ReplyOf<M>;

/** The gateway refused the call, and signed that it did. */
export interface Refused<M extends MethodName> {
  readonly ok: false;
  /** 20000, 20001, 40001 to 40006. */
  readonly code: string;
  readonly msg: string;
  readonly subCode: SubCodeOf<M>;
  readonly subMsg: string;
  /** What to do about it, if the sub_code is a documented one. */
  readonly remedy?: Bilingual;
  /** The id by which the gateway's operator finds the call. */
  readonly traceId?: string;
}

export type Result<M extends MethodName> = Success<M> | Refused<M>;

/** A result of a method that is called by its name alone: the fields as they came, names in camelCase. */
export type UntypedResult =
  | { readonly ok: true; readonly traceId?: string; readonly reply: Readonly<Record<string, unknown>> }
  | {
      readonly ok: false;
      readonly code: string;
      readonly msg: string;
      readonly subCode: string;
      readonly subMsg: string;
      readonly remedy?: Bilingual;
      readonly traceId?: string;
    };
