// Derived from src/methods/alipay.open.auth.token.app.query.ts by `npm run derive`. Edit there, not here.
import type { MethodFacts } from "../method-facts.ts";
import { MethodRequest } from "../method-request.ts";

/** Says which merchant an app_auth_token stands for, and whether it still holds. */
export interface AlipayOpenAuthTokenAppQueryFields {
  /** The token. */
  readonly appAuthToken: string;
}

export interface AlipayOpenAuthTokenAppQueryReply {
  /** The merchant's own app. */
  readonly authAppId: string;
  /** When the token ends, Beijing time. */
  readonly authEnd: string;
  /** When it was issued, Beijing time. */
  readonly authStart: string;
  /** Life of the token, in seconds. */
  readonly expiresIn: number;
  /** valid or invalid. */
  readonly status: string;
  /** The merchant who authorised. */
  readonly userId: string;
}

/** The sub_codes of the method's own. */
export type AlipayOpenAuthTokenAppQuerySubCode = "AUTH_TOKEN_NOT_FOUND";

export const alipayOpenAuthTokenAppQuery: MethodFacts = {
  name: "alipay.open.auth.token.app.query",
  auth: "app",
  place: "biz_content",
  repeatable: true,
  request: { appAuthToken: "app_auth_token" },
  response: { auth_app_id: "string", auth_end: "string", auth_start: "string", expires_in: "number", status: "string", user_id: "string" },
  remedies: {
    "AUTH_TOKEN_NOT_FOUND": { en: "Ask with the app that the token was issued to.", zh: "请使用获得该令牌的应用查询。" },
  },
};

/** What an app authorisation token stands for 查询应用授权令牌 */
export class AlipayOpenAuthTokenAppQueryRequest extends MethodRequest<"alipay.open.auth.token.app.query", AlipayOpenAuthTokenAppQueryFields> {
  readonly method = "alipay.open.auth.token.app.query";

  setAppAuthToken(value: AlipayOpenAuthTokenAppQueryFields["appAuthToken"]): this {
    return this.set("appAuthToken", value);
  }
}
