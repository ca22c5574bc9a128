import type { Refusal } from "../protocol/refusal.ts";
import { actForMerchant } from "./act-for-merchant.ts";
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

/** A step guarantees what its name says, or refuses; the first refusal is the answer. */
export type Step = (exchange: Exchange, parts: GatewayParts) => Refusal | undefined | Promise<Refusal | undefined>;

/**
 * The way of a request, in order. A caller is known before anything is looked up for it, and the user's token is
 * judged before the business parameters: a stranger learns nothing from which of them is wrong.
 */
export const pipeline: readonly Step[] = [
  readQuery,
  readBody,
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
