import type { Grant } from "../consent/token-directory.ts";
import type { App } from "../merchants/app.ts";
import type { Platform } from "../platform.ts";
import { type ErrorSpec, type Refusal, refusal } from "../protocol/refusal.ts";
import type { ReplyValue } from "../protocol/envelope.ts";
import type { MethodSpec, RequestOf, ResponseOf } from "../protocol/method-spec.ts";
import type { ValidFields } from "../protocol/validation.ts";

/** Who is calling. */
export interface Caller {
  readonly app: App;
  /** The merchant on whose behalf the call is made: the app's own, or the one whose app_auth_token came with it. */
  readonly merchantId: string;
  /** Goes into every log line about the call, and back to the caller as a header. */
  readonly traceId: string;
}

/** Who is calling, on behalf of whom. */
export interface UserCaller extends Caller {
  readonly grant: Grant;
  readonly accessToken: string;
}

/** What a handler may say of the HTTP reply, besides the published fields. */
export interface Headers {
  set(name: string, value: string): void;
  /**
   * The very same request may be answered with these very bytes again, as long as nothing about its app has changed and
   * the inquiry of this id stands under this number, which is asked each time.
   */
  repeatAs(inquiry: { transactionId: string; bizNo: string }): void;
}

export type CallerOf<S extends MethodSpec> = S["auth"] extends "user" ? UserCaller : Caller;

export type Handler<S extends MethodSpec> = (
  platform: Platform,
  request: RequestOf<S>,
  caller: CallerOf<S>,
  headers: Headers,
) => Promise<ResponseOf<S> | Refusal>;

/** A method as the gateway sees it: the request was validated by the spec before `call`. */
export interface Method {
  readonly spec: MethodSpec;
  call(
    platform: Platform,
    request: ValidFields,
    caller: Caller | UserCaller,
    headers: Headers,
  ): Promise<AnswerFields | Refusal>;
}

/** What a handler returns, by the camelCase names. */
export type AnswerFields = Readonly<Record<string, ReplyValue | undefined>>;

export function defineMethod<const S extends MethodSpec>(spec: S, handler: Handler<S>): Method {
  return {
    spec,
    call: (platform, request, caller, headers) =>
      // validateFields has made the request by this very spec, and the gateway looked up a grant if the spec's auth is user.
      handler(platform, request as RequestOf<S>, caller as CallerOf<S>, headers) as Promise<AnswerFields | Refusal>,
  };
}

/** A refusal by one of a method's own errors; a name that its spec does not declare does not compile. */
export function refuse<S extends MethodSpec>(spec: S, subCode: keyof S["errors"] & string, detail?: string): Refusal {
  const error: ErrorSpec | undefined = spec.errors[subCode];
  if (error === undefined) throw new Error(`${spec.name} declares no error ${subCode}`);
  return refusal(subCode, error, detail);
}
