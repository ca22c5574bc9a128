import type { InquiryRefusal } from "../inquiry/inquiry.ts";
import { gatewayRefusal } from "../protocol/gateway-errors.ts";
import type { MethodSpec } from "../protocol/method-spec.ts";
import type { Refusal } from "../protocol/refusal.ts";
import { defineMethod, refuse } from "./method.ts";

export const scoreProductCode = "w1010100100000000001";

const spec = {
  name: "zhima.credit.score.get",
  title: { en: "Zhima score", zh: "芝麻分" },
  description: {
    en: "The credit score of a person who authorised the calling app. The same transaction_id within 86,400 seconds gives the first answer again and is billed once.",
    zh: "查询已授权用户的信用评分。86,400秒内使用相同transaction_id重复查询，返回首次结果且不重复计费。",
  },
  auth: "user",
  actsForMerchants: true,
  fields: "biz_content",
  reply: "coded",
  request: {
    product_code: {
      type: "string",
      required: true,
      maxLength: 20,
      oneOf: [scoreProductCode],
      missing: "PRODUCT_CODE_IS_NULL",
      invalid: "API_PRODUCT_NOT_MATCH",
      doc: { en: "The product; always the example's value.", zh: "产品码，直接使用示例值。" },
      example: scoreProductCode,
    },
    transaction_id: {
      type: "string",
      required: true,
      maxLength: 64,
      pattern: /^[A-Za-z0-9_]{1,64}$/,
      missing: "PARAMETER_INVALID",
      invalid: "INVALID_TRANSACTION_ID",
      doc: {
        en: "The merchant's own unique mark of the request: letters, digits and underscores. A JSON number is taken digit by digit.",
        zh: "商户请求的唯一标志，由字母、数字、下划线组成。若以JSON数字传入，按原样逐位读取。",
      },
      example: "201512100936588040000000465158",
    },
  },
  response: {
    biz_no: {
      type: "string",
      required: true,
      maxLength: 32,
      doc: { en: "Kaimen's mark of the inquiry, for reconciliation.", zh: "业务号，用于对账。" },
      example: "ZM202611221200000000010000000001",
    },
    zm_score: {
      type: "string",
      required: true,
      maxLength: 10,
      doc: {
        en: 'The score, "350" to "950", or "N/A" when the data do not suffice.',
        zh: "信用分，取值[350,950]；数据不足时为N/A。",
      },
      example: "800",
    },
  },
  errors: {
    PRODUCT_CODE_IS_NULL: {
      code: "40004",
      subMessage: "产品码为空",
      cause: { en: "product_code is absent or empty.", zh: "product_code缺失或为空。" },
      remedy: { en: `Send ${scoreProductCode}.`, zh: `请传入正确的产品码${scoreProductCode}。` },
    },
    API_PRODUCT_NOT_MATCH: {
      code: "40004",
      subMessage: "输入的产品码不正确",
      cause: { en: "product_code is another product's.", zh: "product_code不是本接口的产品码。" },
      remedy: { en: `Send ${scoreProductCode}.`, zh: `请传入正确的产品码${scoreProductCode}。` },
    },
    PARAMETER_INVALID: {
      code: "40004",
      subMessage: "参数错误",
      cause: { en: "transaction_id is absent or empty.", zh: "transaction_id缺失或为空。" },
      remedy: { en: "Check that every parameter is there and right.", zh: "检查传入的参数是否齐全和正确。" },
    },
    INVALID_TRANSACTION_ID: {
      code: "40004",
      subMessage: "业务流水号不正确",
      cause: {
        en: "transaction_id has other characters than letters, digits and underscores, or more than 64.",
        zh: "transaction_id含有字母、数字、下划线以外的字符，或超过64位。",
      },
      remedy: {
        en: "Send a unique id of 1 to 64 letters, digits and underscores.",
        zh: "请传入由字母、数字、下划线组成、不超过64位的唯一流水号。",
      },
    },
    AUTHENTICATION_FAIL: {
      code: "40004",
      subMessage: "鉴权失败",
      cause: {
        en: "The user has not authorised the app for auth_zhima, or the authorisation has expired or was revoked.",
        zh: "用户未授权（auth_zhima）、授权已过期或已取消。",
      },
      remedy: { en: "Let the user authorise again.", zh: "请让用户重新授权。" },
    },
    TRANSACTIONID_CLOSE: {
      code: "40004",
      subMessage: "对应的流水超时关闭",
      cause: {
        en: "The first inquiry with this id could not finish by its deadline. It was not billed.",
        zh: "该流水号的首次查询超时关闭，未计费。",
      },
      remedy: { en: "Ask with a new transaction_id.", zh: "请使用新的transaction_id进行查询。" },
    },
    TRANSACTION_ID_EXPIRED: {
      code: "40004",
      subMessage: "业务流水号已过期",
      cause: { en: "The id was first used more than 86,400 seconds ago.", zh: "该流水号首次使用已超过86,400秒。" },
      remedy: { en: "Ask with a new transaction_id.", zh: "请使用新的transaction_id进行查询。" },
    },
    TRANSACTION_ID_REPEAT: {
      code: "40004",
      subMessage: "相同业务流水号但业务参数不一致,请求被拒绝。",
      cause: {
        en: "The id was used for another person or another product.",
        zh: "该流水号已用于其他用户或产品的查询。",
      },
      remedy: {
        en: "Use an id of its own for each different request.",
        zh: "参数不同的请求需要生成唯一的业务流水号transaction_id进行调用。",
      },
    },
    NO_VALID_ARRANGEMENT: {
      code: "40004",
      subMessage: "无有效合约",
      cause: {
        en: "The merchant has no contract for the product, or it is suspended or out of its term.",
        zh: "产品未签约、合约暂停或到期。",
      },
      remedy: { en: "Sign or renew the product.", zh: "需要商户完成产品签约或续约。" },
    },
    ARRANGEMENT_OVER_LIMIT: {
      code: "40004",
      subMessage: "商户受限合约达到使用次数",
      cause: { en: "The contract's number of inquiries is used up.", zh: "受限合约的查询次数已用完。" },
      remedy: {
        en: "Complete the product's contract: let the operator raise or lift its quota.",
        zh: "请补全该产品签约信息，由运营方提高或取消次数限制。",
      },
    },
  },
} as const satisfies MethodSpec;

