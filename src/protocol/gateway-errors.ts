import { type ErrorSpec, type Refusal, refusal } from "./refusal.ts";

/**
 * What the gateway itself refuses, before or around any method: the published public table, with its published texts.
 * A method's own errors stand in the method's spec.
 */
export const gatewayErrors = {
  "isp.unknow-error": {
    code: "20000",
    subMessage: "系统繁忙",
    cause: { en: "A fault inside Kaimen.", zh: "开门内部故障。" },
    remedy: {
      en: "Try the same call again, with the same transaction_id where it has one; if it stays, give the operator the reply's trace_id header.",
      zh: "请以相同参数（含 transaction_id）重试；若仍失败，请将响应头 trace_id 告知平台运营方。",
    },
  },
  "aop.invalid-auth-token": {
    code: "20001",
    subMessage: "无效的访问令牌",
    cause: {
      en: "auth_token is missing, unknown, replaced by a refresh, or was issued to another app or for another scope.",
      zh: "auth_token 缺失、不存在、已被刷新替换，或属于其他应用、其他授权范围。",
    },
    remedy: { en: "Exchange a fresh auth_code or refresh the token.", zh: "重新换取令牌或刷新令牌。" },
  },
  "aop.auth-token-time-out": {
    code: "20001",
    subMessage: "访问令牌已过期",
    cause: { en: "auth_token is past its expires_in.", zh: "auth_token 已超过有效期。" },
    remedy: { en: "Refresh it with refresh_token.", zh: "请使用 refresh_token 刷新令牌。" },
  },
  "isv.missing-method": {
    code: "40001",
    subMessage: "缺少方法名参数",
    cause: { en: "The parameter method is absent or empty.", zh: "method 参数缺失或为空。" },
    remedy: { en: "Send method, in the query or the body.", zh: "请在地址或正文中传入 method。" },
  },
  "isv.missing-signature": {
    code: "40001",
    subMessage: "缺少签名参数",
    cause: { en: "The parameter sign is absent or empty.", zh: "sign 参数缺失或为空。" },
    remedy: { en: "Sign the request.", zh: "请对请求签名。" },
  },
  "isv.missing-signature-type": {
    code: "40001",
    subMessage: "缺少签名类型参数",
    cause: { en: "The parameter sign_type is absent or empty.", zh: "sign_type 参数缺失或为空。" },
    remedy: { en: "Send sign_type, RSA2 or RSA.", zh: "请传入 sign_type，取值 RSA2 或 RSA。" },
  },
  "isv.missing-app-id": {
    code: "40001",
    subMessage: "缺少appId参数",
    cause: { en: "The parameter app_id is absent or empty.", zh: "app_id 参数缺失或为空。" },
    remedy: { en: "Send app_id.", zh: "请传入 app_id。" },
  },
  "isv.missing-timestamp": {
    code: "40001",
    subMessage: "缺少时间戳参数",
    cause: { en: "The parameter timestamp is absent or empty.", zh: "timestamp 参数缺失或为空。" },
    remedy: { en: "Send timestamp as yyyy-MM-dd HH:mm:ss.", zh: "请传入 timestamp，格式 yyyy-MM-dd HH:mm:ss。" },
  },
  "isv.missing-version": {
    code: "40001",
    subMessage: "缺少版本参数",
    cause: { en: "The parameter version is absent or empty.", zh: "version 参数缺失或为空。" },
    remedy: { en: "Send version=1.0.", zh: "请传入 version=1.0。" },
  },
  "isv.invalid-parameter": {
    code: "40002",
    subMessage: "参数无效",
    cause: {
      en: "A parameter is malformed, too long, or not readable in the charset named; biz_content is no JSON object.",
      zh: "参数格式错误、超长、与 charset 不符，或 biz_content 不是 JSON 对象。",
    },
    remedy: { en: "Mend the parameter that sub_msg names.", zh: "请修正 sub_msg 指出的参数。" },
  },
  "isv.upload-fail": {
    code: "40002",
    subMessage: "文件上传失败",
    cause: { en: "The multipart body is malformed or ends before its closing boundary.", zh: "multipart 正文格式错误或不完整。" },
    remedy: { en: "Send the body again, whole.", zh: "请重新完整上传。" },
  },
  "isv.invalid-file-size": {
    code: "40002",
    subMessage: "文件大小无效",
    cause: { en: "The request body is larger than the limit (KAIMEN_BODY_LIMIT_MB, 50 MB unless set).", zh: "请求正文超过上限（KAIMEN_BODY_LIMIT_MB，默认 50 MB）。" },
    remedy: { en: "Split the file and send its parts.", zh: "请拆分文件后分批上传。" },
  },
  "isv.invalid-method": {
    code: "40002",
    subMessage: "不存在的方法名",
    cause: { en: "No such method is published here.", zh: "本平台没有该接口。" },
    remedy: { en: "Correct method; docs/methods lists what exists.", zh: "请检查 method，可用接口见 docs/methods。" },
  },
  "isv.invalid-format": {
    code: "40002",
    subMessage: "无效的数据格式",
    cause: { en: "format is something other than JSON.", zh: "format 不是 JSON。" },
    remedy: { en: "Send format=JSON or leave it out.", zh: "请传 format=JSON 或不传。" },
  },
  "isv.invalid-signature-type": {
    code: "40002",
    subMessage: "无效的签名类型",
    cause: { en: "sign_type is neither RSA2 nor RSA.", zh: "sign_type 不是 RSA2 或 RSA。" },
    remedy: { en: "Use RSA2.", zh: "请使用 RSA2。" },
  },
  "isv.invalid-signature": {
    code: "40002",
    subMessage: "验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配",
    cause: {
      en: "sign does not verify with the app's public key over the string to sign.",
      zh: "sign 与待签名字符串、应用公钥不匹配。",
    },
    remedy: {
      en: "Compare your string to sign with the one in sub_msg, and your private key with the app's public key.",
      zh: "请对照 sub_msg 中网关生成的验签字符串，并核对私钥与应用公钥是否成对。",
    },
  },
  "isv.invalid-app-id": {
    code: "40002",
    subMessage: "无效的AppID参数",
    cause: { en: "No such app.", zh: "应用不存在。" },
    remedy: { en: "Correct app_id and the gateway address.", zh: "请检查 app_id 与网关地址。" },
  },
  "isv.invalid-timestamp": {
    code: "40002",
    subMessage: "非法的时间戳参数",
    cause: { en: "timestamp is no real time of the form yyyy-MM-dd HH:mm:ss.", zh: "timestamp 不是 yyyy-MM-dd HH:mm:ss 格式的真实时间。" },
    remedy: { en: "Send timestamp as yyyy-MM-dd HH:mm:ss.", zh: "请按 yyyy-MM-dd HH:mm:ss 传入 timestamp。" },
  },
  "isv.invalid-charset": {
    code: "40002",
    subMessage: "字符集错误",
    cause: { en: "charset is none of utf-8, gbk, gb2312 and gb18030.", zh: "charset 不是 utf-8、gbk、gb2312、gb18030 之一。" },
    remedy: { en: "Use utf-8.", zh: "请使用 utf-8。" },
  },
  "isv.suspected-attack": {
    code: "40002",
    subMessage: "可疑的攻击请求",
    cause: { en: "One parameter came twice with different values.", zh: "同一参数出现多次且取值不同。" },
    remedy: { en: "Send each parameter once.", zh: "每个参数只传一次。" },
  },
} as const satisfies Record<string, ErrorSpec>;

export type GatewaySubCode = keyof typeof gatewayErrors;

export function gatewayRefusal(subCode: GatewaySubCode, detail?: string): Refusal {
  return refusal(subCode, gatewayErrors[subCode], detail);
}
