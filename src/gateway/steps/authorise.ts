import { scoreScope } from "../../consent/authorisations.ts";
import { gatewayRefusal } from "../../protocol/gateway-errors.ts";
import { tokenPattern } from "./act-for-merchant.ts";
import { defineStep } from "../step.ts";

/** A method that acts for a user has that user's token, issued to this very app and for this scope. */
export const authorise = defineStep({
  refuses: ["aop.invalid-auth-token", "isv.invalid-token", "isv.invalid-auth-relations", "aop.auth-token-time-out"],
  async run(exchange, { platform }) {
    if (exchange.method.spec.auth !== "user") return undefined;
    const accessToken = exchange.parameter("auth_token");
    if (accessToken === undefined) return gatewayRefusal("aop.invalid-auth-token");
    if (!tokenPattern.test(accessToken)) return gatewayRefusal("isv.invalid-token");
    const { delegation } = exchange;
    let grant = await platform.tokens.find(accessToken, exchange.app.appId);
    // A user may have given it to the merchant's own app, for which this one acts.
    if (grant === "other_app" && delegation !== undefined) {
      grant = await platform.tokens.find(accessToken, delegation.authAppId);
      if (grant === "other_app") return gatewayRefusal("isv.invalid-auth-relations");
    }
    if (grant === "other_app") return gatewayRefusal("aop.invalid-auth-token");
    if (grant === "expired") return gatewayRefusal("aop.auth-token-time-out");
    if (grant === "invalid" || !grant.scopes.includes(scoreScope)) return gatewayRefusal("aop.invalid-auth-token");
    exchange.grant = grant;
    exchange.accessToken = accessToken;
    return undefined;
  },
});