/** What an inquiry of any product may be refused with. */
export const inquiryErrors = spec.errors;

export const zhimaCreditScoreGet = defineMethod(spec, async (platform, request, caller, headers) => {
  const { transactionId } = request;
  const inquired = await platform.inquiries.inquire({
    merchantId: caller.merchantId,
    appId: caller.app.appId,
    productCode: request.productCode,
    transactionId,
    grant: caller.grant,
  });
  if (inquired.outcome !== "accepted" && inquired.outcome !== "replayed") {
    if (inquired.outcome === "token_invalid") platform.tokens.forget(caller.accessToken);
    return inquiryRefusals[inquired.outcome];
  }
  const { bizNo } = inquired;
  headers.repeatAs({ transactionId, bizNo });
  return { bizNo, zmScore: inquired.score === null ? "N/A" : String(inquired.score) };
});

/** Each refusal of the inquiry desk as the published one. */
export const inquiryRefusals: Readonly<Record<InquiryRefusal, Refusal>> = {
  token_invalid: gatewayRefusal("aop.invalid-auth-token"),
  token_expired: gatewayRefusal("aop.auth-token-time-out"),
  unauthorised: refuse(spec, "AUTHENTICATION_FAIL"),
  transaction_closed: refuse(spec, "TRANSACTIONID_CLOSE"),
  transaction_expired: refuse(spec, "TRANSACTION_ID_EXPIRED"),
  transaction_repeated: refuse(spec, "TRANSACTION_ID_REPEAT"),
  no_arrangement: refuse(spec, "NO_VALID_ARRANGEMENT"),
  over_limit: refuse(spec, "ARRANGEMENT_OVER_LIMIT"),
};
