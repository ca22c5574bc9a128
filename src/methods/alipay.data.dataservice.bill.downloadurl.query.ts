import { isLedgerDay } from "../ledger/ledger.ts";
import { issueStatement, StatementError } from "../ledger/statement.ts";
import { statementUrl } from "../ledger/statement-url.ts";
import type { MethodSpec } from "../protocol/method-spec.ts";
import { defineMethod, refuse } from "./method.ts";

const spec = {
  name: "alipay.data.dataservice.bill.downloadurl.query",
  title: { en: "Address of a statement", zh: "查询对账单下载地址" },
  description: {
    en: "An address from which the merchant's statement of one day can be downloaded as CSV for 30 seconds. A day's statement is issued ten minutes after the day is over in Beijing, and never changes afterwards.",
    zh: "返回商户某日对账单（CSV）的下载地址，30秒内有效。对账单于次日00:10（北京时间）后出具，出具后不再变更。",
  },
  auth: "app",
  fields: "biz_content",
  reply: "coded",
  request: {
    bill_type: {
      type: "string",
      required: true,
      maxLength: 20,
      oneOf: ["trade", "signcustomer"],
      missing: "INVALID_ARGUMENTS",
      invalid: "INVALID_ARGUMENTS",
      doc: {
        en: "trade or signcustomer; both give the statement of inquiries, the only kind there is here.",
        zh: "账单类型：trade或signcustomer，均返回查询对账单。",
      },
      example: "trade",
    },
    bill_date: {
      type: "string",
      required: true,
      maxLength: 15,
      pattern: /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/,
      missing: "INVALID_ARGUMENTS",
      invalid: "INVALID_ARGUMENTS",
      doc: { en: "The day in Beijing, yyyy-MM-dd.", zh: "账单日期（北京时间），格式yyyy-MM-dd。" },
      example: "2026-11-21",
    },
  },
  response: {
    bill_download_url: {
      type: "string",
      required: true,
      maxLength: 2048,
      doc: { en: "The address; it holds for 30 seconds.", zh: "对账单下载地址，30秒内有效。" },
      example:
        "https://credit.example/bills/2088000000000018/2026-11-21.csv?expires=1795276830000000&app_id=2021000000000001&sign=8b1a9953-c461-1296-a827-abf8c47804d7",
    },
  },
  errors: {
    INVALID_ARGUMENTS: {
      code: "40004",
      subMessage: "入参不合法",
      namesField: true,
      cause: { en: "bill_type or bill_date is absent or malformed.", zh: "bill_type或bill_date缺失或格式错误。" },
      remedy: {
        en: "Send bill_type=trade and bill_date as yyyy-MM-dd.",
        zh: "请传bill_type=trade，bill_date格式为yyyy-MM-dd。",
      },
    },
    BILL_NOT_EXIST: {
      code: "40004",
      subMessage: "账单不存在",
      cause: {
        en: "The day is not over, or no such day's statement can be issued yet.",
        zh: "该日尚未结束，账单还未出具。",
      },
      remedy: {
        en: "Ask from ten minutes after the end of the day in Beijing.",
        zh: "请于次日00:10（北京时间）后查询。",
      },
    },
  },
} as const satisfies MethodSpec;

export const alipayDataDataserviceBillDownloadurlQuery = defineMethod(spec, async (platform, request, caller) => {
  const { store, clock, vault } = platform;
  if (!isLedgerDay(request.billDate))
    return refuse(spec, "INVALID_ARGUMENTS", "入参不合法：bill_date应为1970年至2199年间真实存在的日期，格式yyyy-MM-dd");
  try {
    const statement = await issueStatement(store, clock, caller.merchantId, request.billDate);
    return {
      billDownloadUrl: statementUrl(vault, clock, platform.baseUrl(), { ...statement, appId: caller.app.appId }),
    };
  } catch (error) {
    if (error instanceof StatementError) return refuse(spec, "BILL_NOT_EXIST");
    throw error;
  }
});
