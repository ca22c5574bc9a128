import type { MethodSpec } from "../protocol/method-spec.ts";
import { feedbackErrors } from "./feedback-errors.ts";
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
    biz_ext_params: {
      type: "string",
      required: false,
      maxLength: 256,
      invalid: "INVALID_PARAMETER",
      doc: { en: "Extension parameters. {\"dry_run\":\"true\"} judges the file and stores nothing; others are accepted and not used. Published with a length of 100.", zh: "扩展参数。{\"dry_run\":\"true\"}表示只校验不入库，其余内容接收但不使用。公开文档的最大长度为100。" },
      example: '{"extparam1":"value1"}',
    },
    file_description: {
      type: "string",
      required: false,
      maxLength: 100,
      invalid: "INVALID_PARAMETER",
      doc: { en: "A description, kept with the batch.", zh: "文件描述信息，随批次保存。" },
      example: "文件描述信息",
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
  response: {},
  errors: feedbackErrors,
} as const satisfies MethodSpec;

export const zhimaDataBatchFeedback = defineMethod(spec, async (platform, request, caller, headers) => {
  const sender = { app: caller.app, merchantId: caller.merchantId };
  const outcome = await takeFeedback(platform, caller, headers, sender, request, { dryRun: isDryRun(request.bizExtParams) });
  return "refused" in outcome ? outcome : {};
});

/** Anything may stand in the extension parameters, also what is no JSON: only this is looked for. */
function isDryRun(extension: string | undefined): boolean {
  return /"dry_run"\s*:\s*(?:"true"|true)/.test(extension ?? "");
}
