import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from "fastify";
import { Type } from "typebox";
import { addressBlockOf } from "../address-block.ts";
import { appendAudit } from "../audit/audit.ts";
import type { AuditEvent } from "../audit/entry.ts";
import { type ProblemBody, refuse } from "../http/refuse.ts";
import type { Platform } from "../platform.ts";
import { askForApproval, isApprovalNeeded } from "./approvals.ts";
import { type Caller, checkMayCall, findCaller } from "./caller.ts";
import { InputCheck, readQuery } from "./check-input.ts";
import { Problem } from "./problem.ts";
import type { Call, Route, RouteSpec } from "./route.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Only registerConsoleRoutes makes it: a route under /api/ without it stops the start. */
    contract?: RouteSpec;
  }
  interface FastifyRequest {
    caller: Caller | undefined;
  }
}

const minuteMs = 60_000;
const usualRequestsPerMinute = 300;
const usualBodyBytes = 65_536;
/** What an app's signature of an address brings along. */
const signatureParameters = new Set(["app_id", "path", "sign", "sign_type", "timestamp"]);
const nothing = Type.Object({}, { additionalProperties: false });

/** Everything under /api/ is a Route, so that nothing answers there without a contract and a guard. */
export function registerConsoleRoutes(server: FastifyInstance, routes: readonly Route[], platform: Platform): void {
  server.decorateRequest("caller", undefined);
  server.addHook("onRoute", ({ config, method, url }) => {
    if (url.startsWith("/api") && config?.contract === undefined)
      throw new Error(`${String(method)} ${url} has no contract: it says nowhere who may call it`);
  });
  for (const route of routes) server.route(optionsOf(route, platform));
}

function optionsOf(route: Route, platform: Platform): RouteOptions {
  const { spec } = route;
  // Counted is who was let in: were strangers counted, too, their guesses would use up what is somebody's at their address.
  const keyGenerator = (request: FastifyRequest): string =>
    `${addressBlockOf(request.ip)} ${request.caller?.actor.account ?? ""}`;
  const max = spec.requestsPerMinute ?? usualRequestsPerMinute;
  return {
    method: spec.method,
    url: spec.path,
    bodyLimit: spec.bodyLimitBytes ?? usualBodyBytes,
    config: {
      contract: spec,
      longTexts: spec.longTexts ?? {},
      rateLimit: { max, timeWindow: minuteMs, hook: "preParsing", keyGenerator },
    },
    onRequest: (request, reply) => guard(spec, platform, request, reply),
    handler: handlerOf(route, platform),
  };
}

/** Decides who may call before a byte of the body is read. */
async function guard(
  spec: RouteSpec,
  platform: Platform,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | undefined> {
  const caller = await findCaller(platform, request, spec.who);
  try {
    checkMayCall(caller, spec.who);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (caller.account !== undefined && spec.action !== undefined)
      await appendAudit(platform, {
        ...eventOf(spec, caller, request.id),
        outcome: "refused",
        details: { code: error.code },
      });
    return refuseProblem(reply, error);
  }
  request.caller = caller;
  return undefined;
}

function handlerOf(route: Route, platform: Platform): RouteOptions["handler"] {
  const { spec } = route;
  const schemas = { params: spec.params ?? nothing, query: spec.query ?? nothing, body: spec.body };
  const checks = {
    params: new InputCheck(schemas.params),
    query: new InputCheck(schemas.query),
    body: schemas.body && new InputCheck(schemas.body),
  };
  return async (request, reply): Promise<FastifyReply> => {
    const { caller } = request;
    if (caller === undefined) throw new Error(`${spec.method} ${spec.path} ran without its guard`);
    const query = readQuery(schemas.query, queryOf(request, caller));
    const body = request.body ?? (schemas.body === undefined ? undefined : {});
    const faults = [
      ...(checks.params.faultsOf(request.params) ?? []),
      ...(checks.query.faultsOf(query) ?? []),
      ...(checks.body?.faultsOf(body) ?? []),
    ];
    if (faults.length > 0) return refuseFields(reply, faults);
    try {
      const input = { params: request.params, query, body };
      const from = { caller, traceId: request.id, reply };
      if (await isApprovalNeeded(platform, spec)) {
        const asked = await askForApproval(platform, spec, { ...input, caller });
        return await reply.code(202).send(asked);
      }
      const answer = await callRoute(route, platform, { ...input, ...from });
      return reply.sent ? reply : await reply.code(spec.status ?? 200).send(answer);
    } catch (error) {
      if (error instanceof Problem) return refuseProblem(reply, error);
      throw error;
    }
  };
}

/**
 * Calls a route and puts it on the trail: what changes something before it begins and when it has ended, what reads
 * something before it leaves.
 */
export async function callRoute(
  { spec, answer }: Route,
  platform: Platform,
  input: Omit<Call<unknown, unknown, unknown>, "note">,
): Promise<unknown> {
  let about: Parameters<Call<unknown, unknown, unknown>["note"]>[0] = { details: detailsOf(input) };
  const call = {
    ...input,
    note: (more: typeof about) => {
      about = { ...about, ...more, details: { ...about.details, ...more.details } };
    },
  };
  const record = async (outcome: AuditEvent["outcome"], details: Record<string, unknown> = {}): Promise<void> => {
    if (spec.action === undefined) return;
    await appendAudit(platform, {
      ...eventOf(spec, input.caller, input.traceId),
      ...about,
      outcome,
      details: { ...about.details, ...details },
    });
  };
  if (spec.method !== "GET" && spec.isRead !== true) await record("begun");
  try {
    const answered = await answer(call, platform);
    await record("done");
    return answered;
  } catch (error) {
    if (error instanceof Problem) await record("refused", { code: error.code });
    else await record("failed");
    throw error;
  }
}

/** Which thing it was, from the address, and which fields were sent: their names, not their values. */
function detailsOf({ params, body }: { params: unknown; body: unknown }): Record<string, unknown> {
  const fields = typeof body === "object" && body !== null ? Object.keys(body) : [];
  return { ...(params as object), ...(fields.length === 0 ? {} : { fields }) };
}

function eventOf(spec: RouteSpec, { actor, ownMerchantId }: Caller, traceId: string) {
  return { ...actor, action: spec.action ?? "", merchantId: ownMerchantId, traceId };
}

function queryOf({ query }: FastifyRequest, caller: Caller): Record<string, unknown> {
  const sent = Object.entries(query as Record<string, unknown>); // What Fastify's parser gives.
  const isSigned = caller.account === undefined && caller.ownMerchantId !== undefined;
  return Object.fromEntries(isSigned ? sent.filter(([name]) => !signatureParameters.has(name)) : sent);
}

function refuseFields(reply: FastifyReply, fields: NonNullable<ProblemBody["fields"]>): FastifyReply {
  const detail = fields.map(({ field, fault }) => `${field}: ${fault}`).join("; ");
  return refuse(reply, detail, 400, { code: "invalid-field", fields });
}

function refuseProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.waitS !== undefined) void reply.header("retry-after", String(problem.waitS));
  return refuse(reply, problem.message, problem.status, { code: problem.code });
}
