import type { FastifyInstance, FastifyRequest } from "fastify";
import { showError } from "../consent/pages/sessions.ts";
import { checkMediaType, registerBodies } from "./bodies.ts";
import { type FaultParts, registerFaults, tellMissing } from "./faults.ts";
import { isFromOwnSite } from "./own-site.ts";
import { refuse } from "./refuse.ts";
import { checkBody, checkHead } from "./texts.ts";
import { registerUnreadBodies } from "./unread-body.ts";

export interface SafeguardParts extends FaultParts {
  /** The address outside, where it is known. */
  readonly publicUrl: string | undefined;
}

/** Foreign pages may be as busy as they like: one of their requests in this time is logged. */
const foreignPagePauseMs = 1_000;

/**
 * What holds of every page and API beside the gateway, whatever its handler does. In this order, and before a byte of the
 * body is read: a reply names its trace id, an unknown address is told so, a foreign page's request is refused, and so
 * are a body of another type and a text that no text may be. Has to be registered before the routes and their guard.
 */
export function registerSafeguards(server: FastifyInstance, parts: SafeguardParts): void {
  const noteForeignPage = foreignPageLog(parts);
  registerFaults(server, parts);
  registerBodies(server);
  registerUnreadBodies(server);
  server.addHook("onRequest", async (request, reply) => {
    reply.header("trace_id", request.id);
    if (request.is404) return tellMissing(request, reply);
    const api = isApi(request);
    if (api) reply.header("cache-control", "no-store");
    // Pages are led to from other sites; only what a form of theirs would do is refused.
    if ((api || !reads(request)) && !isFromOwnSite(request, parts.publicUrl)) {
      noteForeignPage(request);
      return api
        ? refuse(reply, "a page of another site may not call this; ask from a program", 403)
        : showError(request, reply, "suspected-attack");
    }
    checkMediaType(request, api);
    checkHead(request);
    return undefined;
  });
  server.addHook("preValidation", async (request) => checkBody(request));
}

function isApi({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.url?.startsWith("/api/") ?? false;
}

function reads({ method }: FastifyRequest): boolean {
  return method === "GET" || method === "HEAD";
}

function foreignPageLog({ log }: SafeguardParts): (request: FastifyRequest) => void {
  let quietUntil = 0;
  return ({ routeOptions: { url: route }, method, id }) => {
    const now = performance.now();
    if (now < quietUntil) return;
    quietUntil = now + foreignPagePauseMs;
    log.warn({ route, method, trace_id: id }, "a foreign page's request was refused");
  };
}
