import { charsets } from "#kaimen/protocol/charset.ts";
import { signTypes } from "#kaimen/protocol/signing.ts";

/** @typedef {import("#kaimen/protocol/method-spec.ts").MethodSpec} MethodSpec */
/** @typedef {import("#kaimen/protocol/refusal.ts").Bilingual} Bilingual */

/**
 * A parameter that every call carries. `oneOf` values are compared without regard to case where the gateway does so.
 * @typedef {{ required: boolean, doc: Bilingual, example: string, oneOf?: readonly string[], pattern?: string }} PublicParameter
 */

/** What stands in for a signature in examples: a real one would verify with nobody's key. */
export const abbreviatedSign = "ERITJKEIJKJHKKKKKKKHJEREEEEEEEEEEE";

/**
 * The published public request parameters, in the published order, which src/gateway checks before any method.
 * @type {Readonly<Record<string, PublicParameter>>}
 */
export const commonParameters = {
  app_id: {
    required: true,
    doc: { en: "The app that calls, as the operator recorded it.", zh: "平台分配给应用的应用ID。" },
    example: "2014072300007148",
  },
  method: { required: true, doc: { en: "The method's name.", zh: "接口名称。" }, example: "" },
  format: { required: false, oneOf: ["JSON"], doc: { en: "Only JSON.", zh: "仅支持JSON。" }, example: "JSON" },
  charset: {
    required: false,
    oneOf: charsets,
    doc: {
      en: "The charset of the parameters and of the reply; GBK when absent, as on the real gateway.",
      zh: "请求与响应的字符集，缺省为GBK，与真实网关一致。",
    },
    example: "utf-8",
  },
  sign_type: {
    required: true,
    oneOf: signTypes,
    doc: { en: "SHA256withRSA (RSA2) or SHA1withRSA (RSA); RSA2 is recommended.", zh: "签名算法，推荐使用RSA2。" },
    example: "RSA2",
  },
  sign: {
    required: true,
    doc: {
      en: "The signature over all other parameters, base64. Files are not signed.",
      zh: "对其余全部参数（文件除外）的签名，base64编码。",
    },
    example: abbreviatedSign,
  },
  timestamp: {
    required: true,
    pattern: "^\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}:\\d{2}$",
    doc: { en: "When the request was sent, yyyy-MM-dd HH:mm:ss.", zh: "发送请求的时间，格式yyyy-MM-dd HH:mm:ss。" },
    example: "2014-07-24 03:07:50",
  },
  version: { required: true, oneOf: ["1.0"], doc: { en: "Always 1.0.", zh: "固定为1.0。" }, example: "1.0" },
};

/** @type {Readonly<Record<string, PublicParameter>>} */
const userParameters = {
  auth_token: {
    required: true,
    doc: {
      en: "The user's access token, issued to this app by alipay.system.oauth.token.",
      zh: "用户授权令牌，由alipay.system.oauth.token签发给本应用。",
    },
    example: "authzmaB120823451715451277bf8c7b",
  },
};

/** The public parameters of one method. @param {MethodSpec} spec @returns {Readonly<Record<string, PublicParameter>>} */
export function publicParametersOf(spec) {
  return spec.auth === "user" ? { ...commonParameters, ...userParameters } : commonParameters;
}
