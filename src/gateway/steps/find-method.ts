import { methods } from "../../methods/index.ts";
import { gatewayRefusal } from "../../protocol/gateway-errors.ts";
import { defineStep } from "../step.ts";

/** The method exists. Asked only after the signature: what is published here is nobody else's business. */
export const findMethod = defineStep({
  refuses: ["isv.invalid-method"],
  run(exchange) {
    const method = methods.get(exchange.methodName ?? "");
    if (method === undefined) return gatewayRefusal("isv.invalid-method");
    exchange.method = method;
    return undefined;
  },
});
