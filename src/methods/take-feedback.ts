import { type FeedbackSender, type FeedbackUpload, receiveFeedback } from "../feedback/receive.ts";
import { type Refusal, refusal } from "../protocol/refusal.ts";
import { readExtensionParameters } from "./extension-parameters.ts";
import { feedbackErrors } from "./feedback-errors.ts";
import type { Platform } from "../platform.ts";
import type { Caller, Headers } from "./method.ts";

/**
 * Stores a feedback file for a method and waits a moment until the people it touched are scored. The batch's id goes
 * back as the header kaimen-batch-id, also with a refusal of the file. What the extension parameters ask for in a way that
 * cannot be read is refused before anybody looks at the file.
 */
export async function takeFeedback(
  platform: Platform,
  caller: Caller,
  headers: Headers,
  sender: FeedbackSender,
  upload: FeedbackUpload & { readonly bizExtParams?: string | undefined },
): Promise<Refusal | { readonly batchId: string }> {
  const extension = readExtensionParameters(upload.bizExtParams);
  if ("fault" in extension) {
    const error = feedbackErrors.INVALID_PARAMETER;
    return refusal("INVALID_PARAMETER", error, `${error.subMessage}：biz_ext_params${extension.fault}`);
  }
  const outcome = await receiveFeedback(platform, sender, upload, extension).catch((error: unknown) => {
    platform.log.error({ err: error, trace_id: caller.traceId }, "a feedback file could not be stored");
    return undefined;
  });
  if (outcome === undefined) return refusal("READ_OPENAPIFILE_ERROR", feedbackErrors.READ_OPENAPIFILE_ERROR);
  headers.set("kaimen-batch-id", outcome.batchId);
  if ("refusal" in outcome) {
    const error = feedbackErrors[outcome.refusal];
    return refusal(outcome.refusal, error, `${error.subMessage}：${outcome.detail}`);
  }
  await platform.rescorer.runWithin(platform.config.scoreWaitMs);
  return { batchId: outcome.batchId };
}

/** Another merchant's number is refused rather than overlooked: its records would be stored as the caller's. */
export function foreignMerchant(caller: Caller, linkedMerchantId: string | undefined): Refusal | undefined {
  const linked = linkedMerchantId?.trim() ?? "";
  if (linked === "" || linked === caller.merchantId) return undefined;
  const error = feedbackErrors.INVALID_PARAMETER;
  return refusal("INVALID_PARAMETER", error, `${error.subMessage}：linked_merchant_id不是本应用所属的商户`);
}
