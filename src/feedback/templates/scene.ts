import type { Template } from "./template.ts";

/**
 * An order by its states, with corrections inside the data. Its columns, states and corrections are those that
 * integrators' published code sends; codes that nobody has published are not invented.
 */
export const sceneTemplate: Template = {
  name: "scene",
  version: 1,
  title: { en: "Orders by scene", zh: "场景订单" },
  industry: "any",
  columns: [
    { name: "biz_date", type: "day", role: "reported_on", required: true, maxLength: 19, doc: { en: "The day the record speaks of", zh: "业务日期" } },
    { name: "linked_merchant_id", type: "text", required: false, maxLength: 32, doc: { en: "The merchant a provider feeds back for", zh: "关联商户编号" } },
    { name: "user_credentials_type", type: "identity_type", role: "credentials_type", required: true, maxLength: 1, doc: { en: "Credential type: 0 is the resident identity card", zh: "证件类型：0为居民身份证" } },
    { name: "user_credentials_no", type: "identity_number", role: "credentials_no", required: true, maxLength: 32, doc: { en: "Credential number", zh: "证件号码" } },
    { name: "user_name", type: "text", role: "name", required: true, maxLength: 64, doc: { en: "Name", zh: "姓名" } },
    { name: "order_no", type: "text", role: "order_no", required: true, maxLength: 64, doc: { en: "Order number", zh: "订单号" } },
    { name: "scene_type", type: "text", role: "biz_type", required: true, maxLength: 8, doc: { en: "Scene: 1 is lending", zh: "场景类型：1为资金借贷" } },
    { name: "scene_desc", type: "text", required: false, maxLength: 256, doc: { en: "The scene in words", zh: "场景描述" } },
    { name: "scene_status", type: "text", role: "order_status", required: false, maxLength: 1, codes: [{ code: "0", doc: { en: "performing", zh: "履约中" } }, { code: "1", doc: { en: "in default", zh: "违约" } }, { code: "2", doc: { en: "settled", zh: "结清" } }, { code: "3", doc: { en: "abandoned by the person", zh: "用户放弃" } }, { code: "4", doc: { en: "refused", zh: "审批拒绝" } }, { code: "5", doc: { en: "approved", zh: "审批通过" } }, { code: "6", doc: { en: "service used or lent", zh: "服务已使用或已放款" } }], doc: { en: "State of the order", zh: "场景状态" } },
    { name: "create_amt", type: "amount", role: "create_amt", required: false, maxLength: 18, doc: { en: "Amount by state: lent, asked for or granted, in yuan", zh: "金额（元）：按状态为放款、申请或授信金额" } },
    { name: "installment_due_date", type: "day", required: false, maxLength: 19, doc: { en: "Due day of the instalment, or day of the event", zh: "分期应还日期或事件日期" } },
    { name: "overdue_amt", type: "amount", role: "overdue_amt", required: false, maxLength: 18, doc: { en: "Amount in default now, in yuan", zh: "当前违约金额（元）" } },
    { name: "gmt_ovd_date", type: "day", role: "overdue_since", required: false, maxLength: 19, doc: { en: "Start of the default", zh: "违约起始日期" } },
    { name: "rectify_flag", type: "text", role: "rectify_flag", required: false, maxLength: 1, codes: [{ code: "0", doc: { en: "as usual", zh: "正常" } }, { code: "1", doc: { en: "delete the order's history up to biz_date", zh: "删除该订单截至biz_date的历史" } }, { code: "2", doc: { en: "delete one record", zh: "删除一条记录" } }, { code: "3", doc: { en: "modify one record", zh: "修改一条记录" } }], doc: { en: "Correction", zh: "更正标识" } },
    { name: "memo", type: "text", required: false, maxLength: 256, doc: { en: "Remark", zh: "备注" } },
  ],
  credentials: { "0": "resident_identity_card" },
  statuses: {
    "1": { overdue: true },
    "2": { settled: true },
    "3": { stage: "application", abandoned: true },
    "4": { stage: "application" },
    "5": { stage: "application" },
    "6": { stage: "application" },
  },
  crossRules: [
    { column: "rectify_flag", oneOf: ["", "0", "3"], required: ["scene_status"] },
    { column: "rectify_flag", oneOf: ["2", "3"], required: ["installment_due_date"] },
    { column: "scene_status", oneOf: ["1"], required: ["gmt_ovd_date", "overdue_amt"] },
  ],
  afterSettled: "nothing",
  needsNotice: false,
  primaryKey: ["order_no"],
};
