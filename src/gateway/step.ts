import type { GatewayRefusal, GatewaySubCode } from "../protocol/gateway-errors.ts";
import type { Refusal } from "../protocol/refusal.ts";
import type { Exchange } from "./exchange.ts";
import type { GatewayParts } from "./parts.ts";

/** What comes of a step: a refusal, the answer, or nothing, and the request goes on. */
export type Outcome = Refusal | "answered" | undefined;

/**
 * A step guarantees what its name says, or refuses, or has the answer. `refuses` lists its refusals in the order in which it
 * looks for them; the documents are derived from it. What a method's own spec says is refused is not listed.
 */
export interface Step {
  readonly refuses: readonly GatewaySubCode[];
  run(exchange: Exchange, parts: GatewayParts): Outcome | Promise<Outcome>;
}

/** A fault may come of any step, so none lists it. */
type OutcomeOf<Code extends GatewaySubCode> = GatewayRefusal<Code | "aop.unknow-error"> | "answered" | undefined;

/** A step that can refuse with what it lists, and with nothing else but a fault: the compiler sees to it. */
export function defineStep<const Codes extends readonly GatewaySubCode[]>(step: {
  readonly refuses: Codes;
  run(exchange: Exchange, parts: GatewayParts): OutcomeOf<Codes[number]> | Promise<OutcomeOf<Codes[number]>>;
}): Step {
  return step;
}
