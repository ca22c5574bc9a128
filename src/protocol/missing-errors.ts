import type { ErrorSpec } from "./refusal.ts";

/** What a request or its app lacks: 40001. */
export const missingErrors = {
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
  "isv.missing-default-signature-type": {
    code: "40001",
    subMessage: "应用未设置默认签名类型",
    cause: {
      en: "sign_type was sent empty, which asks for the app's default, and the app has none.",
      zh: "sign_type 为空表示使用应用默认签名类型，但应用未设置。",
    },
    remedy: {
      en: "Send sign_type=RSA2, or let the operator set the app's default.",
      zh: "请传入 sign_type=RSA2，或由运营方设置应用默认签名类型。",
    },
  },
  "isv.missing-app-id": {
    code: "40001",
    subMessage: "缺少AppID参数",
    cause: {
      en: "The parameter app_id is absent or empty. As on the real gateway the reply is not signed.",
      zh: "app_id 参数缺失或为空。与真实网关一致，响应不带签名。",
    },
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
  "isv.decryption-error-missing-encrypt-type": {
    code: "40001",
    subMessage: "解密出错, 未指定加密算法",
    cause: {
      en: "biz_content is encrypted and encrypt_type is absent.",
      zh: "biz_content 已加密，但未传 encrypt_type。",
    },
    remedy: { en: "Send encrypt_type=AES, inside the signed parameters.", zh: "请传入 encrypt_type=AES，并参与签名。" },
  },
  "isv.missing-encrypt-key": {
    code: "40001",
    subMessage: "缺少加密配置",
    cause: {
      en: "encrypt_type asks for an encrypted reply and the app has no AES key.",
      zh: "encrypt_type 要求加密响应，但应用未配置 AES 密钥。",
    },
    remedy: {
      en: "Give the app an AES key, or leave encrypt_type out.",
      zh: "请为应用配置 AES 密钥，或不传 encrypt_type。",
    },
  },
} as const satisfies Record<string, ErrorSpec>;
