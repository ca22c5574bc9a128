import { describe, expect, it } from "vitest";
import { methods } from "#kaimen/methods/index.ts";
import { gatewayErrors } from "#kaimen/protocol/gateway-errors.ts";
import { resultMessages } from "#kaimen/protocol/refusal.ts";

/** The error tables of the two published documents, text by text, with their own punctuation. */
const published: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "zhima.credit.score.get": {
    API_PRODUCT_NOT_MATCH: "输入的产品码不正确",
    AUTHENTICATION_FAIL: "鉴权失败",
    INVALID_TRANSACTION_ID: "业务流水号不正确",
    NO_VALID_ARRANGEMENT: "无有效合约",
    PARAMETER_INVALID: "参数错误",
    TRANSACTION_ID_EXPIRED: "业务流水号已过期",
    TRANSACTION_ID_REPEAT: "相同业务流水号但业务参数不一致,请求被拒绝。",
    TRANSACTIONID_CLOSE: "对应的流水超时关闭",
    PRODUCT_CODE_IS_NULL: "产品码为空",
    ARRANGEMENT_OVER_LIMIT: "商户受限合约达到使用次数",
  },
  "zhima.data.batch.feedback": {
    INVALID_PARAMETER: "参数有误。反馈数据参数质量校验错误(具体错误字段见真实返回值)",
    INVALID_DATA_ARGUMENTS: "反馈的数据参数错误或者不完整",
    INVALID_FILE_TYPE: "文件上传格式不支持",
    INVALID_PRIMARY_ARGUMENTS: "文件上传primary字段不合法",
    JSON_PARSE_ERROR: "json解析异常",
    READ_OPENAPIFILE_ERROR: "读取openapi文件出错",
  },
};

/** What a document says in place of the fields, which the reply itself names. */
const inTheReply = "(具体错误字段见真实返回值)";

describe.each(Object.entries(published))("the errors of %s", (name, texts) => {
  const errors = methods.get(name)?.spec.errors ?? {};

  it.each(Object.entries(texts))("%s is worded as published", (subCode, text) => {
    expect(errors[subCode]).toMatchObject({ code: "40004", subMessage: text.replace(inTheReply, "") });
    if (text.endsWith(inTheReply)) expect(errors[subCode]).toMatchObject({ namesField: true });
  });

  it("are those of the document, and no others", () => {
    expect(Object.keys(errors).toSorted()).toEqual(Object.keys(texts).toSorted());
  });
});

describe("the example of a fault, in both documents,", () => {
  it("is how a fault is answered", () => {
    const { code, subMessage } = gatewayErrors["isp.unknow-error"];
    expect([code, resultMessages[code], subMessage]).toEqual(["20000", "Service Currently Unavailable", "系统繁忙"]);
  });
});
