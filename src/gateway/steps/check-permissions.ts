import { gatewayRefusal } from "../../protocol/gateway-errors.ts";
import { defineStep } from "../step.ts";

/** The method is switched on, the app is permitted it, and neither the app nor its merchant is suspended. */
export const checkPermissions = defineStep({
  refuses: ["isv.forbidden-api", "isv.insufficient-isv-permissions", "isv.insufficient-user-permissions"],
  run(exchange, { config }) {
    const { app } = exchange;
    const { name } = exchange.method.spec;
    if (config.disabledMethods.includes(name)) return gatewayRefusal("isv.forbidden-api");
    if (app.suspended) return gatewayRefusal("isv.insufficient-isv-permissions");
    if (app.permittedMethods !== undefined && !app.permittedMethods.includes(name))
      return gatewayRefusal("isv.insufficient-isv-permissions");
    return app.merchantSuspended ? gatewayRefusal("isv.insufficient-user-permissions") : undefined;
  },
});
