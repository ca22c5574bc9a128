import { gatewayRefusal } from "../../protocol/gateway-errors.ts";
import { defineStep } from "../step.ts";

/** The method is switched on, the app is online and permitted it, and neither the app nor its merchant is suspended. */
export const checkPermissions = defineStep({
  refuses: [
    "isv.forbidden-api",
    "isv.not-online-app",
    "isv.app-api-punished",
    "isv.insufficient-isv-permissions",
    "isv.insufficient-user-permissions",
  ],
  run(exchange, { config }) {
    const { app } = exchange;
    const { name } = exchange.method.spec;
    if (config.disabledMethods.includes(name)) return gatewayRefusal("isv.forbidden-api");
    if (!app.online) return gatewayRefusal("isv.not-online-app");
    if (app.punishedMethods.some((each) => each === name || each === "all"))
      return gatewayRefusal("isv.app-api-punished");
    if (app.suspended) return gatewayRefusal("isv.insufficient-isv-permissions");
    if (app.permittedMethods !== undefined && !app.permittedMethods.includes(name))
      return gatewayRefusal("isv.insufficient-isv-permissions");
    return app.merchantSuspended ? gatewayRefusal("isv.insufficient-user-permissions") : undefined;
  },
});
