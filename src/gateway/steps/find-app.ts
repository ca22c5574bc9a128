import type { App } from "../../merchants/app.ts";
import { gatewayRefusal, type GatewayRefusal } from "../../protocol/gateway-errors.ts";
import { requestedEncryption } from "./decrypt.ts";
import { defineStep } from "../step.ts";

/** The app is one of ours. Its platform key signs whatever is answered from here on. */
export const findApp = defineStep({
  refuses: ["isv.missing-app-id", "isv.invalid-app-id"],
  run(exchange, { platform }) {
    const appId = exchange.parameter("app_id");
    if (appId === undefined) return gatewayRefusal("isv.missing-app-id");
    const adopt = (app: App | undefined): GatewayRefusal<"isv.invalid-app-id"> | undefined => {
      if (app === undefined) return gatewayRefusal("isv.invalid-app-id");
      exchange.app = app;
      exchange.encryption = requestedEncryption(exchange);
      return undefined;
    };
    const found = platform.apps.find(appId);
    return found instanceof Promise ? found.then(adopt) : adopt(found);
  },
});
