import type { Refusal } from "../protocol/refusal.ts";
import { authorise } from "./authorise.ts";
import { call } from "./call.ts";
import { decodeBizContent, validate } from "./business-fields.ts";
import type { Exchange } from "./exchange.ts";
import type { GatewayParts } from "./parts.ts";
import { checkPublicParameters, findApp, findMethod } from "./public-parameters.ts";
import { mergeParameters, readBody, readQuery } from "./request.ts";
import { verifySignature } from "./signature.ts";

/** A step guarantees what its name says, or refuses; the first refusal is the answer. */
export type Step = (exchange: Exchange, parts: GatewayParts) => Refusal | undefined | Promise<Refusal | undefined>;

/**
 * The way of a request, in order. A caller is known before anything is looked up for it, and the user's token is
 * judged before the business parameters: a stranger learns nothing from which of them is wrong.
 */
export const pipeline: readonly Step[] = [
  readQuery,
  readBody,
  mergeParameters,
  findApp,
  checkPublicParameters,
  verifySignature,
  findMethod,
  decodeBizContent,
  authorise,
  validate,
  call,
];
