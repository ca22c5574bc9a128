import type { FastifyInstance } from "fastify";
import { html } from "../consent/pages/html.ts";
import { page } from "../consent/pages/layout.ts";
import { gatewayErrors } from "../protocol/gateway-errors.ts";
import type { ErrorSpec } from "../protocol/refusal.ts";

/** A page below `path` for each of the gateway's own sub_codes: where a refusal's message sends its reader. They say nothing of anybody's. */
export function registerErrorPages(server: FastifyInstance, path: string): void {
  server.get<{ Params: { subCode: string } }>(`${path}/:subCode`, ({ params: { subCode } }, reply) => {
    const error = errorCalled(subCode);
    return error === undefined
      ? reply.callNotFound()
      : reply.type("text/html; charset=utf-8").send(errorPage(subCode, error));
  });
}

function errorCalled(subCode: string): ErrorSpec | undefined {
  const own: Readonly<Record<string, ErrorSpec>> = gatewayErrors;
  return Object.hasOwn(own, subCode) ? own[subCode] : undefined;
}

/** What docs/errors.md says of the code. */
function errorPage(subCode: string, { code, subMessage, cause, remedy }: ErrorSpec): string {
  const body = html`<p><code>${code}</code> ${subMessage}</p>
    <p>${cause.zh}<br />${cause.en}</p>
    <p>${remedy.zh}<br />${remedy.en}</p>`;
  return page("zh", subCode, body);
}
