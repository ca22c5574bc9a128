import { findMerchantAuthorisation, type Subject } from "../consent/merchant-authorisation.ts";
import { nameFault } from "../consent/name-fault.ts";
import { identityCard, nameId, personOf } from "../consent/people.ts";
import { admitThreshold } from "../inquiry/thresholds.ts";
import type { MethodSpec } from "../protocol/method-spec.ts";
import type { Platform } from "../platform.ts";
import { defineMethod, refuse } from "./method.ts";
import { inquiryErrors, inquiryRefusals } from "./zhima.credit.score.get.ts";

export const briefProductCode = "w1010100000000002733";

const spec = {
  name: "zhima.credit.score.brief.get",
  title: { en: "Zhima score, brief", zh: "芝麻分普惠版" },
  description: {
    en: "Whether a person's score reaches a threshold; the score itself stays here. Only of a person who has authorised one of the merchant's apps. The same transaction_id within 86,400 seconds gives the first answer again and is billed once.",
    zh: "查询用户的信用评分是否达到准入分，不返回评分。仅限已授权本商户的用户。86,400秒内使用相同transaction_id重复查询，返回首次结果且不重复计费。",
  },
  auth: "app",
  fields: "biz_content",
  reply: "coded",
  request: {
    product_code: {
      type: "string",
      required: true,
      maxLength: 20,
      oneOf: [briefProductCode],
      missing: "PRODUCT_CODE_IS_NULL",
      invalid: "API_PRODUCT_NOT_MATCH",
      doc: { en: "The product; always the example's value.", zh: "产品码，直接使用示例值。" },
      example: briefProductCode,
    },
    transaction_id: {
      type: "string",
      required: true,
      maxLength: 64,
      pattern: /^[A-Za-z0-9_]{1,64}$/,
      missing: "INVALID_PARAMETER",
      invalid: "INVALID_TRANSACTION_ID",
      doc: {
        en: "The merchant's own unique mark of the request: letters, digits and underscores.",
        zh: "商户请求的唯一标志，由字母、数字、下划线组成。",
      },
      example: "201512100936588040000000465159",
    },
    cert_type: {
      type: "string",
      required: true,
      maxLength: 32,
      oneOf: ["IDENTITY_CARD", "PASSPORT", "ALIPAY_USER_ID"],
      missing: "INVALID_PARAMETER",
      invalid: "INVALID_PARAMETER",
      doc: {
        en: "What cert_no is: IDENTITY_CARD, PASSPORT or ALIPAY_USER_ID.",
        zh: "证件类型：IDENTITY_CARD、PASSPORT或ALIPAY_USER_ID。",
      },
      example: "ALIPAY_USER_ID",
    },
    cert_no: {
      type: "string",
      required: true,
      maxLength: 32,
      missing: "INVALID_PARAMETER",
      invalid: "INVALID_PARAMETER",
      doc: { en: "The credential's number, unmasked, or the user's id.", zh: "证件号码（不脱敏）或用户ID。" },
      example: "2088000000000101",
    },
    name: {
      type: "string",
      required: false,
      maxLength: 64,
      invalid: "INVALID_PARAMETER",
      doc: {
        en: "The person's name; needed unless cert_type is ALIPAY_USER_ID.",
        zh: "姓名；cert_type为ALIPAY_USER_ID时可不传。",
      },
      example: "张三",
    },
    admittance_score: {
      type: "string",
      required: true,
      pattern: /^(?:3[5-9]\d|[4-8]\d\d|9[0-4]\d|950)$/,
      missing: "INVALID_PARAMETER",
      invalid: "INVALID_PARAMETER",
      doc: { en: "The threshold, 350 to 950. Keep to one value.", zh: "准入分，取值[350,950]，请保持稳定。" },
      example: "650",
    },
  },
  response: {
    biz_no: {
      type: "string",
      required: true,
      maxLength: 32,
      doc: { en: "Kaimen's mark of the inquiry, for reconciliation.", zh: "业务号，用于对账。" },
      example: "ZM202611221200000000010000000002",
    },
    is_admittance: {
      type: "string",
      required: true,
      maxLength: 8,
      doc: {
        en: "Y: the score reaches the threshold; N: it does not; N/A: the data do not suffice for a score.",
        zh: "Y：达到准入分；N：未达到；N/A：数据不足，无法评估。",
      },
      example: "Y",
    },
  },
  errors: {
    PRODUCT_CODE_IS_NULL: {
      ...inquiryErrors.PRODUCT_CODE_IS_NULL,
      remedy: { en: `Send ${briefProductCode}.`, zh: `请传入正确的产品码${briefProductCode}。` },
    },
    API_PRODUCT_NOT_MATCH: {
      ...inquiryErrors.API_PRODUCT_NOT_MATCH,
      remedy: { en: `Send ${briefProductCode}.`, zh: `请传入正确的产品码${briefProductCode}。` },
    },
    INVALID_PARAMETER: {
      code: "40004",
      subMessage: "参数有误",
      namesField: true,
      cause: {
        en: "A field is absent or not as published, or the name is missing beside a credential.",
        zh: "参数缺失或不符合要求，或缺少与证件对应的姓名。",
      },
      remedy: { en: "Mend the field that sub_msg names.", zh: "请修正sub_msg指出的参数。" },
    },
    INVALID_TRANSACTION_ID: inquiryErrors.INVALID_TRANSACTION_ID,
    ADMITTANCE_SCORE_NUM_LIMITED: {
      code: "40004",
      subMessage: "准入分个数超过限制",
      cause: {
        en: "The merchant has used too many different thresholds this month (KAIMEN_ADMITTANCE_SCORES): many of them together would tell the score.",
        zh: "商户本月使用的不同准入分个数超过限制（KAIMEN_ADMITTANCE_SCORES）。",
      },
      remedy: { en: "Keep to the thresholds used so far.", zh: "请使用固定的准入分。" },
    },
    AUTHENTICATION_FAIL: {
      ...inquiryErrors.AUTHENTICATION_FAIL,
      cause: {
        en: "No such person has authorised one of the merchant's apps for auth_zhima, or no longer.",
        zh: "用户未授权本商户（auth_zhima），或授权已过期、已取消。",
      },
    },
    TRANSACTIONID_CLOSE: inquiryErrors.TRANSACTIONID_CLOSE,
    TRANSACTION_ID_EXPIRED: inquiryErrors.TRANSACTION_ID_EXPIRED,
    TRANSACTION_ID_REPEAT: inquiryErrors.TRANSACTION_ID_REPEAT,
    NO_VALID_ARRANGEMENT: inquiryErrors.NO_VALID_ARRANGEMENT,
    ARRANGEMENT_OVER_LIMIT: inquiryErrors.ARRANGEMENT_OVER_LIMIT,
  },
} as const satisfies MethodSpec;

