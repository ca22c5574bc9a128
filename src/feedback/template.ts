import type { Bilingual } from "../protocol/refusal.ts";

/** What a column's value must look like. Amounts are yuan, months yyyy-MM, days yyyy-MM-dd with or without a time. */
export type ColumnType = "text" | "identity_type" | "identity_number" | "amount" | "month" | "day" | "count";

/** What a column means to the score and the file of a person; a column without a role is kept as it came. */
export type ColumnRole =
  | "name"
  | "credentials_type"
  | "credentials_no"
  | "order_no"
  | "biz_type"
  | "order_status"
  | "create_amt"
  | "month"
  | "overdue_cnt"
  | "overdue_days"
  | "overdue_since"
  | "overdue_amt"
  | "pay_amt"
  | "credit_limit";

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly role?: ColumnRole;
  /** Its value may not be empty, and the column may not be left out. */
  readonly required: boolean;
  readonly maxLength: number;
  readonly doc: Bilingual;
}

/** A data feedback template (数据反馈模板): which columns a merchant may feed back, and what they mean. */
export interface Template {
  readonly name: string;
  readonly columns: readonly Column[];
  /** Values of order_status that tell more than "the order is being performed". Upper case. */
  readonly applicationStatuses: readonly string[];
  readonly settledStatuses: readonly string[];
}

/** The ten columns of the published document, and those that integrators send beside them. */
export const loanTemplate: Template = {
  name: "loan",
  columns: [
    { name: "user_name", type: "text", role: "name", required: true, maxLength: 64, doc: { en: "Name", zh: "姓名" } },
    {
      name: "user_credentials_type",
      type: "identity_type",
      role: "credentials_type",
      required: true,
      maxLength: 1,
      doc: { en: "Credential type: 0 is the resident identity card", zh: "证件类型：0为居民身份证" },
    },
    {
      name: "user_credentials_no",
      type: "identity_number",
      role: "credentials_no",
      required: true,
      maxLength: 32,
      doc: { en: "Credential number", zh: "证件号码" },
    },
    { name: "order_no", type: "text", role: "order_no", required: true, maxLength: 64, doc: { en: "Order number", zh: "订单号" } },
    { name: "biz_type", type: "text", role: "biz_type", required: false, maxLength: 32, doc: { en: "Kind of business", zh: "业务类型" } },
    {
      name: "order_status",
      type: "text",
      role: "order_status",
      required: false,
      maxLength: 32,
      doc: {
        en: "Order status: 01 approved, 02 refused, 04 being repaid, settled or overdue; or the merchant's own word",
        zh: "订单状态：01审批通过，02审批拒绝，04还款中、已结清或逾期；也可用商户自有状态",
      },
    },
    {
      name: "create_amt",
      type: "amount",
      role: "create_amt",
      required: false,
      maxLength: 18,
      doc: { en: "Amount due or lent, in yuan", zh: "应还或放款金额（元）" },
    },
    { name: "pay_month", type: "month", role: "month", required: false, maxLength: 7, doc: { en: "Month of repayment, yyyy-MM", zh: "还款月份，yyyy-MM" } },
    {
      name: "gmt_ovd_date",
      type: "day",
      role: "overdue_since",
      required: false,
      maxLength: 19,
      doc: { en: "Since when overdue, yyyy-MM-dd", zh: "逾期起始日期，yyyy-MM-dd" },
    },
    { name: "overdue_cnt", type: "count", role: "overdue_cnt", required: false, maxLength: 3, doc: { en: "Periods overdue", zh: "逾期期数" } },
    { name: "overdue_days", type: "count", role: "overdue_days", required: false, maxLength: 5, doc: { en: "Days overdue", zh: "逾期天数" } },
    { name: "overdue_amt", type: "amount", role: "overdue_amt", required: false, maxLength: 18, doc: { en: "Amount overdue, in yuan", zh: "逾期金额（元）" } },
    { name: "pay_amt", type: "amount", role: "pay_amt", required: false, maxLength: 18, doc: { en: "Amount paid in the month, in yuan", zh: "当月还款金额（元）" } },
    { name: "credit_limit", type: "amount", role: "credit_limit", required: false, maxLength: 18, doc: { en: "Credit limit, in yuan", zh: "授信额度（元）" } },
    { name: "gmt_pay", type: "day", required: false, maxLength: 19, doc: { en: "When paid or settled", zh: "还款或结清时间" } },
    { name: "memo", type: "text", required: false, maxLength: 256, doc: { en: "Remark", zh: "备注" } },
  ],
  applicationStatuses: ["01", "02", "APPROVED", "REFUSED", "REJECTED"],
  settledStatuses: ["SETTLED", "PAID_OFF", "CLOSED", "结清", "已结清"],
};

const templates = [loanTemplate];

export function templateNamed(name: string): Template {
  const template = templates.find((each) => each.name === name);
  if (template === undefined) throw new Error(`no template ${name}`);
  return template;
}

/**
 * What the law forbids to collect of anybody, whatever a template says: religion, genes, fingerprints, blood type,
 * disease and its history (Regulation on the Administration of the Credit Reporting Industry, article 14).
 */
const forbiddenColumns = /religio|faith|gene(?:tic|_|$)|dna|fingerprint|blood|illness|disease|medical|宗教|信仰|基因|指纹|血型|疾病|病史/i;

export function isForbiddenColumn(name: string): boolean {
  return forbiddenColumns.test(name);
}
