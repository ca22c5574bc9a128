import { findAppAuthorisation } from "../../merchants/app-authorisations.ts";
import { gatewayRefusal } from "../../protocol/gateway-errors.ts";
import { defineStep } from "../step.ts";

/** What every token issued here looks like; anything else is none, and is not looked up. */
export const tokenPattern = /^[A-Za-z0-9_-]{1,128}$/;

/** With app_auth_token the call is another merchant's, who has let the app make it; without, the app's own merchant's. */
export const actForMerchant = defineStep({
  refuses: [
    "isv.self-invoke-forbidden",
    "isv.invalid-token",
    "aop.invalid-app-auth-token",
    "aop.app-auth-token-time-out",
    "isv.not-support-app-auth",
    "aop.invalid-app-auth-token-no-api",
    "isv.insufficient-user-permissions",
    "isv.insufficient-isv-permissions",
    "aop.no-product-reg-by-partner",
  ],
  async run(exchange, { platform }) {
    const { app } = exchange;
    const { spec } = exchange.method;
    const token = exchange.parameter("app_auth_token");
    if (token === undefined) {
      return spec.actsForMerchants === true && !app.selfInvoke
        ? gatewayRefusal("isv.self-invoke-forbidden")
        : undefined;
    }
    if (!tokenPattern.test(token)) return gatewayRefusal("isv.invalid-token");
    // It has no token that is good for anything, so none is looked up.
    if (!app.actsForMerchants) return gatewayRefusal("aop.invalid-app-auth-token");
    const found = await findAppAuthorisation(platform.store, platform.clock, { token, appId: app.appId });
    if (found === "invalid") return gatewayRefusal("aop.invalid-app-auth-token");
    if (found === "expired") return gatewayRefusal("aop.app-auth-token-time-out");
    // A token that is none is told of first, whatever the method: seen at alipay.system.oauth.token.
    if (spec.actsForMerchants !== true) return gatewayRefusal("isv.not-support-app-auth");
    if (!found.methods.includes(spec.name)) return gatewayRefusal("aop.invalid-app-auth-token-no-api");
    if (found.merchantSuspended) return gatewayRefusal("isv.insufficient-user-permissions");
    if (found.authAppSuspended) return gatewayRefusal("isv.insufficient-isv-permissions");
    if (!found.hasProduct) return gatewayRefusal("aop.no-product-reg-by-partner");
    exchange.delegation = found;
    return undefined;
  },
});