export const zhimaCreditScoreBriefGet = defineMethod(spec, async (platform, request, caller) => {
  const { store, clock, config, inquiries } = platform;
  const { merchantId } = caller;
  const { appId } = caller.app;
  const { certType, certNo, name } = request;
  if (certType !== "ALIPAY_USER_ID" && name === undefined)
    return refuse(spec, "INVALID_PARAMETER", "参数有误：name不能为空");
  const fault = certType === "ALIPAY_USER_ID" ? undefined : nameFault(name ?? "");
  if (fault !== undefined) return refuse(spec, "INVALID_PARAMETER", `参数有误：name${fault.zh}`);
  const subject = await subjectOf(platform, { certType, certNo, name: name ?? "" });
  const grant = subject && (await findMerchantAuthorisation(store, clock, merchantId, subject));
  if (grant === undefined) return refuse(spec, "AUTHENTICATION_FAIL");
  const admittanceScore = Number(request.admittanceScore);
  if (!(await admitThreshold(store, clock, { merchantId, admittanceScore, most: config.admittanceScores }))) {
    return refuse(spec, "ADMITTANCE_SCORE_NUM_LIMITED");
  }
  const { productCode, transactionId } = request;
  const inquired = await inquiries.inquire({ merchantId, appId, productCode, transactionId, grant, admittanceScore });
  if (inquired.outcome !== "accepted" && inquired.outcome !== "replayed") return inquiryRefusals[inquired.outcome];
  const { score, bizNo } = inquired;
  return { bizNo, isAdmittance: score === null ? "N/A" : score >= admittanceScore ? "Y" : "N" };
});

/** Where an operator has said which name holds, no other one does. */
const knownByNameSql = `
select from person_name where bucket = $1 and person_id = $2 and name_id = $3
  and not exists (select from name_decision decided where decided.bucket = $1 and decided.person_id = $2 and decided.name_id <> $3)`;

/** A credential counts only together with a name that it is known under; for all others nobody is there. */
export async function subjectOf(
  { store, vault }: Platform,
  identity: { certType: string; certNo: string; name: string },
): Promise<Subject | undefined> {
  if (identity.certType === "ALIPAY_USER_ID") return { userId: identity.certNo };
  const type = identity.certType === "IDENTITY_CARD" ? identityCard : identity.certType;
  const person = personOf(vault, type, identity.certNo);
  const [known] = await store.query(knownByNameSql, [person.bucket, person.personId, nameId(vault, identity.name)]);
  return known && { person };
}
