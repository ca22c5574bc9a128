import type { ErrorSpec } from "../protocol/refusal.ts";

/**
 * The published errors of a feedback file, shared by the methods that take one. Where the document says that the fields stand
 * in the real reply (具体错误字段见真实返回值), they follow its text here.
 */
export const feedbackErrors = {
  INVALID_PARAMETER: {
    code: "40004",
    subMessage: "参数有误。反馈数据参数质量校验错误",
    namesField: true,
    cause: {
      en: "A parameter or the quality of the data: sub_msg names the first bad records, columns and reasons.",
      zh: "参数或反馈数据质量校验错误，sub_msg列出最先出错的记录、列与原因。",
    },
    remedy: {
      en: "Mend the records named and send the whole file again.",
      zh: "请根据具体字段的错误信息修正后重新上传整个文件。",
    },
  },
  INVALID_DATA_ARGUMENTS: {
    code: "40004",
    subMessage: "反馈的数据参数错误或者不完整",
    namesField: true,
    cause: {
      en: "records, columns, primary_key_columns or file is absent or contradicts the file.",
      zh: "records、columns、primary_key_columns或file缺失，或与文件不符。",
    },
    remedy: {
      en: "Check records, columns and the primary key.",
      zh: "请验证参数，检查records、columns、primarykey是否完整。",
    },
  },
  INVALID_FILE_TYPE: {
    code: "40004",
    subMessage: "文件上传格式不支持",
    namesField: true,
    cause: {
      en: "file_type is not json_data, or the file's name ends in neither .txt nor .json.",
      zh: "file_type不是json_data，或文件名后缀不是.txt、.json。",
    },
    remedy: {
      en: "Send file_type=json_data and a file named .txt or .json.",
      zh: "file_type请传json_data，文件名后缀请用.txt或.json。",
    },
  },
  INVALID_PRIMARY_ARGUMENTS: {
    code: "40004",
    subMessage: "文件上传primary字段不合法",
    namesField: true,
    cause: {
      en: "A primary key column is not among columns, stands twice, or order_no is missing from them.",
      zh: "主键列不在columns中、重复，或未包含order_no。",
    },
    remedy: {
      en: "Name columns that are among columns, order_no with them: order_no,pay_month for one.",
      zh: "请验证参数，primary为主键字段，反馈数据字段中必须包含，例如order_no,pay_month。",
    },
  },
  JSON_PARSE_ERROR: {
    code: "40004",
    subMessage: "json解析异常",
    namesField: true,
    cause: { en: 'The file is no JSON of the form {"records":[…]}.', zh: '文件内容不是{"records":[…]}形式的json。' },
    remedy: {
      en: "Check the file at the line and column that sub_msg names.",
      zh: "文件内容格式必须为json，请按sub_msg所示行列检查。",
    },
  },
  READ_OPENAPIFILE_ERROR: {
    code: "40004",
    subMessage: "读取openapi文件出错",
    cause: { en: "Kaimen could not read or store a file that arrived whole.", zh: "平台读取或保存文件失败。" },
    remedy: { en: "Send it again later; nothing of it was stored.", zh: "系统异常，请稍后重试；本次数据未入库。" },
  },
} as const satisfies Readonly<Record<string, ErrorSpec>>;
