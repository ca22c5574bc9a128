import type { MethodSpec } from "../protocol/method-spec.ts";
import { feedbackErrors } from "./feedback-errors.ts";
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
    file_charset: {
      type: "string",
      required: true,
      maxLength: 10,
      pattern: /^\s*(?:utf-?8|gbk|gb2312|gb18030)\s*$/i,
      missing: "INVALID_PARAMETER",
      invalid: "INVALID_PARAMETER",
      doc: { en: "The charset of the file, apart from the request's own: UTF-8, GBK or GB18030.", zh: "反馈文件的编码：UTF-8、GBK或GB18030，与请求的charset无关。" },
      example: "UTF-8",
    },
    records: {
      type: "string",
      required: true,
      maxLength: 20,
      pattern: /^\s*\d{1,9}\s*$/,
      missing: "INVALID_DATA_ARGUMENTS",
      invalid: "INVALID_DATA_ARGUMENTS",
      doc: { en: "How many records the file has; it must be so.", zh: "文件数据记录条数，须与文件一致。" },
      example: "1",
    },
    columns: {
      type: "string",
      required: true,
      maxLength: 4_096,
      missing: "INVALID_DATA_ARGUMENTS",
      invalid: "INVALID_DATA_ARGUMENTS",
      doc: {
        en: "The columns of a record, separated by commas. The published length of 100 is shorter than the published example; ours is 4,096.",
        zh: "单条数据的数据列，以逗号隔开。公开文档的最大长度100短于其自身示例，本平台为4096。",
      },
      example: "user_name,user_credentials_type,user_credentials_no,order_no,biz_type,order_status,create_amt,pay_month,gmt_ovd_date,overdue_cnt",
    },
    primary_key_columns: {
      type: "string",
      required: true,
      maxLength: 1_024,
      missing: "INVALID_DATA_ARGUMENTS",
      invalid: "INVALID_PRIMARY_ARGUMENTS",
      doc: { en: "The columns that tell records apart, among them order_no. The same key again overwrites. Published with a length of 100.", zh: "主键列，须为columns的一部分并包含order_no；主键相同的数据会覆盖。公开文档的最大长度为100。" },
      example: "order_no,pay_month",
    },
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
    biz_ext_params: {
      type: "string",
      required: false,
      maxLength: 256,
      invalid: "INVALID_PARAMETER",
      doc: { en: "Comes back with the reply.", zh: "扩展参数，原样返回。" },
      example: '{"extparam1":"value1"}',
    },
    linked_merchant_id: {
      type: "string",
      required: false,
      maxLength: 16,
      invalid: "INVALID_PARAMETER",
      doc: { en: "The merchant's own number, or left out.", zh: "商户自身的编号，可不传。" },
      example: "2088000000000018",
    },
    file: {
      type: "file",
      required: true,
      missing: "INVALID_DATA_ARGUMENTS",
      invalid: "INVALID_DATA_ARGUMENTS",
      doc: {
        en: 'The file, named .txt or .json: {"records":[{…},{…}]}. The published length of 1,000 is meaningless; ours is the limit of the body, 50 MB unless set otherwise.',
        zh: '反馈文件，后缀.txt或.json，内容为{"records":[{…},{…}]}。公开文档的最大长度1000无实际意义，本平台以正文上限为准，默认50MB。',
      },
      example:
        '{"records":[{"user_name":"张三","user_credentials_type":"0","user_credentials_no":"990000199003070013","order_no":"O1","biz_type":"1","order_status":"04","create_amt":"1200.50","pay_month":"2026-10","gmt_ovd_date":"","overdue_cnt":"0"}]}',
    },
  },
  response: {
    task_id: { type: "string", required: true, maxLength: 64, doc: { en: "The batch's id.", zh: "批次号。" }, example: "0a4f8a52-6f0e-4f52-9a3d-0a7c4d7f1b11" },
    biz_ext_params: { type: "string", required: false, maxLength: 256, doc: { en: "As it was sent.", zh: "原样返回的扩展参数。" }, example: '{"extparam1":"value1"}' },
  },
  errors: feedbackErrors,
} as const satisfies MethodSpec;

export const zhimaMerchantCloseloopDataUpload = defineMethod(spec, async (platform, request, caller, headers) => {
  const foreign = foreignMerchant(caller, request.linkedMerchantId);
  if (foreign !== undefined) return foreign;
  const sender = { app: caller.app, merchantId: caller.merchantId };
  const outcome = await takeFeedback(platform, caller, headers, sender, { ...request, fileDescription: undefined }, { dryRun: false });
  if ("refused" in outcome) return outcome;
  const echoed = request.bizExtParams === undefined ? {} : { bizExtParams: request.bizExtParams };
  return { taskId: outcome.batchId, ...echoed };
});
