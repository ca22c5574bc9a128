import type { Exchange } from "./exchange.ts";
import type { GatewayParts } from "./parts.ts";
import { profileDoes } from "../protocol/gateway-profile.ts";
import { gatewayErrors } from "../protocol/gateway-errors.ts";
import type { Refusal } from "../protocol/refusal.ts";

/** Where a refusal's code is explained; the page itself is the console's. */
export const errorPagePath = "/console/errors";

/** Where a refusal's message sends its reader: the page that explains the code, with the trace id as the real gateway writes it. */
export function solutionAddress(baseUrl: string, { subCode, traceId }: { subCode: string; traceId: string }): string {
  return `${baseUrl}${errorPagePath}/${encodeURIComponent(subCode)}?traceId=${traceId}&source=openapi`;
}

/**
 * The refusal as this profile words it. Only what the gateway itself refuses leads to a solution: a method's own refusals
 * and faults are worded as their documents have them.
 */
export function wordRefusal(parts: GatewayParts, exchange: Exchange, refusal: Refusal): Refusal {
  const { subCode, subMessage, code } = refusal;
  if (code === "20000" || !Object.hasOwn(gatewayErrors, subCode)) return refusal;
  if (!profileDoes(parts.config.gatewayProfile, "linksToSolution")) return refusal;
  const address = solutionAddress(parts.platform.baseUrl(), { subCode, traceId: exchange.traceId });
  return { ...refusal, subMessage: `${subMessage}，解决方案：${address}` };
}
