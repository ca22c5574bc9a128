import { answerRepeat } from "./repeats/answer-repeat.ts";
import { actForMerchant } from "./steps/act-for-merchant.ts";
import { answerOnDemand } from "./steps/answer-on-demand.ts";
import { authorise } from "./steps/authorise.ts";
import { call } from "./steps/call.ts";
import { checkDigest } from "./steps/check-digest.ts";
import { checkFiles } from "./steps/check-files.ts";
import { checkPermissions } from "./steps/check-permissions.ts";
import { checkPublicParameters } from "./steps/check-public-parameters.ts";
import { checkSignatureSettings } from "./steps/check-signature-settings.ts";
import { decodeBizContent } from "./steps/decode-biz-content.ts";
import { decrypt } from "./steps/decrypt.ts";
import { findApp } from "./steps/find-app.ts";
import { findMethod } from "./steps/find-method.ts";
import { limitAddress } from "./steps/limit-address.ts";
import { limitCalls } from "./steps/limit-calls.ts";
import { mergeParameters } from "./steps/merge-parameters.ts";
import { readBody } from "./steps/read-body.ts";
import { readQuery } from "./steps/read-query.ts";
import { validate } from "./steps/validate.ts";
import { verifySignature } from "./steps/verify-signature.ts";
import type { Step } from "./step.ts";

/**
 * The way of a request, in order. A caller is known before anything is looked up for it, and the user's token is
 * judged before the business parameters: a stranger learns nothing from which of them is wrong.
 */
export const pipeline = {
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
  answerOnDemand,
  call,
} satisfies Record<string, Step>;
