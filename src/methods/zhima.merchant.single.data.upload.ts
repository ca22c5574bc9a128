import { findTemplate } from "../feedback/templates/template-store.ts";
import { parseJson } from "../protocol/json.ts";
import type { MethodSpec } from "../protocol/method-spec.ts";
import { feedbackFields } from "./feedback-fields.ts";
import { feedbackErrors } from "./feedback-errors.ts";
import { defineMethod, refuse } from "./method.ts";
import { foreignMerchant, takeFeedback } from "./take-feedback.ts";

const spec = {
  name: "zhima.merchant.single.data.upload",
  title: { en: "Upload one record", zh: "商户数据单条上传" },
  description: {
    en: "One record as JSON, judged and stored like a file of one. Success means that it is committed.",
    zh: "以JSON上传单条数据，校验与入库规则同批量接口。返回成功即表示数据已提交入库。",
  },
  auth: "app",
  fields: "biz_content",
  reply: "coded",
  request: {
    scene_code: feedbackFields.sceneCode,
    data: {
      type: "string",
      required: true,
      maxLength: 4_096,
      missing: "INVALID_DATA_ARGUMENTS",
      invalid: "INVALID_DATA_ARGUMENTS",
      doc: {
        en: "The record: a JSON object of the template's columns, as text.",
        zh: "单条数据，模板字段组成的JSON对象文本。",
      },
      example:
        '{"user_name":"张三","user_credentials_type":"0","user_credentials_no":"990000199003070013","order_no":"O1","biz_type":"1","order_status":"04","create_amt":"1200.50","pay_month":"2026-10","gmt_ovd_date":"","overdue_cnt":"0"}',
    },
    primary_keys: {
      type: "string",
      required: false,
      maxLength: 1_024,
      invalid: "INVALID_PRIMARY_ARGUMENTS",
      doc: {
        en: "The columns that tell records apart; the template's own when left out.",
        zh: "主键列，不传时使用模板的主键。",
      },
      example: "order_no,pay_month",
    },
    biz_ext_params: feedbackFields.bizExtParams,
    linked_merchant_id: feedbackFields.linkedMerchantId,
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

/** What no database can store: NUL and half a surrogate pair, which JSON's escapes can write. */
const unfitName = /[\0\p{Surrogate}]/u;

export const zhimaMerchantSingleDataUpload = defineMethod(spec, async (platform, request, caller, headers) => {
  const foreign = foreignMerchant(caller, request.linkedMerchantId);
  if (foreign !== undefined) return foreign;
  const parsed = parseJson(request.data);
  if ("fault" in parsed || !(parsed.value instanceof Map)) {
    const where =
      "fault" in parsed
        ? `第${parsed.fault.line}行第${parsed.fault.column}列：${parsed.fault.reason}`
        : "data应为一个对象";
    return refuse(spec, "JSON_PARSE_ERROR", `${spec.errors.JSON_PARSE_ERROR.subMessage}：${where}`);
  }
  const columns = [...parsed.value.keys()].join(",");
  // The names are kept with the batch, as those are that come in a field of their own.
  if (columns.length > feedbackFields.columns.maxLength || unfitName.test(columns))
    return refuse(spec, "INVALID_DATA_ARGUMENTS");
  const template = await findTemplate(platform.store, caller.app.template);
  const sender = { app: caller.app, merchantId: caller.merchantId };
  const upload = {
    fileCharset: "UTF-8",
    columns,
    primaryKeyColumns: request.primaryKeys ?? template?.primaryKey.join(",") ?? "",
    records: "1",
    file: { filename: "single.json", content: Buffer.from(`{"records":[${request.data}]}`) },
    fileDescription: undefined,
    bizExtParams: request.bizExtParams,
  };
  const outcome = await takeFeedback(platform, caller, headers, sender, upload);
  if ("refused" in outcome) return outcome;
  const echoed = request.bizExtParams === undefined ? {} : { bizExtParams: request.bizExtParams };
  return { taskId: outcome.batchId, ...echoed };
});
