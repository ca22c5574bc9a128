// Derived from src/methods/zhima.credit.score.get.ts by `npm run derive`. Edit there, not here.
import type { MethodFacts, Score } from "../method-facts.ts";
import { MethodRequest } from "../method-request.ts";

/** The credit score of a person who authorised the calling app. The same transaction_id within 86,400 seconds gives the first answer again and is billed once. */
export interface ZhimaCreditScoreGetFields {
  /** The product; always the example's value. */
  readonly productCode: "w1010100100000000001" | (string & {});
  /** The merchant's own unique mark of the request: letters, digits and underscores. A JSON number is taken digit by digit. */
  readonly transactionId: string;
}

export interface ZhimaCreditScoreGetReply {
  /** Kaimen's mark of the inquiry, for reconciliation. */
  readonly bizNo: string;
  /** The score, "350" to "950", or "N/A" when the data do not suffice. */
  readonly zmScore: Score;
}

/** The sub_codes of the method's own. */
export type ZhimaCreditScoreGetSubCode = "PRODUCT_CODE_IS_NULL" | "API_PRODUCT_NOT_MATCH" | "PARAMETER_INVALID" | "INVALID_TRANSACTION_ID" | "AUTHENTICATION_FAIL" | "TRANSACTIONID_CLOSE" | "TRANSACTION_ID_EXPIRED" | "TRANSACTION_ID_REPEAT" | "NO_VALID_ARRANGEMENT" | "ARRANGEMENT_OVER_LIMIT";

export const zhimaCreditScoreGet: MethodFacts = {
  name: "zhima.credit.score.get",
  auth: "user",
  place: "biz_content",
  repeatable: true,
  request: { productCode: "product_code", transactionId: "transaction_id" },
  response: { biz_no: "string", zm_score: "score" },
  remedies: {
    "PRODUCT_CODE_IS_NULL": { en: "Send w1010100100000000001.", zh: "请传入正确的产品码w1010100100000000001。" },
    "API_PRODUCT_NOT_MATCH": { en: "Send w1010100100000000001.", zh: "请传入正确的产品码w1010100100000000001。" },
    "PARAMETER_INVALID": { en: "Check that every parameter is there and right.", zh: "检查传入的参数是否齐全和正确。" },
    "INVALID_TRANSACTION_ID": { en: "Send a unique id of 1 to 64 letters, digits and underscores.", zh: "请传入由字母、数字、下划线组成、不超过64位的唯一流水号。" },
    "AUTHENTICATION_FAIL": { en: "Let the user authorise again.", zh: "请让用户重新授权。" },
    "TRANSACTIONID_CLOSE": { en: "Ask with a new transaction_id.", zh: "请使用新的transaction_id进行查询。" },
    "TRANSACTION_ID_EXPIRED": { en: "Ask with a new transaction_id.", zh: "请使用新的transaction_id进行查询。" },
    "TRANSACTION_ID_REPEAT": { en: "Use an id of its own for each different request.", zh: "参数不同的请求需要生成唯一的业务流水号transaction_id进行调用。" },
    "NO_VALID_ARRANGEMENT": { en: "Sign or renew the product.", zh: "需要商户完成产品签约或续约。" },
    "ARRANGEMENT_OVER_LIMIT": { en: "Complete the product's contract: let the operator raise or lift its quota.", zh: "请补全该产品签约信息，由运营方提高或取消次数限制。" },
  },
};

/** Zhima score 芝麻分 */
export class ZhimaCreditScoreGetRequest extends MethodRequest<"zhima.credit.score.get", ZhimaCreditScoreGetFields> {
  readonly method = "zhima.credit.score.get";

  setProductCode(value: ZhimaCreditScoreGetFields["productCode"]): this {
    return this.set("productCode", value);
  }

  setTransactionId(value: ZhimaCreditScoreGetFields["transactionId"]): this {
    return this.set("transactionId", value);
  }
}
