// Derived from src/methods/zhima.auth.info.authquery.ts by `npm run derive`. Edit there, not here.
import type { MethodFacts } from "../method-facts.ts";
import { MethodRequest } from "../method-request.ts";

/** Whether a person has authorised one of the calling merchant's apps for auth_zhima, at this moment. A person unknown here has authorised nobody. open_id is not given: Kaimen knows users by user_id alone. */
export interface ZhimaAuthInfoAuthqueryFields {
  /** 2: by credential and name; 5: by user id. */
  readonly identityType: "2" | "5" | (string & {});
  /** JSON text: {"certType":"IDENTITY_CARD","name":"…","certNo":"…"} for 2, {"userId":"…"} for 5. */
  readonly identityParam: string;
  /** C2B, a person's consent to a merchant: the only kind there is here. */
  readonly authCategory?: "C2B" | (string & {}) | undefined;
}

export interface ZhimaAuthInfoAuthqueryReply {
  /** Whether there is a live authorisation. */
  readonly authorized: boolean;
}

/** The sub_codes of the method's own. */
export type ZhimaAuthInfoAuthquerySubCode = "INVALID_PARAMETER";

export const zhimaAuthInfoAuthquery: MethodFacts = {
  name: "zhima.auth.info.authquery",
  auth: "app",
  place: "biz_content",
  repeatable: true,
  request: { identityType: "identity_type", identityParam: "identity_param", authCategory: "auth_category" },
  response: { authorized: "boolean" },
  remedies: {
    "INVALID_PARAMETER": { en: "Mend the field that sub_msg names.", zh: "请修正sub_msg指出的参数。" },
  },
};

/** Authorisation query 查询授权情况 */
export class ZhimaAuthInfoAuthqueryRequest extends MethodRequest<"zhima.auth.info.authquery", ZhimaAuthInfoAuthqueryFields> {
  readonly method = "zhima.auth.info.authquery";

  setIdentityType(value: ZhimaAuthInfoAuthqueryFields["identityType"]): this {
    return this.set("identityType", value);
  }

  setIdentityParam(value: ZhimaAuthInfoAuthqueryFields["identityParam"]): this {
    return this.set("identityParam", value);
  }

  setAuthCategory(value: ZhimaAuthInfoAuthqueryFields["authCategory"]): this {
    return this.set("authCategory", value);
  }
}
