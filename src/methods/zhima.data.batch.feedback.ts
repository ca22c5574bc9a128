import type { MethodSpec } from "../protocol/method-spec.ts";
import { feedbackErrors } from "./feedback-errors.ts";
import { feedbackFields } from "./feedback-fields.ts";
import { defineMethod } from "./method.ts";
import { takeFeedback } from "./take-feedback.ts";

const spec = {
  name: "zhima.data.batch.feedback",
  title: { en: "Batch feedback of data", zh: "批量数据反馈服务" },
  description: {
    en: "A merchant feeds back how its orders were performed: a file of records, as multipart/form-data, with its description as top-level parameters. Success means that the records are committed.",
    zh: "商户以multipart/form-data上传反馈文件，其余参数为顶层参数。返回成功即表示数据已提交入库。",
  },
  auth: "app",
  actsForMerchants: true,
  fields: "form",
  reply: "coded",
  request: {
    file_charset: feedbackFields.fileCharset,
    file_type: {
      type: "string",
      required: true,
      maxLength: 20,
      oneOf: ["json_data"],
      missing: "INVALID_FILE_TYPE",
      invalid: "INVALID_FILE_TYPE",
      doc: { en: "Always json_data.", zh: "固定为json_data。" },
      example: "json_data",
    },
    records: feedbackFields.records,
    columns: feedbackFields.columns,
    primary_key_columns: feedbackFields.primaryKeyColumns,
    biz_ext_params: feedbackFields.bizExtParams,
    file_description: {
      type: "string",
      required: false,
      maxLength: 100,
      invalid: "INVALID_PARAMETER",
      doc: { en: "A description, kept with the batch.", zh: "文件描述信息，随批次保存。" },
      example: "文件描述信息",
    },
    file: feedbackFields.file,
  },
  response: {},
  errors: feedbackErrors,
} as const satisfies MethodSpec;

export const zhimaDataBatchFeedback = defineMethod(spec, async (platform, request, caller, headers) => {
  const sender = { app: caller.app, merchantId: caller.merchantId };
  const outcome = await takeFeedback(platform, caller, headers, sender, request);
  return "refused" in outcome ? outcome : {};
});
