import type { FastifyReply } from "fastify";
import type { Static, TObject, TSchema } from "typebox";
import type { Permission } from "../accounts/roles.ts";
import type { Platform } from "../platform.ts";
import type { Caller } from "./caller.ts";
import type { ProblemCode } from "./problem.ts";
import type { Who } from "./who.ts";

type Verb = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/**
 * A route of the console as a value: the guard, the checks of what comes in, the audit trail, the documents, OpenAPI and the
 * types of pages and commands all follow from it.
 */
export interface RouteSpec<
  Params extends TObject = TObject,
  Query extends TObject = TObject,
  Body extends TSchema = TSchema,
  Reply extends TSchema = TSchema,
> {
  readonly method: Verb;
  /** Under /api/, with `:name` for each of `params`. */
  readonly path: string;
  readonly title: { readonly en: string; readonly zh: string };
  /** More than the title says, where that is needed. */
  readonly doc?: string;
  readonly who: Who;
  readonly params?: Params;
  /** Only texts, whole numbers and booleans, which an address holds as texts. */
  readonly query?: Query;
  readonly body?: Body;
  /** What a call gives; a download is `Type.Unsafe` with `contentMediaType`. */
  readonly reply: Reply;
  readonly status?: 200 | 201;
  /** Those beyond what every route may give: invalid-field, not-signed-in, not-permitted, too-many-requests. */
  readonly errors?: readonly ProblemCode[];
  /** What the audit trail calls it: every change has one, and every read of what is somebody's. */
  readonly action?: string;
  /** It posts, since what it asks with may lie in no address, but changes nothing: one entry in the trail, not two. */
  readonly isRead?: true;
  /** Somebody else has to approve before it is done, where the installation asks for that. */
  readonly secondPerson?: true;
  readonly bodyLimitBytes?: number;
  /** From one address and account; 300 where it does not say. */
  readonly requestsPerMinute?: number;
  /** Fields of the body that may be longer than 4,096 characters. */
  readonly longTexts?: Readonly<Record<string, number>>;
}

/** One call, proved and checked. */
export interface Call<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly caller: Caller;
  readonly traceId: string;
  /** For cookies and the head of a download; the body is what the handler returns. */
  readonly reply: FastifyReply;
  /** Tells the trail whom it is about, and what exactly; nothing of it may be personal data in the clear. */
  note(about: { personId?: string; merchantId?: string; purpose?: string; details?: Record<string, unknown> }): void;
}

type Parsed<Schema> = Schema extends TSchema ? Static<Schema> : Record<string, never>;

export interface Route<Spec extends RouteSpec = RouteSpec> {
  readonly spec: Spec;
  answer(call: AnyCall, platform: Platform): Promise<unknown>;
}

// What a handler gets is checked against its own schemas first, so any of them may be called with any call.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type AnyCall = Call<any, any, any>;

/** A spec with its handler: throws a Problem to refuse. */
export function defineRoute<const Spec extends RouteSpec>(
  spec: Spec,
  answer: (
    call: Call<Parsed<Spec["params"]>, Parsed<Spec["query"]>, Parsed<Spec["body"]>>,
    platform: Platform,
  ) => Promise<Static<Spec["reply"]>>,
): Route<Spec> {
  return { spec, answer };
}

export const operatorsWho = (permission: Permission | "any"): Who => ({ operators: permission });
export const staffAnd = (permission: Permission): Who => ({ staff: true, operators: permission });
export const merchantsAnd = (permission: Permission): Who => ({ merchants: true, operators: permission });
