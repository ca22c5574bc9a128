// Derived from src/methods/alipay.open.auth.token.app.ts by `npm run derive`. Edit there, not here.
import type { MethodFacts } from "../method-facts.ts";
import { MethodRequest } from "../method-request.ts";

/** Gives an app_auth_token for the app_auth_code that a merchant's authorisation sent back, or for an app_refresh_token. The parameters are inside biz_content, unlike those of alipay.system.oauth.token. */
export interface AlipayOpenAuthTokenAppFields {
  /** authorization_code, or refresh_token to renew. */
  readonly grantType: "authorization_code" | "refresh_token" | (string & {});
  /** The app_auth_code; with authorization_code. */
  readonly code?: string | undefined;
  /** The app_refresh_token; with refresh_token. */
  readonly refreshToken?: string | undefined;
}

export interface AlipayOpenAuthTokenAppReply {
  /** To send as app_auth_token. */
  readonly appAuthToken: string;
  /** Renews the token, once. */
  readonly appRefreshToken: string;
  /** The merchant's own app. */
  readonly authAppId: string;
  /** Life of the token, in seconds. */
  readonly expiresIn: number;
  /** Life of the refresh token, in seconds. */
  readonly reExpiresIn: number;
  /** The merchant who authorised. */
  readonly userId: string;
  /** The same once more, as the real gateway has sent it since 2018; some clients read this alone. */
  readonly tokens: readonly { readonly appAuthToken: string; readonly appRefreshToken: string; readonly authAppId: string; readonly expiresIn: number; readonly reExpiresIn: number; readonly userId: string }[];
}

/** The sub_codes of the method's own. */
export type AlipayOpenAuthTokenAppSubCode = "APP_NOT_ISV" | "GRANT_TYPE_INVALID" | "AUTH_CODE_NOT_EXIST" | "AUTH_CODE_NOT_VALID" | "APP_ID_NOT_CONSISTENT" | "REFRESH_TOKEN_NOT_EXIST" | "REFRESH_TOKEN_NOT_VALID" | "REFRESH_TOKEN_TIME_OUT";

export const alipayOpenAuthTokenApp: MethodFacts = {
  name: "alipay.open.auth.token.app",
  auth: "app",
  place: "biz_content",
  repeatable: false,
  request: { grantType: "grant_type", code: "code", refreshToken: "refresh_token" },
  response: { app_auth_token: "string", app_refresh_token: "string", auth_app_id: "string", expires_in: "number", re_expires_in: "number", user_id: "string", tokens: { app_auth_token: "string", app_refresh_token: "string", auth_app_id: "string", expires_in: "number", re_expires_in: "number", user_id: "string" } },
  remedies: {
    "APP_NOT_ISV": { en: "Ask the operator to let the app act for merchants.", zh: "请联系运营方开通第三方应用资格。" },
    "GRANT_TYPE_INVALID": { en: "Send grant_type inside biz_content.", zh: "请在biz_content中传入正确的grant_type。" },
    "AUTH_CODE_NOT_EXIST": { en: "Send the app_auth_code just as it came back.", zh: "请原样传入回调中的app_auth_code。" },
    "AUTH_CODE_NOT_VALID": { en: "Let the merchant authorise again.", zh: "请让商户重新授权。" },
    "APP_ID_NOT_CONSISTENT": { en: "Call with the app that it was issued to.", zh: "请使用获得授权的应用调用。" },
    "REFRESH_TOKEN_NOT_EXIST": { en: "Send the app_refresh_token of the last reply.", zh: "请使用最近一次返回的app_refresh_token。" },
    "REFRESH_TOKEN_NOT_VALID": { en: "Use the app_refresh_token of the last reply, or let the merchant authorise again.", zh: "请使用最近一次返回的app_refresh_token，或让商户重新授权。" },
    "REFRESH_TOKEN_TIME_OUT": { en: "Let the merchant authorise again.", zh: "请让商户重新授权。" },
  },
};

/** Exchange or refresh an app authorisation token 换取应用授权令牌 */
export class AlipayOpenAuthTokenAppRequest extends MethodRequest<"alipay.open.auth.token.app", AlipayOpenAuthTokenAppFields> {
  readonly method = "alipay.open.auth.token.app";

  setGrantType(value: AlipayOpenAuthTokenAppFields["grantType"]): this {
    return this.set("grantType", value);
  }

  setCode(value: AlipayOpenAuthTokenAppFields["code"]): this {
    return this.set("code", value);
  }

  setRefreshToken(value: AlipayOpenAuthTokenAppFields["refreshToken"]): this {
    return this.set("refreshToken", value);
  }
}
