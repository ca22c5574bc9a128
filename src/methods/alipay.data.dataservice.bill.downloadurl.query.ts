import { type BillKind, billKinds, isBillPeriod, issueBill } from "../ledger/bill.ts";
import { billUrl } from "../ledger/bill-url.ts";
import { StatementError } from "../ledger/statement.ts";
import type { MethodSpec } from "../protocol/method-spec.ts";
import { defineMethod, refuse } from "./method.ts";

const spec = {
  name: "alipay.data.dataservice.bill.downloadurl.query",
  title: { en: "Address of a statement", zh: "查询对账单下载地址" },
  description: {
    en: "An address from which the merchant's statement of one day or month can be downloaded for 30 seconds: a ZIP archive of two CSV files in GBK, each line and the sums of each day, named as the real platform's. A day's statement is issued ten minutes after the day is over in Beijing, a month's after its last day, and neither changes afterwards.",
    zh: "返回商户某日或某月对账单的下载地址，30秒内有效。下载内容为ZIP压缩包，内含明细与汇总两个CSV文件（GBK编码），文件名与支付宝一致。日账单于次日00:10（北京时间）后出具，月账单于该月最后一日的账单出具后可查，出具后不再变更。",
  },
  auth: "app",
  fields: "biz_content",
  reply: "coded",
  request: {
    bill_type: {
      type: "string",
      required: true,
      maxLength: 20,
      oneOf: Object.keys(billKinds),
      missing: "isv.invalid_arguments",
      invalid: "isv.invalid_arguments",
      doc: {
        en: "trade or signcustomer; both tell of inquiries, the only business there is here, in files of the one's or the other's names.",
        zh: "账单类型：trade或signcustomer，内容均为查询明细，文件名分别为业务明细与账务明细。",
      },
      example: "trade",
    },
    bill_date: {
      type: "string",
      required: true,
      maxLength: 15,
      pattern: /^\d{4}-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?$/,
      missing: "isv.invalid_arguments",
      invalid: "isv.invalid_arguments",
      doc: {
        en: "The day in Beijing, yyyy-MM-dd, or the month, yyyy-MM.",
        zh: "账单日期（北京时间）：日账单格式yyyy-MM-dd，月账单格式yyyy-MM。",
      },
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
        "https://credit.example/bills/downloadBillFile.resource?bizType=trade&userId=2088000000000018&fileType=csv.zip&bizDates=20261121&downloadFileName=20880000000000180156_20261121.csv.zip&fileId=%2Ftrade%2F2021000000000001%2F20880000000000180156_20261121.csv.zip&timestamp=1795276800000&token=8b1a9953-c461-1296-a827-abf8c47804d7",
    },
  },
  errors: {
    "isv.invalid_arguments": {
      code: "40004",
      subMessage: "入参不合法",
      namesField: true,
      cause: { en: "bill_type or bill_date is absent or malformed.", zh: "bill_type或bill_date缺失或格式错误。" },
      remedy: {
        en: "Send bill_type=trade and bill_date as yyyy-MM-dd or yyyy-MM.",
        zh: "请传bill_type=trade，bill_date格式为yyyy-MM-dd或yyyy-MM。",
      },
    },
    "isp.bill_not_exist": {
      code: "40004",
      subMessage: "账单不存在",
      cause: {
        en: "The day or the month is not over, so that its statement cannot be issued yet.",
        zh: "该日或该月尚未结束，账单还未出具。",
      },
      remedy: {
        en: "Ask from ten minutes after the end of the day, or of the month, in Beijing.",
        zh: "请于次日（月账单为次月1日）00:10（北京时间）后查询。",
      },
    },
  },
} as const satisfies MethodSpec;

export const alipayDataDataserviceBillDownloadurlQuery = defineMethod(spec, async (platform, request, caller) => {
  const { store, clock, vault } = platform;
  const bill = {
    merchantId: caller.merchantId,
    kind: request.billType as BillKind, // The spec lets no other through.
    period: request.billDate,
  };
  if (!isBillPeriod(bill.period))
    return refuse(
      spec,
      "isv.invalid_arguments",
      "入参不合法：bill_date应为1970年至2199年间真实存在的日期或月份，格式yyyy-MM-dd或yyyy-MM",
    );
  try {
    await issueBill(store, clock, bill);
    return { billDownloadUrl: billUrl(vault, clock, platform.baseUrl(), { ...bill, appId: caller.app.appId }) };
  } catch (error) {
    if (error instanceof StatementError) return refuse(spec, "isp.bill_not_exist");
    throw error;
  }
});
