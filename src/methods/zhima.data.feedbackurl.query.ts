import { findTemplate } from "../feedback/templates/template-store.ts";
import type { MethodSpec } from "../protocol/method-spec.ts";
import { defineMethod, refuse } from "./method.ts";
import type { Platform } from "../platform.ts";

const spec = {
  name: "zhima.data.feedbackurl.query",
  title: { en: "Where the feedback template is", zh: "获取数据反馈模板" },
  description: {
    en: "Gives the address of the workbook that describes the columns this app may feed back, with a sheet to fill in.",
    zh: "返回本应用数据反馈模板（xlsx）的下载地址，含字段说明与待填写的数据页。",
  },
  auth: "app",
  fields: "biz_content",
  reply: "coded",
  request: {
    merchant_id: {
      type: "string",
      required: true,
      maxLength: 32,
      missing: "INVALID_PARAMETER",
      invalid: "INVALID_PARAMETER",
      doc: { en: "The merchant's own number.", zh: "商户编号。" },
      example: "2088000000000018",
    },
  },
  response: {
    feedback_url: {
      type: "string",
      required: true,
      doc: { en: "Where to download the template.", zh: "模板下载地址。" },
      example: "http://127.0.0.1:8080/templates/loan-v1.xlsx",
    },
  },
  errors: {
    INVALID_PARAMETER: {
      code: "40004",
      subMessage: "参数有误",
      namesField: true,
      cause: {
        en: "merchant_id is absent, or not the merchant this app belongs to.",
        zh: "merchant_id缺失，或不是本应用所属的商户。",
      },
      remedy: { en: "Send your own merchant's number.", zh: "请传入本应用所属商户的编号。" },
    },
  },
} as const satisfies MethodSpec;

export const zhimaDataFeedbackurlQuery = defineMethod(spec, async (platform, request, caller) => {
  if (request.merchantId.trim() !== caller.merchantId) {
    return refuse(
      spec,
      "INVALID_PARAMETER",
      `${spec.errors.INVALID_PARAMETER.subMessage}：merchant_id不是本应用所属的商户`,
    );
  }
  return { feedbackUrl: await templateUrl(platform, caller.app.template) };
});

/** The address of a template's workbook, by its version: what was downloaded once stays what it was. */
export async function templateUrl({ store, baseUrl }: Platform, reference: string): Promise<string> {
  const template = await findTemplate(store, reference);
  if (template === undefined) throw new Error(`no template ${reference}`);
  return `${baseUrl()}/templates/${template.name}-v${template.version}.xlsx`;
}
