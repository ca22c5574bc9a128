import { beijingTime, instantFromText } from "../clock.ts";
import { exchangeAuthCode, type IssuedTokens, refreshTokens } from "../consent/tokens.ts";
import { alipayUserIdOf, openIdOf } from "../consent/user-identities.ts";
import type { Vault } from "../keys/vault.ts";
import type { App } from "../merchants/app.ts";
import type { MethodSpec } from "../protocol/method-spec.ts";
import { defineMethod, refuse } from "./method.ts";

const spec = {
  name: "alipay.system.oauth.token",
  title: { en: "Exchange or refresh an access token", zh: "换取授权访问令牌" },
  description: {
    en: "Gives an access token for the auth_code that a user's authorisation sent back, or for a refresh token. The parameters are top-level ones, not in biz_content; the reply has no code and msg.",
    zh: "使用用户授权后返回的auth_code或refresh_token换取访问令牌。参数为顶层参数，不放入biz_content；成功响应没有code和msg。",
  },
  auth: "app",
  fields: "form",
  reply: "bare",
  request: {
    grant_type: {
      type: "string",
      required: true,
      maxLength: 20,
      oneOf: ["authorization_code", "refresh_token"],
      missing: "isv.isv.grant-type-invalid",
      invalid: "isv.isv.grant-type-invalid",
      doc: { en: "authorization_code, or refresh_token to renew.", zh: "authorization_code，或用refresh_token续期。" },
      example: "authorization_code",
    },
    code: {
      type: "string",
      required: false,
      maxLength: 40,
      invalid: "isv.code-invalid",
      doc: { en: "The auth_code; with authorization_code.", zh: "授权码，grant_type为authorization_code时必填。" },
      example: "4b203fe6c11548bcabd8da5bb087a83b",
    },
    code_verifier: {
      type: "string",
      required: false,
      maxLength: 128,
      pattern: /^[A-Za-z0-9._~-]{43,128}$/,
      invalid: "isv.code-invalid",
      doc: {
        en: "RFC 7636: what the code_challenge of the authorisation was made of; with a code that has one, and with no other.",
        zh: "RFC 7636：生成code_challenge所用的原文；授权时传过code_challenge则必填，否则不可传。",
      },
      example: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    },
    refresh_token: {
      type: "string",
      required: false,
      maxLength: 40,
      invalid: "isv.refresh-token-invalid",
      doc: { en: "The refresh token; with refresh_token.", zh: "刷新令牌，grant_type为refresh_token时必填。" },
      example: "authzmaB120823451715451277bf8c7b",
    },
  },
  response: {
    access_token: {
      type: "string",
      required: true,
      maxLength: 40,
      doc: { en: "To send as auth_token.", zh: "访问令牌，调用时作为auth_token传入。" },
      example: "authzmaB120823451715451277bf8c7b",
    },
    alipay_user_id: {
      type: "string",
      required: false,
      maxLength: 32,
      doc: {
        en: "Stands for the same user; deprecated. Not sent to an app that has open_id.",
        zh: "已废弃，与user_id指同一用户。使用open_id的应用不返回。",
      },
      example: "20880012345678901234567890123456",
    },
    auth_start: {
      type: "string",
      required: true,
      maxLength: 19,
      doc: { en: "When the tokens were issued, Beijing time.", zh: "令牌签发时间（北京时间）。" },
      example: "2026-11-22 12:00:00",
    },
    expires_in: {
      type: "number",
      required: true,
      doc: { en: "Life of the access token, in seconds.", zh: "访问令牌有效期（秒）。" },
      example: 1_296_000,
    },
    re_expires_in: {
      type: "number",
      required: true,
      doc: { en: "Life of the refresh token, in seconds.", zh: "刷新令牌有效期（秒）。" },
      example: 2_592_000,
    },
    refresh_token: {
      type: "string",
      required: true,
      maxLength: 40,
      doc: { en: "Renews the access token, once.", zh: "刷新令牌，只能使用一次。" },
      example: "authzmaB9f2c4e1a77d04b5e8c6f3a1b",
    },
    user_id: {
      type: "string",
      required: false,
      maxLength: 16,
      doc: {
        en: "The user. Not sent to an app that has open_id.",
        zh: "用户ID。使用open_id的应用不返回。",
      },
      example: "2088102150477652",
    },
    open_id: {
      type: "string",
      required: false,
      maxLength: 128,
      doc: {
        en: "The user, as this app alone is told; in place of user_id, where the app is set so.",
        zh: "用户在该应用下的唯一标识；应用设置为open_id时返回，代替user_id。",
      },
      example: "074a1f0c2b9d4e7f8a6b5c4d3e2f1a0b",
    },
  },
  errors: {
    "isv.isv.grant-type-invalid": {
      code: "40002",
      subMessage: "grant_type参数不正确",
      cause: {
        en: "grant_type is absent or neither authorization_code nor refresh_token; or it was put into biz_content.",
        zh: "grant_type缺失或取值不正确，或误放入biz_content。",
      },
      remedy: { en: "Send grant_type as a top-level parameter.", zh: "请以顶层参数传入正确的grant_type。" },
    },
    "isv.code-invalid": {
      code: "40002",
      subMessage: "授权码code无效",
      cause: {
        en: "code is absent, unknown, used, expired, another app's, or its authorisation was revoked; or code_verifier is not the one that the code's code_challenge was made of, is absent, or came with a code that has no challenge (KAIMEN_PKCE=required refuses those). A code that was used before ends the tokens that it was exchanged for.",
        zh: "code缺失、不存在、已使用、已过期、属于其他应用，或授权已取消；或code_verifier缺失、与授权时的code_challenge不符，或授权时未传code_challenge（KAIMEN_PKCE=required时一律拒绝）。重复使用code会使已换取的令牌失效。",
      },
      remedy: {
        en: "Let the user authorise again and use the new code once, with its code_verifier.",
        zh: "请让用户重新授权，新授权码只能使用一次，并传入对应的code_verifier。",
      },
    },
    "isv.refresh-token-invalid": {
      code: "40002",
      subMessage: "刷新令牌refresh_token无效",
      cause: {
        en: "refresh_token is absent, unknown, or its authorisation has ended.",
        zh: "refresh_token缺失、不存在，或授权已结束。",
      },
      remedy: { en: "Let the user authorise again.", zh: "请让用户重新授权。" },
    },
    "isv.unmatched-app-id": {
      code: "40002",
      subMessage: "应用ID与令牌不匹配",
      cause: { en: "refresh_token was issued to another app.", zh: "refresh_token属于其他应用。" },
      remedy: { en: "Refresh it with the app that it was issued to.", zh: "请使用获得该令牌的应用刷新。" },
    },
    "isv.refreshed-token-invalid": {
      code: "40002",
      subMessage: "刷新令牌refresh_token已被使用",
      cause: {
        en: "refresh_token was used before, and with this the tokens that replaced it have ended: two hold it.",
        zh: "refresh_token已使用过；替换它的令牌随之失效。",
      },
      remedy: {
        en: "Use the refresh token of the last reply, from one place only; now let the user authorise again.",
        zh: "请只在一处使用最近一次返回的refresh_token；现在请让用户重新授权。",
      },
    },
    "isv.refresh-token-time-out": {
      code: "40002",
      subMessage: "刷新令牌refresh_token已过期",
      cause: { en: "refresh_token is past its re_expires_in.", zh: "refresh_token已超过有效期。" },
      remedy: { en: "Let the user authorise again.", zh: "请让用户重新授权。" },
    },
  },
} as const satisfies MethodSpec;

