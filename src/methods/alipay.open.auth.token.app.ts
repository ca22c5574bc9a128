import { exchangeAppSecret } from "../merchants/app-authorisations.ts";
import type { MethodSpec, PlainResponseFieldSpec } from "../protocol/method-spec.ts";
import { defineMethod, refuse } from "./method.ts";

const tokenFields = {
  app_auth_token: {
    type: "string",
    required: true,
    maxLength: 40,
    doc: { en: "To send as app_auth_token.", zh: "应用授权令牌，代商户调用时作为app_auth_token传入。" },
    example: "appB5f3c2b1a09e8d7c6b5a4f3e2d1c0b9a8",
  },
  app_refresh_token: {
    type: "string",
    required: true,
    maxLength: 40,
    doc: { en: "Renews the token, once.", zh: "刷新令牌，只能使用一次。" },
    example: "appR5f3c2b1a09e8d7c6b5a4f3e2d1c0b9a8",
  },
  auth_app_id: {
    type: "string",
    required: true,
    maxLength: 32,
    doc: { en: "The merchant's own app.", zh: "授权方应用ID。" },
    example: "2021000000000002",
  },
  expires_in: {
    type: "number",
    required: true,
    doc: { en: "Life of the token, in seconds.", zh: "令牌有效期（秒）。" },
    example: 31_536_000,
  },
  re_expires_in: {
    type: "number",
    required: true,
    doc: { en: "Life of the refresh token, in seconds.", zh: "刷新令牌有效期（秒）。" },
    example: 32_140_800,
  },
  user_id: {
    type: "string",
    required: true,
    maxLength: 28,
    doc: { en: "The merchant who authorised.", zh: "授权商户ID。" },
    example: "2088000000000026",
  },
} as const satisfies Readonly<Record<string, PlainResponseFieldSpec>>;

