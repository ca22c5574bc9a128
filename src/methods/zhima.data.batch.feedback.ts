import { receiveFeedback } from "../feedback/receive.ts";
import type { MethodSpec } from "../protocol/method-spec.ts";
import { defineMethod, refuse } from "./method.ts";

const spec = {
  name: "zhima.data.batch.feedback",
  title: { en: "Batch feedback of data", zh: "批量数据反馈服务" },
  description: {
    en: "A merchant feeds back how its orders were performed: a file of records, as multipart/form-data, with its description as top-level parameters. Success means that the records are committed.",
    zh: "商户以multipart/form-data上传反馈文件，其余参数为顶层参数。返回成功即表示数据已提交入库。",
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
      doc: { en: "Extension parameters; accepted and not used. Published with a length of 100.", zh: "扩展参数，接收但不使用。公开文档的最大长度为100。" },
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
  errors: {
    INVALID_PARAMETER: {
      code: "40004",
      subMessage: "参数有误",
      namesField: true,
      cause: { en: "A parameter or the quality of the data: sub_msg names the first bad records, columns and reasons.", zh: "参数或反馈数据质量校验错误，sub_msg列出最先出错的记录、列与原因。" },
      remedy: { en: "Mend the records named and send the whole file again.", zh: "请根据具体字段的错误信息修正后重新上传整个文件。" },
    },
    INVALID_DATA_ARGUMENTS: {
      code: "40004",
      subMessage: "反馈的数据参数错误或者不完整",
      namesField: true,
      cause: { en: "records, columns, primary_key_columns or file is absent or contradicts the file.", zh: "records、columns、primary_key_columns或file缺失，或与文件不符。" },
      remedy: { en: "Check records, columns and the primary key.", zh: "请验证参数，检查records、columns、primarykey是否完整。" },
    },
    INVALID_FILE_TYPE: {
      code: "40004",
      subMessage: "文件上传格式不支持",
      namesField: true,
      cause: { en: "file_type is not json_data, or the file's name ends in neither .txt nor .json.", zh: "file_type不是json_data，或文件名后缀不是.txt、.json。" },
      remedy: { en: "Send file_type=json_data and a file named .txt or .json.", zh: "file_type请传json_data，文件名后缀请用.txt或.json。" },
    },
    INVALID_PRIMARY_ARGUMENTS: {
      code: "40004",
      subMessage: "文件上传primary字段不合法",
      namesField: true,
      cause: { en: "A primary key column is not among columns, stands twice, or order_no is missing from them.", zh: "主键列不在columns中、重复，或未包含order_no。" },
      remedy: { en: "Name columns that are among columns, order_no with them: order_no,pay_month for one.", zh: "请验证参数，primary为主键字段，反馈数据字段中必须包含，例如order_no,pay_month。" },
    },
    JSON_PARSE_ERROR: {
      code: "40004",
      subMessage: "json解析异常",
      namesField: true,
      cause: { en: "The file is no JSON of the form {\"records\":[…]}.", zh: "文件内容不是{\"records\":[…]}形式的json。" },
      remedy: { en: "Check the file at the line and column that sub_msg names.", zh: "文件内容格式必须为json，请按sub_msg所示行列检查。" },
    },
    READ_OPENAPIFILE_ERROR: {
      code: "40004",
      subMessage: "读取openapi文件出错",
      cause: { en: "Kaimen could not read or store a file that arrived whole.", zh: "平台读取或保存文件失败。" },
      remedy: { en: "Send it again later; nothing of it was stored.", zh: "系统异常，请稍后重试；本次数据未入库。" },
    },
  },
} as const satisfies MethodSpec;

export const zhimaDataBatchFeedback = defineMethod(spec, async (platform, request, caller, headers) => {
  const outcome = await receiveFeedback(platform, { app: caller.app, merchantId: caller.app.merchantId }, request).catch((error: unknown) => {
    platform.log.error({ err: error, trace_id: caller.traceId }, "a feedback file could not be stored");
    return undefined;
  });
  if (outcome === undefined) return refuse(spec, "READ_OPENAPIFILE_ERROR");
  headers.set("kaimen-batch-id", outcome.batchId);
  if ("refusal" in outcome) {
    return refuse(spec, outcome.refusal, `${spec.errors[outcome.refusal].subMessage}：${outcome.detail}`);
  }
  await platform.rescorer.runWithin(platform.config.scoreWaitMs);
  return {};
});
