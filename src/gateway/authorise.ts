import { scoreScope } from "../consent/authorisations.ts";
import { gatewayRefusal } from "../protocol/gateway-errors.ts";
import type { Refusal } from "../protocol/refusal.ts";
import type { Exchange } from "./exchange.ts";
import type { GatewayParts } from "./parts.ts";

const tokenLimit = 128;

/** A method that acts for a user has that user's token, issued to this very app and for this scope. */
export async function authorise(exchange: Exchange, { platform }: GatewayParts): Promise<Refusal | undefined> {
  if (exchange.method.spec.auth !== "user") return undefined;
  const accessToken = exchange.ascii("auth_token");
  if (accessToken === undefined || accessToken.length > tokenLimit) return gatewayRefusal("aop.invalid-auth-token");
  const grant = await platform.tokens.find(accessToken, exchange.app.appId);
  if (grant === "expired") return gatewayRefusal("aop.auth-token-time-out");
  if (grant === "invalid" || !grant.scopes.includes(scoreScope)) return gatewayRefusal("aop.invalid-auth-token");
  exchange.grant = grant;
  exchange.accessToken = accessToken;
  return undefined;
}
