import type { MethodSpec } from "../protocol/method-spec.ts";
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
    scene_code: {
      type: "string",
      required: true,
      maxLength: 32,
      pattern: /^[A-Za-z0-9_]+$/,
      missing: "INVALID_PARAMETER",
      invalid: "INVALID_PARAMETER",
      doc: { en: "The scene; 8 is the feedback of data. The columns are those of the app's template in any case.", zh: "场景码，8为数据反馈；数据列以应用的数据反馈模板为准。" },
      example: "8",
    },
    linked_merchant_id: {
      type: "string",
      required: false,
      maxLength: 16,
      invalid: "INVALID_PARAMETER",
      doc: { en: "The merchant's own number, or left out.", zh: "商户自身的编号，可不传。" },
      example: "2088000000000018",
    },
  },
  response: {
    template_url: { type: "string", required: true, doc: { en: "Where to download the template.", zh: "模板下载地址。" }, example: "http://127.0.0.1:8080/templates/loan-v1.xlsx" },
  },
  errors: { INVALID_PARAMETER: feedbackErrors.INVALID_PARAMETER },
} as const satisfies MethodSpec;

export const zhimaMerchantDataUploadInitialize = defineMethod(spec, async (platform, request, caller) => {
  const foreign = foreignMerchant(caller, request.linkedMerchantId);
  return foreign ?? { templateUrl: await templateUrl(platform, caller.app.template) };
});
