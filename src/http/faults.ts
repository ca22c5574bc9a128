import { Readable } from "node:stream";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { problemPage } from "../consent/pages/problem-page.ts";
import { language, showPage } from "../consent/pages/sessions.ts";
import type { Log } from "../log.ts";
import { RequestRefusal, refuse } from "./refuse.ts";

export interface FaultParts {
  readonly log: Log;
  /** Counts a fault by its route. */
  readonly noteFault: (route: string) => void;
}

/** What has no page: machines ask there. */
const machinePaths = /^\/(?:api|health|metrics|bills|templates)(?:\/|$|\?)/;

/** What Fastify refuses with by itself, in our words; none of them holds anything of the request. */
const words: Readonly<Record<number, string>> = {
  400: "the request cannot be read: the address is no percent-encoded UTF-8, or the body is not as long as announced",
  404: "there is nothing at this address for this method",
  413: "the body is larger than this address takes",
  414: "a part of the address is too long",
  415: "the header Content-Type is none",
  429: "too many requests from your address; try again after the seconds that the header Retry-After says",
};
const faultWords =
  "the server failed; it is no fault of the request. Try again later, and if it stays, look for the trace_id in the server's log";

/**
 * Answers what handlers throw. What the caller did is told in words; what failed here is logged once and counted, and the
 * caller learns no more of it than the trace id.
 */
export function registerFaults(server: FastifyInstance, parts: FaultParts): void {
  server.setErrorHandler((error: FastifyError, request, reply) => answerError(parts, error, request, reply));
  server.setNotFoundHandler(tellMissing);
  // A stream that fails when its head is sent cannot be answered otherwise any more: the connection is cut.
  server.addHook("onSend", async (request, reply, payload) => {
    if (!(payload instanceof Readable)) return;
    payload.once("error", (error) => {
      if (reply.raw.headersSent || request.raw.destroyed) note(parts, error, request);
    });
  });
}

export function answerError(
  parts: FaultParts,
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  // Of an answer that was begun before it failed.
  for (const name of ["content-disposition", "repr-digest"]) reply.removeHeader(name);
  const { statusCode } = error;
  if (error instanceof RequestRefusal) return tell(request, reply, error.statusCode, error.message);
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return tell(request, reply, statusCode, words[statusCode] ?? "the request cannot be read");
  note(parts, error, request);
  return tell(request, reply, 500, faultWords);
}

export function tellMissing(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return tell(request, reply, 404, words[404] ?? "");
}

function tell(request: FastifyRequest, reply: FastifyReply, statusCode: number, error: string): FastifyReply {
  const route = request.routeOptions.url ?? request.url;
  if (machinePaths.test(route)) return refuse(reply, error, statusCode);
  const kind = statusCode >= 500 ? "fault" : statusCode === 404 ? "missing" : "refused";
  return showPage(
    reply.code(statusCode),
    problemPage(language(request), { kind, code: codes[statusCode] ?? "invalid-request", traceId: request.id }),
  );
}

const codes: Readonly<Record<number, string>> = {
  404: "not-found",
  413: "too-large",
  414: "too-long",
  415: "unsupported-media-type",
  429: "too-many-requests",
  431: "too-long",
  500: "fault",
};

/** By its pattern, never the address itself: that may hold a token, a signature or somebody's number. */
function note({ log, noteFault }: FaultParts, error: unknown, request: FastifyRequest): void {
  const route = request.routeOptions.url ?? "none";
  log.error({ err: error, trace_id: request.id, route, method: request.method }, "a request failed inside");
  noteFault(route);
}
