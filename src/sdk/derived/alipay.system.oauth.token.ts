// Derived from src/methods/alipay.system.oauth.token.ts by `npm run derive`. Edit there, not here.
import type { MethodFacts } from "../method-facts.ts";
import { MethodRequest } from "../method-request.ts";

/** Gives an access token for the auth_code that a user's authorisation sent back, or for a refresh token. The parameters are top-level ones, not in biz_content; the reply has no code and msg. */
export interface AlipaySystemOauthTokenFields {
  /** authorization_code, or refresh_token to renew. */
  readonly grantType: "authorization_code" | "refresh_token" | (string & {});
  /** The auth_code; with authorization_code. */
  readonly code?: string | undefined;
  /** RFC 7636: what the code_challenge of the authorisation was made of; with a code that has one, and with no other. */
  readonly codeVerifier?: string | undefined;
  /** The refresh token; with refresh_token. */
  readonly refreshToken?: string | undefined;
}

export interface AlipaySystemOauthTokenReply {
  /** To send as auth_token. */
  readonly accessToken: string;
  /** Stands for the same user; deprecated. Not sent to an app that has open_id. */
  readonly alipayUserId?: string | undefined;
  /** When the tokens were issued, Beijing time. */
  readonly authStart: string;
  /** Life of the access token, in seconds. */
  readonly expiresIn: number;
  /** Life of the refresh token, in seconds. */
  readonly reExpiresIn: number;
  /** Renews the access token, once. */
  readonly refreshToken: string;
  /** The user. Not sent to an app that has open_id. */
  readonly userId?: string | undefined;
  /** The user, as this app alone is told; in place of user_id, where the app is set so. */
  readonly openId?: string | undefined;
}

/** The sub_codes of the method's own. */
export type AlipaySystemOauthTokenSubCode = "isv.isv.grant-type-invalid" | "isv.code-invalid" | "isv.refresh-token-invalid" | "isv.unmatched-app-id" | "isv.refreshed-token-invalid" | "isv.refresh-token-time-out";

export const alipaySystemOauthToken: MethodFacts = {
  name: "alipay.system.oauth.token",
  auth: "app",
  place: "form",
  repeatable: false,
  request: { grantType: "grant_type", code: "code", codeVerifier: "code_verifier", refreshToken: "refresh_token" },
  response: { access_token: "string", alipay_user_id: "string", auth_start: "string", expires_in: "number", re_expires_in: "number", refresh_token: "string", user_id: "string", open_id: "string" },
  remedies: {
    "isv.isv.grant-type-invalid": { en: "Send grant_type as a top-level parameter.", zh: "请以顶层参数传入正确的grant_type。" },
    "isv.code-invalid": { en: "Let the user authorise again and use the new code once, with its code_verifier.", zh: "请让用户重新授权，新授权码只能使用一次，并传入对应的code_verifier。" },
    "isv.refresh-token-invalid": { en: "Let the user authorise again.", zh: "请让用户重新授权。" },
    "isv.unmatched-app-id": { en: "Refresh it with the app that it was issued to.", zh: "请使用获得该令牌的应用刷新。" },
    "isv.refreshed-token-invalid": { en: "Use the refresh token of the last reply, from one place only; now let the user authorise again.", zh: "请只在一处使用最近一次返回的refresh_token；现在请让用户重新授权。" },
    "isv.refresh-token-time-out": { en: "Let the user authorise again.", zh: "请让用户重新授权。" },
  },
};

/** Exchange or refresh an access token 换取授权访问令牌 */
export class AlipaySystemOauthTokenRequest extends MethodRequest<"alipay.system.oauth.token", AlipaySystemOauthTokenFields> {
  readonly method = "alipay.system.oauth.token";

  setGrantType(value: AlipaySystemOauthTokenFields["grantType"]): this {
    return this.set("grantType", value);
  }

  setCode(value: AlipaySystemOauthTokenFields["code"]): this {
    return this.set("code", value);
  }

  setCodeVerifier(value: AlipaySystemOauthTokenFields["codeVerifier"]): this {
    return this.set("codeVerifier", value);
  }

  setRefreshToken(value: AlipaySystemOauthTokenFields["refreshToken"]): this {
    return this.set("refreshToken", value);
  }
}
