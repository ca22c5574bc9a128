import type { ErrorSpec } from "./refusal.ts";

/** Who may call, and how often: 40003, 40005 and 40006. */
export const permissionErrors = {
  "isv.missing-signature-config": {
    code: "40003",
    subMessage: "应用未配置对应签名算法的公钥或者证书",
    cause: {
      en: "The app has no public key yet, does not use this sign_type, or the operator has switched the sign_type off (KAIMEN_SIGN_TYPES). As on the real gateway the reply is not signed.",
      zh: "应用尚未配置公钥，或未启用该签名算法，或运营方已停用该算法（KAIMEN_SIGN_TYPES）。与真实网关一致，响应不带签名。",
    },
    remedy: {
      en: "Give the app a public key (kaimen app key), or sign with RSA2.",
      zh: "请为应用配置公钥（kaimen app key），或使用 RSA2 签名。",
    },
  },
  "isv.invalid-auth-relations": {
    code: "40003",
    subMessage: "无效的授权关系",
    cause: {
      en: "auth_token was issued neither to the calling app nor to the app of the merchant that app_auth_token stands for.",
      zh: "auth_token 既不属于调用方应用，也不属于 app_auth_token 所代表商户的应用。",
    },
    remedy: {
      en: "Use a token that the user gave to one of these two apps.",
      zh: "请使用用户授予这两个应用之一的令牌。",
    },
  },
  "isv.not-online-app": {
    code: "40003",
    subMessage: "应用未上线",
    cause: {
      en: "The operator has not put the app online. The code was seen in real replies, its text was not.",
      zh: "应用尚未上线。该错误码见于真实响应，文案未见。",
    },
    remedy: {
      en: "Ask the operator to put the app online (kaimen app set --online yes).",
      zh: "请联系运营方将应用上线（kaimen app set --online yes）。",
    },
  },
  "isv.app-api-punished": {
    code: "40006",
    subMessage: "该接口已被处罚，不可调用",
    cause: {
      en: "The operator has taken the method, or all methods, from the app.",
      zh: "运营方已处罚该应用，不可调用该接口或任何接口。",
    },
    remedy: {
      en: "Ask the operator to lift it (kaimen app set --punished-methods none).",
      zh: "请联系运营方解除处罚（kaimen app set --punished-methods none）。",
    },
  },
  "isv.app-call-limited": {
    code: "40005",
    subMessage: "应用调用次数超限，包含调用频率超限",
    cause: {
      en: "More calls of the app, or from its address, than its limit a second.",
      zh: "应用或来源地址的每秒调用次数超过上限。",
    },
    remedy: {
      en: "Wait a second; spread the calls. The operator sets KAIMEN_APP_CALLS_PER_S and KAIMEN_ADDRESS_CALLS_PER_S.",
      zh: "请稍后重试并平滑调用频率；上限由运营方设置（KAIMEN_APP_CALLS_PER_S、KAIMEN_ADDRESS_CALLS_PER_S）。",
    },
  },
  "isv.method-call-limited": {
    code: "40005",
    subMessage: "API调用次数超限，包含调用频率超限",
    cause: {
      en: "More calls of this method by the app than its limit a second.",
      zh: "应用对该接口的每秒调用次数超过上限。",
    },
    remedy: {
      en: "Wait a second; spread the calls. The operator sets KAIMEN_METHOD_CALLS_PER_S.",
      zh: "请稍后重试并平滑调用频率；上限由运营方设置（KAIMEN_METHOD_CALLS_PER_S）。",
    },
  },
  "isv.insufficient-isv-permissions": {
    code: "40006",
    subMessage: "ISV权限不足，建议在开发者中心检查对应功能是否已经添加",
    cause: {
      en: "The app is not permitted this method; or it, or the app in whose name the call is made, is suspended.",
      zh: "应用没有该接口的权限；或该应用、所代表商户的应用已被停用。",
    },
    remedy: {
      en: "Ask the operator to permit the app this method, or to resume the app.",
      zh: "请联系运营方为应用添加该接口权限或恢复应用。",
    },
  },
  "isv.insufficient-user-permissions": {
    code: "40006",
    subMessage: "用户权限不足",
    cause: { en: "The merchant for whom the call is made is suspended.", zh: "调用所代表的商户已被停用。" },
    remedy: { en: "Ask the operator.", zh: "请联系平台运营方。" },
  },
  "isv.self-invoke-forbidden": {
    code: "40006",
    subMessage: "此用户不允许自调用",
    cause: {
      en: "The app may only act for other merchants, and the call has no app_auth_token.",
      zh: "应用只能代其他商户调用，但请求没有 app_auth_token。",
    },
    remedy: { en: "Send the merchant's app_auth_token.", zh: "请传入商户授权的 app_auth_token。" },
  },
} as const satisfies Record<string, ErrorSpec>;
