import type { FieldSpec } from "../protocol/method-spec.ts";

/** What the methods of feedback ask for alike. */
export const feedbackFields = {
  fileCharset: {
    type: "string",
    required: true,
    maxLength: 10,
    pattern: /^\s*(?:utf-?8|gbk|gb2312|gb18030)\s*$/i,
    missing: "INVALID_PARAMETER",
    invalid: "INVALID_PARAMETER",
    doc: {
      en: "The charset of the file, apart from the request's own: UTF-8, GBK or GB18030.",
      zh: "反馈文件的编码：UTF-8、GBK或GB18030，与请求的charset无关。",
    },
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
    example:
      "user_name,user_credentials_type,user_credentials_no,order_no,biz_type,order_status,create_amt,pay_month,gmt_ovd_date,overdue_cnt",
  },
  primaryKeyColumns: {
    type: "string",
    required: true,
    maxLength: 1_024,
    missing: "INVALID_DATA_ARGUMENTS",
    invalid: "INVALID_PRIMARY_ARGUMENTS",
    doc: {
      en: "The columns that tell records apart, among them order_no. The same key again overwrites. Published with a length of 100.",
      zh: "主键列，须为columns的一部分并包含order_no；主键相同的数据会覆盖。公开文档的最大长度为100。",
    },
    example: "order_no,pay_month",
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
  sceneCode: {
    type: "string",
    required: true,
    maxLength: 32,
    pattern: /^[A-Za-z0-9_]+$/,
    missing: "INVALID_PARAMETER",
    invalid: "INVALID_PARAMETER",
    doc: {
      en: "The scene; 8 is the feedback of data. The columns are those of the app's template in any case.",
      zh: "场景码，8为数据反馈；数据列以应用的数据反馈模板为准。",
    },
    example: "8",
  },
  linkedMerchantId: {
    type: "string",
    required: false,
    maxLength: 16,
    invalid: "INVALID_PARAMETER",
    doc: { en: "The merchant's own number, or left out.", zh: "商户自身的编号，可不传。" },
    example: "2088000000000018",
  },
  bizExtParams: {
    type: "string",
    required: false,
    maxLength: 256,
    invalid: "INVALID_PARAMETER",
    doc: {
      en: 'Extension parameters: a JSON object, or the published notation with single quotes. {"dry_run":"true"} judges the records and stores nothing; what names dry_run otherwise is refused, as is what cannot be read; others are taken and not used. Published with a length of 100.',
      zh: '扩展参数：JSON对象，也接受公开文档示例的单引号写法。{"dry_run":"true"}表示只校验不入库；以其他无法确认的写法提到dry_run，或内容无法解析，均会被拒绝；其余内容接收但不使用。公开文档的最大长度为100。',
    },
    example: '{"extparam1":"value1"}',
  },
} as const satisfies Record<string, FieldSpec>;
