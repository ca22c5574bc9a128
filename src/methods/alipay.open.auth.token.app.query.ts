import { beijingTime, secondUs } from "../clock.ts";
import { describeAppToken } from "../merchants/app-authorisations.ts";
import type { MethodSpec } from "../protocol/method-spec.ts";
import { defineMethod, refuse } from "./method.ts";

const spec = {
  name: "alipay.open.auth.token.app.query",
  title: { en: "What an app authorisation token stands for", zh: "查询应用授权令牌" },
  description: {
    en: "Says which merchant an app_auth_token stands for, and whether it still holds.",
    zh: "查询app_auth_token所代表的商户及其有效状态。",
  },
  auth: "app",
  fields: "biz_content",
  reply: "coded",
  request: {
    app_auth_token: {
      type: "string",
      required: true,
      maxLength: 40,
      missing: "AUTH_TOKEN_NOT_FOUND",
      invalid: "AUTH_TOKEN_NOT_FOUND",
      doc: { en: "The token.", zh: "应用授权令牌。" },
      example: "appB5f3c2b1a09e8d7c6b5a4f3e2d1c0b9a8",
    },
  },
  response: {
    auth_app_id: {
      type: "string",
      required: true,
      maxLength: 32,
      doc: { en: "The merchant's own app.", zh: "授权方应用ID。" },
      example: "2021000000000002",
    },
    auth_end: {
      type: "string",
      required: true,
      maxLength: 19,
      doc: { en: "When the token ends, Beijing time.", zh: "授权失效时间（北京时间）。" },
      example: "2027-11-22 12:00:00",
    },
    auth_start: {
      type: "string",
      required: true,
      maxLength: 19,
      doc: { en: "When it was issued, Beijing time.", zh: "授权生效时间（北京时间）。" },
      example: "2026-11-22 12:00:00",
    },
    expires_in: {
      type: "number",
      required: true,
      doc: { en: "Life of the token, in seconds.", zh: "令牌有效期（秒）。" },
      example: 31_536_000,
    },
    status: {
      type: "string",
      required: true,
      maxLength: 16,
      doc: { en: "valid or invalid.", zh: "valid（有效）或invalid（无效）。" },
      example: "valid",
    },
    user_id: {
      type: "string",
      required: true,
      maxLength: 28,
      doc: { en: "The merchant who authorised.", zh: "授权商户ID。" },
      example: "2088000000000026",
    },
  },
  errors: {
    AUTH_TOKEN_NOT_FOUND: {
      code: "40004",
      subMessage: "应用授权令牌不存在",
      cause: {
        en: "app_auth_token is absent or was never issued to this app.",
        zh: "app_auth_token缺失，或未曾颁发给当前应用。",
      },
      remedy: { en: "Ask with the app that the token was issued to.", zh: "请使用获得该令牌的应用查询。" },
    },
  },
} as const satisfies MethodSpec;

export const alipayOpenAuthTokenAppQuery = defineMethod(spec, async ({ store, clock }, { appAuthToken }, { app }) => {
  const found = await describeAppToken(store, { token: appAuthToken, appId: app.appId });
  if (found === undefined) return refuse(spec, "AUTH_TOKEN_NOT_FOUND");
  return {
    authAppId: found.authAppId,
    authEnd: beijingTime(found.expiresAt),
    authStart: beijingTime(found.issuedAt),
    expiresIn: Math.round((found.expiresAt - found.issuedAt) / secondUs),
    status:
      found.ended || found.merchantSuspended || found.authAppSuspended || found.expiresAt <= clock.now()
        ? "invalid"
        : "valid",
    userId: found.merchantId,
  };
});