const spec = {
  name: "alipay.open.auth.token.app",
  title: { en: "Exchange or refresh an app authorisation token", zh: "换取应用授权令牌" },
  description: {
    en: "Gives an app_auth_token for the app_auth_code that a merchant's authorisation sent back, or for an app_refresh_token. The parameters are inside biz_content, unlike those of alipay.system.oauth.token.",
    zh: "使用商户授权后返回的app_auth_code或app_refresh_token换取app_auth_token。参数位于biz_content中，与alipay.system.oauth.token不同。",
  },
  auth: "app",
  fields: "biz_content",
  reply: "coded",
  request: {
    grant_type: {
      type: "string",
      required: true,
      maxLength: 20,
      oneOf: ["authorization_code", "refresh_token"],
      missing: "GRANT_TYPE_INVALID",
      invalid: "GRANT_TYPE_INVALID",
      doc: { en: "authorization_code, or refresh_token to renew.", zh: "authorization_code，或用refresh_token续期。" },
      example: "authorization_code",
    },
    code: {
      type: "string",
      required: false,
      maxLength: 40,
      invalid: "AUTH_CODE_NOT_EXIST",
      doc: {
        en: "The app_auth_code; with authorization_code.",
        zh: "应用授权码，grant_type为authorization_code时必填。",
      },
      example: "P1c5a6e0d9f8b47e2a3c4d5e6f708192",
    },
    refresh_token: {
      type: "string",
      required: false,
      maxLength: 40,
      invalid: "REFRESH_TOKEN_NOT_EXIST",
      doc: { en: "The app_refresh_token; with refresh_token.", zh: "刷新令牌，grant_type为refresh_token时必填。" },
      example: "appR5f3c2b1a09e8d7c6b5a4f3e2d1c0b9a8",
    },
  },
  response: {
    ...tokenFields,
    tokens: {
      type: "list",
      required: true,
      items: tokenFields,
      doc: {
        en: "The same once more, as the real gateway has sent it since 2018; some clients read this alone.",
        zh: "同一授权信息的列表形式（真实网关自2018年起返回），部分客户端只读取此字段。",
      },
    },
  },
  errors: {
    APP_NOT_ISV: {
      code: "40004",
      subMessage: "应用不是第三方应用",
      cause: { en: "The app may not act for other merchants.", zh: "应用没有代其他商户调用的资格。" },
      remedy: { en: "Ask the operator to let the app act for merchants.", zh: "请联系运营方开通第三方应用资格。" },
    },
    GRANT_TYPE_INVALID: {
      code: "40004",
      subMessage: "grant_type参数不正确",
      cause: {
        en: "grant_type is absent or neither authorization_code nor refresh_token.",
        zh: "grant_type缺失或取值不正确。",
      },
      remedy: { en: "Send grant_type inside biz_content.", zh: "请在biz_content中传入正确的grant_type。" },
    },
    AUTH_CODE_NOT_EXIST: {
      code: "40004",
      subMessage: "应用授权码不存在",
      cause: { en: "code is absent or was never issued.", zh: "code缺失或不存在。" },
      remedy: { en: "Send the app_auth_code just as it came back.", zh: "请原样传入回调中的app_auth_code。" },
    },
    AUTH_CODE_NOT_VALID: {
      code: "40004",
      subMessage: "应用授权码已失效",
      cause: {
        en: "code was used, is older than a day, or the merchant has withdrawn its leave or is suspended. One that was used before ends the tokens that it was exchanged for.",
        zh: "code已使用、超过24小时，商户已取消授权，或商户已被停用。重复使用code会使已换取的令牌失效。",
      },
      remedy: { en: "Let the merchant authorise again.", zh: "请让商户重新授权。" },
    },
    APP_ID_NOT_CONSISTENT: {
      code: "40004",
      subMessage: "应用ID不一致",
      cause: { en: "The code or refresh token was issued to another app.", zh: "授权码或刷新令牌属于其他应用。" },
      remedy: { en: "Call with the app that it was issued to.", zh: "请使用获得授权的应用调用。" },
    },
    REFRESH_TOKEN_NOT_EXIST: {
      code: "40004",
      subMessage: "刷新令牌不存在",
      cause: { en: "refresh_token is absent or was never issued.", zh: "refresh_token缺失或不存在。" },
      remedy: { en: "Send the app_refresh_token of the last reply.", zh: "请使用最近一次返回的app_refresh_token。" },
    },
    REFRESH_TOKEN_NOT_VALID: {
      code: "40004",
      subMessage: "刷新令牌已失效",
      cause: {
        en: "refresh_token was used, replaced, or the merchant has withdrawn its leave or is suspended. One that was used before ends the tokens that replaced it.",
        zh: "refresh_token已使用、已被替换，商户已取消授权，或商户已被停用。重复使用会使替换它的令牌失效。",
      },
      remedy: {
        en: "Use the app_refresh_token of the last reply, or let the merchant authorise again.",
        zh: "请使用最近一次返回的app_refresh_token，或让商户重新授权。",
      },
    },
    REFRESH_TOKEN_TIME_OUT: {
      code: "40004",
      subMessage: "刷新令牌已过期",
      cause: { en: "refresh_token is past its re_expires_in.", zh: "refresh_token已超过有效期。" },
      remedy: { en: "Let the merchant authorise again.", zh: "请让商户重新授权。" },
    },
  },
} as const satisfies MethodSpec;

export const alipayOpenAuthTokenApp = defineMethod(spec, async ({ store, clock }, request, { app }) => {
  if (!app.actsForMerchants) return refuse(spec, "APP_NOT_ISV");
  const kind = request.grantType === "authorization_code" ? "code" : "refresh";
  const secret = kind === "code" ? request.code : request.refreshToken;
  if (secret === undefined) return refuse(spec, kind === "code" ? "AUTH_CODE_NOT_EXIST" : "REFRESH_TOKEN_NOT_EXIST");
  const tokens = await exchangeAppSecret(store, clock, { kind, secret, appId: app.appId });
  switch (tokens) {
    case "unknown":
      return refuse(spec, kind === "code" ? "AUTH_CODE_NOT_EXIST" : "REFRESH_TOKEN_NOT_EXIST");
    case "other_app":
      return refuse(spec, "APP_ID_NOT_CONSISTENT");
    case "not_valid":
      return refuse(spec, kind === "code" ? "AUTH_CODE_NOT_VALID" : "REFRESH_TOKEN_NOT_VALID");
    case "expired":
      return refuse(spec, kind === "code" ? "AUTH_CODE_NOT_VALID" : "REFRESH_TOKEN_TIME_OUT");
    default: {
      const issued = {
        appAuthToken: tokens.appAuthToken,
        appRefreshToken: tokens.appRefreshToken,
        authAppId: tokens.authAppId,
        expiresIn: tokens.expiresInS,
        reExpiresIn: tokens.refreshExpiresInS,
        userId: tokens.merchantId,
      };
      return { ...issued, tokens: [issued] };
    }
  }
});
