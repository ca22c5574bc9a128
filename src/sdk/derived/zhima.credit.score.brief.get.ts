// Derived from src/methods/zhima.credit.score.brief.get.ts by `npm run derive`. Edit there, not here.
import type { MethodFacts } from "../method-facts.ts";
import { MethodRequest } from "../method-request.ts";

/** Whether a person's score reaches a threshold; the score itself stays here. Only of a person who has authorised one of the merchant's apps. The same transaction_id within 86,400 seconds gives the first answer again and is billed once. */
export interface ZhimaCreditScoreBriefGetFields {
  /** The product; always the example's value. */
  readonly productCode: "w1010100000000002733" | (string & {});
  /** The merchant's own unique mark of the request: letters, digits and underscores. */
  readonly transactionId: string;
  /** What cert_no is: IDENTITY_CARD, PASSPORT or ALIPAY_USER_ID. */
  readonly certType: "IDENTITY_CARD" | "PASSPORT" | "ALIPAY_USER_ID" | (string & {});
  /** The credential's number, unmasked, or the user's id. */
  readonly certNo: string;
  /** The person's name; needed unless cert_type is ALIPAY_USER_ID. */
  readonly name?: string | undefined;
  /** The threshold, 350 to 950. Keep to one value. */
  readonly admittanceScore: string;
}

export interface ZhimaCreditScoreBriefGetReply {
  /** Kaimen's mark of the inquiry, for reconciliation. */
  readonly bizNo: string;
  /** Y: the score reaches the threshold; N: it does not; N/A: the data do not suffice for a score. */
  readonly isAdmittance: string;
}

/** The sub_codes of the method's own. */
export type ZhimaCreditScoreBriefGetSubCode = "PRODUCT_CODE_IS_NULL" | "API_PRODUCT_NOT_MATCH" | "INVALID_PARAMETER" | "INVALID_TRANSACTION_ID" | "ADMITTANCE_SCORE_NUM_LIMITED" | "AUTHENTICATION_FAIL" | "TRANSACTIONID_CLOSE" | "TRANSACTION_ID_EXPIRED" | "TRANSACTION_ID_REPEAT" | "NO_VALID_ARRANGEMENT" | "ARRANGEMENT_OVER_LIMIT";

export const zhimaCreditScoreBriefGet: MethodFacts = {
  name: "zhima.credit.score.brief.get",
  auth: "app",
  place: "biz_content",
  repeatable: true,
  request: { productCode: "product_code", transactionId: "transaction_id", certType: "cert_type", certNo: "cert_no", name: "name", admittanceScore: "admittance_score" },
  response: { biz_no: "string", is_admittance: "string" },
  remedies: {
    "PRODUCT_CODE_IS_NULL": { en: "Send w1010100000000002733.", zh: "请传入正确的产品码w1010100000000002733。" },
    "API_PRODUCT_NOT_MATCH": { en: "Send w1010100000000002733.", zh: "请传入正确的产品码w1010100000000002733。" },
    "INVALID_PARAMETER": { en: "Mend the field that sub_msg names.", zh: "请修正sub_msg指出的参数。" },
    "INVALID_TRANSACTION_ID": { en: "Send a unique id of 1 to 64 letters, digits and underscores.", zh: "请传入由字母、数字、下划线组成、不超过64位的唯一流水号。" },
    "ADMITTANCE_SCORE_NUM_LIMITED": { en: "Keep to the thresholds used so far.", zh: "请使用固定的准入分。" },
    "AUTHENTICATION_FAIL": { en: "Let the user authorise again.", zh: "请让用户重新授权。" },
    "TRANSACTIONID_CLOSE": { en: "Ask with a new transaction_id.", zh: "请使用新的transaction_id进行查询。" },
    "TRANSACTION_ID_EXPIRED": { en: "Ask with a new transaction_id.", zh: "请使用新的transaction_id进行查询。" },
    "TRANSACTION_ID_REPEAT": { en: "Use an id of its own for each different request.", zh: "参数不同的请求需要生成唯一的业务流水号transaction_id进行调用。" },
    "NO_VALID_ARRANGEMENT": { en: "Sign or renew the product.", zh: "需要商户完成产品签约或续约。" },
    "ARRANGEMENT_OVER_LIMIT": { en: "Complete the product's contract: let the operator raise or lift its quota.", zh: "请补全该产品签约信息，由运营方提高或取消次数限制。" },
  },
};

/** Zhima score, brief 芝麻分普惠版 */
export class ZhimaCreditScoreBriefGetRequest extends MethodRequest<"zhima.credit.score.brief.get", ZhimaCreditScoreBriefGetFields> {
  readonly method = "zhima.credit.score.brief.get";

  setProductCode(value: ZhimaCreditScoreBriefGetFields["productCode"]): this {
    return this.set("productCode", value);
  }

  setTransactionId(value: ZhimaCreditScoreBriefGetFields["transactionId"]): this {
    return this.set("transactionId", value);
  }

  setCertType(value: ZhimaCreditScoreBriefGetFields["certType"]): this {
    return this.set("certType", value);
  }

  setCertNo(value: ZhimaCreditScoreBriefGetFields["certNo"]): this {
    return this.set("certNo", value);
  }

  setName(value: ZhimaCreditScoreBriefGetFields["name"]): this {
    return this.set("name", value);
  }

  setAdmittanceScore(value: ZhimaCreditScoreBriefGetFields["admittanceScore"]): this {
    return this.set("admittanceScore", value);
  }
}
