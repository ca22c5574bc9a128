import type { MethodSpec } from "../protocol/method-spec.ts";
import { feedbackErrors } from "./feedback-errors.ts";
import { feedbackFields } from "./feedback-fields.ts";
import { defineMethod } from "./method.ts";
import { foreignMerchant, takeFeedback } from "./take-feedback.ts";

const spec = {
  name: "zhima.merchant.closeloop.data.upload",
  title: { en: "Upload a file of data", zh: "商户数据批量上传" },
  description: {
    en: "The successor of zhima.data.batch.feedback: the same file and the same rules, and the reply names the batch. Success means that the records are committed.",
    zh: "zhima.data.batch.feedback的后继接口：文件与规则相同，并返回批次号。返回成功即表示数据已提交入库。",
  },
  auth: "app",
  fields: "form",
  reply: "coded",
  request: {
    file_charset: feedbackFields.fileCharset,
    records: feedbackFields.records,
    columns: feedbackFields.columns,
    primary_key_columns: feedbackFields.primaryKeyColumns,
    scene_code: feedbackFields.sceneCode,
    biz_ext_params: feedbackFields.bizExtParams,
    linked_merchant_id: feedbackFields.linkedMerchantId,
    file: feedbackFields.file,
  },
  response: {
    task_id: {
      type: "string",
      required: true,
      maxLength: 64,
      doc: { en: "The batch's id.", zh: "批次号。" },
      example: "0a4f8a52-6f0e-4f52-9a3d-0a7c4d7f1b11",
    },
    biz_ext_params: {
      type: "string",
      required: false,
      maxLength: 256,
      doc: { en: "As it was sent.", zh: "原样返回的扩展参数。" },
      example: '{"extparam1":"value1"}',
    },
  },
  errors: feedbackErrors,
} as const satisfies MethodSpec;

export const zhimaMerchantCloseloopDataUpload = defineMethod(spec, async (platform, request, caller, headers) => {
  const foreign = foreignMerchant(caller, request.linkedMerchantId);
  if (foreign !== undefined) return foreign;
  const sender = { app: caller.app, merchantId: caller.merchantId };
  const outcome = await takeFeedback(platform, caller, headers, sender, { ...request, fileDescription: undefined });
  if ("refused" in outcome) return outcome;
  const echoed = request.bizExtParams === undefined ? {} : { bizExtParams: request.bizExtParams };
  return { taskId: outcome.batchId, ...echoed };
});
