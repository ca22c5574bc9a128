import { Type } from "typebox";
import { instantOf, instantToText, later, secondUs } from "../../clock.ts";
import type { Caller } from "../caller.ts";
import { type CallFilter, keptCalls, readCalls, readErrorGroups } from "../../request-log/read-calls.ts";
import { readCounts, slotS } from "../../request-log/tallies.ts";
import { listApps } from "../../merchants/app-list.ts";
import { callBusiness, readBusiness } from "../call-business.ts";
import {
  callFields,
  describeCall,
  describeWhole,
  explainRefusal,
  explanation,
  loggedCall,
  outcome,
  traceId,
  wholeRequest,
} from "../call-replies.ts";
import { streamCalls } from "../call-stream.ts";
import * as field from "../fields.ts";
import { Problem } from "../problem.ts";
import { defineRoute, merchantsAnd } from "../route.ts";
import { findVisibleCall } from "../visible-call.ts";

const who = merchantsAnd("requests:read");

const filterFields = {
  merchantId: Type.Optional(field.merchantId),
  appId: Type.Optional(field.appId),
  method: Type.Optional(field.text(128, "a method's name")),
  code: Type.Optional(Type.String({ pattern: "^\\d{5}$", description: "five digits: 10000, 40004 …" })),
  subCode: Type.Optional(field.text(64, "a sub_code")),
  outcome: Type.Optional(outcome),
  transactionId: Type.Optional(field.text(64, "a transaction_id")),
  bizNo: Type.Optional(field.text(64, "a biz_no")),
  traceId: Type.Optional(traceId),
  from: Type.Optional(Type.Integer({ minimum: 0, description: "from this millisecond since 1970 on" })),
  to: Type.Optional(Type.Integer({ minimum: 0, description: "until before this millisecond since 1970" })),
  text: Type.Optional(
    field.text(128, "in any name or code of the call and, in the sandbox, in the request or the reply"),
  ),
};

/** A merchant's own calls, whatever it asks for. */
function filterOf(caller: Caller, query: Record<string, unknown>): CallFilter {
  const { from, to, merchantId, ...rest } = query as Omit<CallFilter, "from" | "to"> & { from?: number; to?: number };
  if (caller.ownMerchantId !== undefined && merchantId !== undefined && merchantId !== caller.ownMerchantId)
    throw new Problem("not-found", "no such merchant");
  return {
    ...rest,
    merchantId: caller.ownMerchantId ?? merchantId,
    from: from === undefined ? undefined : instantOf(from * 1_000),
    to: to === undefined ? undefined : instantOf(to * 1_000),
  };
}

export const listCallsRoute = defineRoute(
  {
    method: "GET",
    path: "/api/requests",
    title: { en: "List calls of the gateway, the newest first", zh: "调用记录" },
    doc: "Merchants see the calls of their own apps. With `after`, calls with a higher number, the oldest first; with `before`, those with a lower one. A page of a search for a text may be short, or empty, and go on.",
    who,
    query: field.object({
      ...filterFields,
      before: Type.Optional(Type.Integer({ minimum: 1, description: "calls with a lower callNo" })),
      after: Type.Optional(Type.Integer({ minimum: 0, description: "calls with a higher callNo, the oldest first" })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, description: "1 to 200; 50 when left out" })),
    }),
    reply: field.object({
      calls: Type.Array(loggedCall),
      next: Type.Optional(Type.Integer({ description: "what `before`, or `after`, is for the next page" })),
      kept: field.object({
        calls: Type.Integer({ description: "how many calls the log has, of everybody" }),
        whole: Type.Integer(),
        oldestAt: field.optionalInstant,
      }),
    }),
  },
  async ({ query: { before, after, limit = field.usualPage, ...query }, caller }, { requestLog, store, vault }) => {
    if (before !== undefined && after !== undefined)
      throw new Problem("invalid-field", "send before or after, not both");
    const filter = filterOf(caller, query);
    await requestLog.flush();
    const { calls, next } = await readCalls({ store, vault }, filter, { before, after, limit });
    const kept = await keptCalls(store);
    return {
      calls: calls.map(describeCall),
      ...(next === undefined ? {} : { next }),
      kept: { ...kept, oldestAt: field.orNull(kept.oldestAt) },
    };
  },
);

export const streamCallsRoute = defineRoute(
  {
    method: "GET",
    path: "/api/requests/stream",
    title: { en: "Follow calls as they come", zh: "实时调用记录" },
    doc: "Server-sent events: `event: call`, the id is its callNo, the data one call of the list. A stream ends after five minutes and goes on from Last-Event-ID.",
    who,
    query: field.object({
      ...filterFields,
      after: Type.Optional(
        Type.Integer({ minimum: 0, description: "calls with a higher callNo that came before, too" }),
      ),
    }),
    reply: Type.Unsafe<string>(Type.String({ contentMediaType: "text/event-stream" })),
    errors: ["too-many-requests"],
  },
  async ({ query: { after, ...query }, caller, reply }, platform) => {
    const lastSent = reply.request.headers["last-event-id"];
    const from = typeof lastSent === "string" && /^\d{1,15}$/.test(lastSent) ? Number(lastSent) : after;
    await streamCalls(platform, reply, { filter: filterOf(caller, query), after: from });
    return "";
  },
);