export const alipaySystemOauthToken = defineMethod(spec, async (platform, request, caller) => {
  const { store, clock, config, vault } = platform;
  const { appId } = caller.app;
  if (request.grantType === "authorization_code") {
    if (request.code === undefined) return refuse(spec, "isv.code-invalid");
    const tokens = await exchangeAuthCode(store, clock, config, {
      code: request.code,
      appId,
      codeVerifier: request.codeVerifier,
      challengeRequired: config.pkce === "required",
    });
    return tokens === undefined ? refuse(spec, "isv.code-invalid") : replyOf(vault, caller.app, tokens);
  }
  if (request.refreshToken === undefined) return refuse(spec, "isv.refresh-token-invalid");
  const tokens = await refreshTokens(store, clock, config, { refreshToken: request.refreshToken, appId });
  switch (tokens) {
    case "unknown":
      return refuse(spec, "isv.refresh-token-invalid");
    case "other_app":
      return refuse(spec, "isv.unmatched-app-id");
    case "used":
      return refuse(spec, "isv.refreshed-token-invalid");
    case "expired":
      return refuse(spec, "isv.refresh-token-time-out");
    default:
      return replyOf(vault, caller.app, tokens);
  }
});

function replyOf(vault: Vault, app: App, tokens: IssuedTokens) {
  const { userId } = tokens;
  return {
    accessToken: tokens.accessToken,
    authStart: beijingTime(instantFromText(tokens.issuedAt)),
    expiresIn: tokens.expiresInS,
    reExpiresIn: tokens.refreshExpiresInS,
    refreshToken: tokens.refreshToken,
    ...(app.userIdentity === "open_id"
      ? { openId: openIdOf(vault, app.appId, userId) }
      : { userId, alipayUserId: alipayUserIdOf(userId) }),
  };
}
