import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from "fastify";
import type { Refused } from "../accounts/password-desk.ts";
import { addressBlockOf } from "../address-block.ts";
import { operatorOf } from "../merchants/operators.ts";
import type { Platform } from "../platform.ts";
import { refuse } from "../http/refuse.ts";
import { findSigningMerchant } from "./signed-merchant.ts";

/** Who may call a route: operators, or merchants too, by an address that their app has signed. */
export type AllowedCallers = "operators" | "merchants";

/** Who calls, proved before the body was read. A merchant's route has the merchant's id, an operator's the login. */
export interface Caller {
  /** The login of an operator; undefined for a merchant. */
  readonly operator: string | undefined;
  /** The merchant that asks, or that the operator asks about; undefined on routes that are for operators. */
  readonly merchantId: string | undefined;
}

declare module "fastify" {
  interface FastifyContextConfig {
    /** Every route under /api/ declares it. */
    allowedCallers?: AllowedCallers;
  }
  interface FastifyRequest {
    caller: Caller | undefined;
  }
}

/** What the guard asks. */
export type GuardParts = Pick<Platform, "passwords" | "clock" | "apps">;

const minuteMs = 60_000;

/**
 * What a route for operators declares, with how often each may ask from one address. Counted is who was let in: were
 * strangers counted, too, their guesses would use up what is the operator's at the same address.
 */
export function operatorsOnly({
  requestsPerMinute = 300,
  longTexts = {},
}: { requestsPerMinute?: number; longTexts?: Readonly<Record<string, number>> } = {}) {
  const keyGenerator = (request: FastifyRequest): string =>
    `${addressBlockOf(request.ip)} ${request.caller?.operator ?? ""}`;
  const rateLimit = { max: requestsPerMinute, timeWindow: minuteMs, hook: "preParsing", keyGenerator } as const;
  return { config: { longTexts, allowedCallers: "operators", rateLimit } } as const;
}

/** What a route declares that merchants ask at by a signed address, and operators who name the merchant. */
export const merchantsToo = { config: { allowedCallers: "merchants" } } as const;

/**
 * Decides in one place who may call the API, before a byte of the body is read, and puts the caller on the request. A
 * route under /api/ that has not declared who may call it stops the start. Has to be registered before the routes.
 */
export function registerGuard(server: FastifyInstance, parts: GuardParts): void {
  server.decorateRequest("caller", undefined);
  server.addHook("onRoute", (route) => {
    const allowed = route.config?.allowedCallers;
    if (allowed !== undefined) route.onRequest = [...hooksOf(route), guardFor(parts, allowed)];
    else if (route.url.startsWith("/api"))
      throw new Error(`${String(route.method)} ${route.url} does not declare who may call it`);
  });
}

function hooksOf({ onRequest = [] }: RouteOptions) {
  return Array.isArray(onRequest) ? onRequest : [onRequest];
}

function guardFor(parts: GuardParts, allowed: AllowedCallers) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const caller =
      allowed === "merchants" ? await findMerchantOrOperator(parts, request) : await findOperator(parts, request);
    if (caller === undefined || ("refused" in caller && caller.refused === "wrong"))
      return refuse(reply, invitations[allowed], 401);
    if ("refused" in caller) {
      return refuse(
        reply.header("retry-after", String(caller.waitS)),
        `too many attempts to sign in; try again in ${caller.waitS} s`,
        429,
      );
    }
    request.caller = caller;
    if (allowed === "operators" || caller.merchantId !== undefined) return undefined;
    return refuse(reply, "an operator names the merchant: add merchant_id to the address", 400);
  };
}

const invitations: Readonly<Record<AllowedCallers, string>> = {
  operators: "an operator's login and password are needed",
  merchants: "sign the address with the app's key (docs/decisions/0041), or ask as an operator with merchant_id",
};

async function findMerchantOrOperator(
  parts: GuardParts,
  request: FastifyRequest,
): Promise<Caller | Refused | undefined> {
  const address = new URL(request.url, "http://kaimen.invalid");
  if (request.headers.authorization === undefined) {
    const merchantId = await findSigningMerchant(parts, address);
    return merchantId === undefined ? undefined : { operator: undefined, merchantId };
  }
  const caller = await findOperator(parts, request);
  return "refused" in caller ? caller : { ...caller, merchantId: address.searchParams.get("merchant_id") ?? undefined };
}

/** The one place where an operator's password is checked. */
async function findOperator({ passwords }: GuardParts, request: FastifyRequest): Promise<Caller | Refused> {
  const answer = await operatorOf(passwords, { authorization: request.headers.authorization, address: request.ip });
  return "refused" in answer ? answer : { operator: answer.account.login, merchantId: undefined };
}

/** The login of the operator that the guard has let in. */
export function callingOperator({ caller }: FastifyRequest): string {
  if (caller?.operator === undefined) throw new Error("a route for operators ran without its guard");
  return caller.operator;
}

/** The merchant that the guard has let in, or that the operator named. */
export function callingMerchant({ caller }: FastifyRequest): string {
  if (caller?.merchantId === undefined) throw new Error("a route for merchants ran without its guard");
  return caller.merchantId;
}
