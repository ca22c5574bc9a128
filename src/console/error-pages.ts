import type { FastifyInstance, FastifyRequest } from "fastify";
import { html } from "../consent/pages/html.ts";
import { page } from "../consent/pages/layout.ts";
import type { Platform } from "../platform.ts";
import { gatewayErrors } from "../protocol/gateway-errors.ts";
import type { ErrorSpec } from "../protocol/refusal.ts";
import { checkMayCall, findCaller } from "./caller.ts";
import { Problem } from "./problem.ts";
import { showCallRoute } from "./routes/requests.ts";
import { findVisibleCall } from "./visible-call.ts";

/**
 * A page below `path` for each of the gateway's own sub_codes: where a refusal's message sends its reader. It says nothing
 * of anybody's. Who has signed in and may see the call that was refused is led on to it; others find the way there.
 */
export function registerErrorPages(server: FastifyInstance, path: string, platform: Platform): void {
  server.get<{ Params: { subCode: string }; Querystring: { traceId?: unknown } }>(
    `${path}/:subCode`,
    async (request, reply) => {
      const { subCode } = request.params;
      const error = errorCalled(subCode);
      if (error === undefined) return reply.callNotFound();
      const traceId = traceIdIn(request.query.traceId);
      const callPath = traceId && `/console/requests/${traceId}`;
      if (callPath !== undefined && (await maySee(request, platform, traceId ?? "")))
        return reply.redirect(callPath, 303);
      return reply.type("text/html; charset=utf-8").send(errorPage(subCode, error, callPath));
    },
  );
}

function traceIdIn(value: unknown): string | undefined {
  return typeof value === "string" && /^[0-9a-z]{30}$/.test(value) ? value : undefined;
}

/** A stranger asks the database nothing: without a session there is nobody to look for. */
async function maySee(request: FastifyRequest, platform: Platform, traceId: string): Promise<boolean> {
  const caller = await findCaller(platform, request, {});
  if (caller.account === undefined) return false;
  try {
    checkMayCall(caller, showCallRoute.spec.who);
  } catch (error) {
    if (error instanceof Problem) return false;
    throw error;
  }
  return (await findVisibleCall(platform, caller, traceId)) !== undefined;
}

function errorCalled(subCode: string): ErrorSpec | undefined {
  const own: Readonly<Record<string, ErrorSpec>> = gatewayErrors;
  return Object.hasOwn(own, subCode) ? own[subCode] : undefined;
}

/** What docs/errors.md says of the code. */
function errorPage(
  subCode: string,
  { code, subMessage, cause, remedy }: ErrorSpec,
  callPath: string | undefined,
): string {
  const way =
    callPath === undefined
      ? ""
      : html`<p>
          <a href="${callPath}">登录控制台，查看这次调用<br />Sign in to the console and see this call</a>
        </p>`;
  const body = html`<p><code>${code}</code> ${subMessage}</p>
    <p>${cause.zh}<br />${cause.en}</p>
    <p>${remedy.zh}<br />${remedy.en}</p>
    ${way}`;
  return page("zh", subCode, body);
}
