import type { Refusal } from "../protocol/refusal.ts";
import { actForMerchant } from "./steps/act-for-merchant.ts";
import { answerRepeat } from "./repeats/answer-repeat.ts";
import { authorise } from "./steps/authorise.ts";
import { decodeBizContent, validate } from "./steps/business-fields.ts";
import { call } from "./steps/call.ts";
import { decrypt } from "./steps/encryption.ts";
import type { Exchange } from "./exchange.ts";
import type { GatewayParts } from "./parts.ts";
import { checkFiles, checkPermissions, limitAddress, limitCalls } from "./steps/permissions.ts";
import { checkPublicParameters, findApp, findMethod } from "./steps/public-parameters.ts";
import { checkDigest, mergeParameters, readBody, readQuery } from "./steps/request.ts";
import { checkSignatureSettings } from "./steps/signature-settings.ts";
import { verifySignature } from "./steps/signature.ts";

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
