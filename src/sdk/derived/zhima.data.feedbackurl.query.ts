// Derived from src/methods/zhima.data.feedbackurl.query.ts by `npm run derive`. Edit there, not here.
import type { MethodFacts } from "../method-facts.ts";
import { MethodRequest } from "../method-request.ts";

/** Gives the address of the workbook that describes the columns this app may feed back, with a sheet to fill in. */
export interface ZhimaDataFeedbackurlQueryFields {
  /** The merchant's own number. */
  readonly merchantId: string;
}

export interface ZhimaDataFeedbackurlQueryReply {
  /** Where to download the template. */
  readonly feedbackUrl: string;
}

/** The sub_codes of the method's own. */
export type ZhimaDataFeedbackurlQuerySubCode = "INVALID_PARAMETER";

export const zhimaDataFeedbackurlQuery: MethodFacts = {
  name: "zhima.data.feedbackurl.query",
  auth: "app",
  place: "biz_content",
  repeatable: true,
  request: { merchantId: "merchant_id" },
  response: { feedback_url: "string" },
  remedies: {
    "INVALID_PARAMETER": { en: "Send your own merchant's number.", zh: "请传入本应用所属商户的编号。" },
  },
};

/** Where the feedback template is 获取数据反馈模板 */
export class ZhimaDataFeedbackurlQueryRequest extends MethodRequest<"zhima.data.feedbackurl.query", ZhimaDataFeedbackurlQueryFields> {
  readonly method = "zhima.data.feedbackurl.query";

  setMerchantId(value: ZhimaDataFeedbackurlQueryFields["merchantId"]): this {
    return this.set("merchantId", value);
  }
}
