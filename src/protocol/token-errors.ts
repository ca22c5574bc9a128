import type { ErrorSpec } from "./refusal.ts";

/** The tokens of users and of merchants: 20001. */
export const tokenErrors = {
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
  "aop.invalid-app-auth-token": {
    code: "20001",
    subMessage: "无效的应用授权令牌",
    cause: {
      en: "app_auth_token is unknown, replaced by a later one, was issued to another app, or the merchant has withdrawn it.",
      zh: "app_auth_token 不存在、已被新令牌替换、属于其他应用，或商户已取消授权。",
    },
    remedy: { en: "Let the merchant authorise the app again.", zh: "请让商户重新授权应用。" },
  },
  "aop.app-auth-token-time-out": {
    code: "20001",
    subMessage: "应用授权令牌已过期",
    cause: { en: "app_auth_token is past its expires_in.", zh: "app_auth_token 已超过有效期。" },
    remedy: { en: "Refresh it with app_refresh_token.", zh: "请使用 app_refresh_token 刷新令牌。" },
  },
  "aop.invalid-app-auth-token-no-api": {
    code: "20001",
    subMessage: "商户未授权当前接口",
    cause: {
      en: "The merchant authorised the app, but not for this method.",
      zh: "商户已授权该应用，但授权范围不含当前接口。",
    },
    remedy: {
      en: "Let the merchant authorise the app again, this method included.",
      zh: "请让商户重新授权，并包含当前接口。",
    },
  },
  "aop.no-product-reg-by-partner": {
    code: "20001",
    subMessage: "商户未签约任何产品",
    cause: {
      en: "The merchant on whose behalf the app calls has no contract for any product.",
      zh: "应用代调用的商户没有签约任何产品。",
    },
    remedy: { en: "Let the merchant sign the product with the operator.", zh: "请让商户与平台运营方签约产品。" },
  },
} as const satisfies Record<string, ErrorSpec>;
