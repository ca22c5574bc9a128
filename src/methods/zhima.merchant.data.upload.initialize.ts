import type { MethodSpec } from "../protocol/method-spec.ts";
import { feedbackFields } from "./feedback-fields.ts";
import { feedbackErrors } from "./feedback-errors.ts";
import { defineMethod } from "./method.ts";
import { foreignMerchant } from "./take-feedback.ts";
import { templateUrl } from "./zhima.data.feedbackurl.query.ts";

const spec = {
  name: "zhima.merchant.data.upload.initialize",
  title: { en: "Open the feedback of data", zh: "商户数据反馈初始化" },
  description: { en: "Gives the address of the app's feedback template.", zh: "返回应用的数据反馈模板下载地址。" },
  auth: "app",
  fields: "biz_content",
  reply: "coded",
  request: {
    scene_code: feedbackFields.sceneCode,
    linked_merchant_id: feedbackFields.linkedMerchantId,
  },
  response: {
    template_url: {
      type: "string",
      required: true,
      doc: { en: "Where to download the template.", zh: "模板下载地址。" },
      example: "http://127.0.0.1:8080/templates/loan-v1.xlsx",
    },
  },
  errors: { INVALID_PARAMETER: feedbackErrors.INVALID_PARAMETER },
} as const satisfies MethodSpec;

export const zhimaMerchantDataUploadInitialize = defineMethod(spec, async (platform, request, caller) => {
  const foreign = foreignMerchant(caller, request.linkedMerchantId);
  return foreign ?? { templateUrl: await templateUrl(platform, caller.app.template) };
});
