import { addressBlockOf } from "../../address-block.ts";
import { gatewayRefusal } from "../../protocol/gateway-errors.ts";
import { defineStep } from "../step.ts";

/** The address has not called too often; asked before its signature, which costs more than this. */
export const limitAddress = defineStep({
  refuses: ["isv.app-call-limited"],
  run(exchange, { limits, addressOf }) {
    return limits.address.allows(addressBlockOf(addressOf(exchange.http)))
      ? undefined
      : gatewayRefusal("isv.app-call-limited");
  },
});
