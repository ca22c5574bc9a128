import { gatewayRefusal } from "../../protocol/gateway-errors.ts";
import { defineStep } from "../step.ts";

/** The app has not called too often of late, nor has it called this method too often. Asked after the signature: a stranger cannot use up what an app may do. */
export const limitCalls = defineStep({
  refuses: ["isv.app-call-limited", "isv.method-call-limited"],
  run(exchange, { limits }) {
    const { appId } = exchange.app;
    if (!limits.app.allows(appId)) return gatewayRefusal("isv.app-call-limited");
    return limits.method.allows(`${appId} ${exchange.method.spec.name}`)
      ? undefined
      : gatewayRefusal("isv.method-call-limited");
  },
});
