import type { Refusal } from "../protocol/refusal.ts";
import { actForMerchant } from "./act-for-merchant.ts";
import { answerRepeat } from "./answer-repeat.ts";
import { authorise } from "./authorise.ts";
import { decodeBizContent, validate } from "./business-fields.ts";
import { call } from "./call.ts";
import { decrypt } from "./encryption.ts";
import type { Exchange } from "./exchange.ts";
import type { GatewayParts } from "./parts.ts";
import { checkFiles, checkPermissions, limitAddress, limitCalls } from "./permissions.ts";
import { checkPublicParameters, findApp, findMethod } from "./public-parameters.ts";
import { checkDigest, mergeParameters, readBody, readQuery } from "./request.ts";
import { checkSignatureSettings } from "./signature-settings.ts";
import { verifySignature } from "./signature.ts";

/** A step guarantees what its name says, or refuses, or has the answer; the first refusal or answer ends the way. */
export type Step = (exchange: Exchange, parts: GatewayParts) => Outcome | Promise<Outcome>;
type Outcome = Refusal | "answered" | undefined;

/**
 * The way of a request, in order. A caller is known before anything is looked up for it, and the user's token is
 * judged before the business parameters: a stranger learns nothing from which of them is wrong.
 */
export const pipeline: readonly Step[] = [
  readQuery,
  readBody,
  answerRepeat,
  checkDigest,
  mergeParameters,
  findApp,
  limitAddress,
  checkPublicParameters,
  checkSignatureSettings,
  verifySignature,
  findMethod,
  limitCalls,
  checkPermissions,
  checkFiles,
  actForMerchant,
  decrypt,
  decodeBizContent,
  authorise,
  validate,
  call,
];