export const listErrorsRoute = defineRoute(
  {
    method: "GET",
    path: "/api/requests/errors",
    title: { en: "Refused calls by code and method, with the last of each", zh: "错误分组" },
    doc: "Of the calls that the log keeps.",
    who,
    query: field.object({
      merchantId: filterFields.merchantId,
      appId: filterFields.appId,
      method: filterFields.method,
      from: filterFields.from,
      to: filterFields.to,
    }),
    reply: field.object({
      errors: Type.Array(
        field.object({
          method: field.nullable(Type.String()),
          code: Type.String(),
          subCode: Type.String(),
          calls: Type.Integer(),
          apps: Type.Integer(),
          firstAt: field.instant,
          lastAt: field.instant,
          lastTraceId: traceId,
          why: field.nullable(explanation),
        }),
      ),
    }),
  },
  async ({ query, caller }, { requestLog, store }) => {
    const filter = filterOf(caller, query);
    await requestLog.flush();
    const groups = await readErrorGroups(store, filter);
    return {
      errors: groups.map((group) => ({
        ...group,
        firstAt: instantToText(group.firstAt),
        lastAt: instantToText(group.lastAt),
        why: explainRefusal({ method: group.method ?? undefined, subCode: group.subCode }) ?? null,
      })),
    };
  },
);

const dayS = 86_400;
const appsCounted = 200;

export const countCallsRoute = defineRoute(
  {
    method: "GET",
    path: "/api/requests/counts",
    title: { en: "How many calls there were, by code over time", zh: "调用量统计" },
    doc: "Of all calls, also those that the log does not keep, of the last eight days at most.",
    who,
    query: field.object({
      merchantId: filterFields.merchantId,
      appId: filterFields.appId,
      method: filterFields.method,
      hours: Type.Optional(Type.Integer({ minimum: 1, maximum: 192, description: "1 to 192; 24 when left out" })),
    }),
    reply: field.object({
      from: field.instant,
      to: field.instant,
      stretchS: Type.Integer({ description: "the length of each stretch of time, in seconds" }),
      counts: Type.Array(
        field.object({
          at: field.instant,
          code: Type.String({ description: "10000, or the sub_code" }),
          calls: Type.Integer(),
          averageMs: Type.Number(),
        }),
      ),
    }),
  },
  async ({ query: { hours = 24, method, ...query }, caller }, { requestLog, store, clock }) => {
    const { merchantId, appId } = filterOf(caller, query);
    await requestLog.flush();
    const appIds = await appsOf(store, merchantId, appId);
    const to = later(clock.now(), slotS * secondUs);
    const from = later(to, -(hours * 3_600 + slotS) * secondUs);
    const stretchS = hours * 3_600 <= dayS ? slotS : 6 * slotS;
    const counts = await readCounts(store, { from, to, stretchS, appIds, method });
    return {
      from: instantToText(from),
      to: instantToText(to),
      stretchS,
      counts: counts.map(({ at, code, calls, durationUs }) => ({
        at: instantToText(at),
        code,
        calls,
        averageMs: durationUs / calls / 1_000,
      })),
    };
  },
);

async function appsOf(
  store: Parameters<typeof listApps>[0],
  merchantId: string | undefined,
  appId: string | undefined,
): Promise<string[] | undefined> {
  if (merchantId === undefined) return appId === undefined ? undefined : [appId];
  const own = (await listApps(store, { merchantId, limit: appsCounted })).map((app) => app.appId);
  return appId === undefined ? own : own.filter((each) => each === appId);
}

/** Declared last: its path would take `stream`, `errors` and `counts` for the name of a call, were they not routes themselves. */
export const showCallRoute = defineRoute(
  {
    method: "GET",
    path: "/api/requests/:traceId",
    title: { en: "Show a call", zh: "调用详情" },
    doc: "In the sandbox with the whole request, what each step made of it, and the reply; for a refused one why, and what to do.",
    who,
    params: field.object({ traceId }),
    reply: field.object({
      ...callFields,
      why: field.nullable(explanation),
      business: callBusiness,
      whole: field.nullable(wholeRequest),
    }),
    errors: ["not-found"],
  },
  async ({ params, caller }, platform) => {
    const { store, config } = platform;
    const found = await findVisibleCall(platform, caller, params.traceId);
    if (found === undefined) throw new Problem("not-found", "the log has no such call; it keeps the latest ones only");
    const { call, whole } = found;
    return {
      ...describeCall(call),
      why: explainRefusal(call) ?? null,
      business: await readBusiness(store, call, config.mode === "sandbox"),
      whole: whole === undefined ? null : describeWhole(whole),
    };
  },
);
