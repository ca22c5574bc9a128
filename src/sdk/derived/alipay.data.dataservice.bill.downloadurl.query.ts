// Derived from src/methods/alipay.data.dataservice.bill.downloadurl.query.ts by `npm run derive`. Edit there, not here.
import type { MethodFacts } from "../method-facts.ts";
import { MethodRequest } from "../method-request.ts";

/** An address from which the merchant's statement of one day or month can be downloaded for 30 seconds: a ZIP archive of two CSV files in GBK, each line and the sums of each day, named as the real platform's. A day's statement is issued ten minutes after the day is over in Beijing, a month's after its last day, and neither changes afterwards. */
export interface AlipayDataDataserviceBillDownloadurlQueryFields {
  /** trade or signcustomer; both tell of inquiries, the only business there is here, in files of the one's or the other's names. */
  readonly billType: "trade" | "signcustomer" | (string & {});
  /** The day in Beijing, yyyy-MM-dd, or the month, yyyy-MM. */
  readonly billDate: string;
}

export interface AlipayDataDataserviceBillDownloadurlQueryReply {
  /** The address; it holds for 30 seconds. */
  readonly billDownloadUrl: string;
}

/** The sub_codes of the method's own. */
export type AlipayDataDataserviceBillDownloadurlQuerySubCode = "isv.invalid_arguments" | "isp.bill_not_exist";

export const alipayDataDataserviceBillDownloadurlQuery: MethodFacts = {
  name: "alipay.data.dataservice.bill.downloadurl.query",
  auth: "app",
  place: "biz_content",
  repeatable: true,
  request: { billType: "bill_type", billDate: "bill_date" },
  response: { bill_download_url: "string" },
  remedies: {
    "isv.invalid_arguments": { en: "Send bill_type=trade and bill_date as yyyy-MM-dd or yyyy-MM.", zh: "请传bill_type=trade，bill_date格式为yyyy-MM-dd或yyyy-MM。" },
    "isp.bill_not_exist": { en: "Ask from ten minutes after the end of the day, or of the month, in Beijing.", zh: "请于次日（月账单为次月1日）00:10（北京时间）后查询。" },
  },
};

/** Address of a statement 查询对账单下载地址 */
export class AlipayDataDataserviceBillDownloadurlQueryRequest extends MethodRequest<"alipay.data.dataservice.bill.downloadurl.query", AlipayDataDataserviceBillDownloadurlQueryFields> {
  readonly method = "alipay.data.dataservice.bill.downloadurl.query";

  setBillType(value: AlipayDataDataserviceBillDownloadurlQueryFields["billType"]): this {
    return this.set("billType", value);
  }

  setBillDate(value: AlipayDataDataserviceBillDownloadurlQueryFields["billDate"]): this {
    return this.set("billDate", value);
  }
}
