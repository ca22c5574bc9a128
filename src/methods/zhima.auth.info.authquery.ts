import { nameFault } from "../consent/name-fault.ts";
import { findMerchantAuthorisation } from "../consent/merchant-authorisation.ts";
import { parseJson } from "../protocol/json.ts";
import type { MethodSpec } from "../protocol/method-spec.ts";
import { defineMethod, refuse } from "./method.ts";
import { subjectOf } from "./zhima.credit.score.brief.get.ts";

const spec = {
  name: "zhima.auth.info.authquery",
  title: { en: "Authorisation query", zh: "查询授权情况" },
  description: {
    en: "Whether a person has authorised one of the calling merchant's apps for auth_zhima, at this moment. A person unknown here has authorised nobody. open_id is not given: Kaimen knows users by user_id alone.",
    zh: "查询用户当前是否已授权本商户（auth_zhima）。不存在的用户视为未授权。本平台不使用open_id，不返回该字段。",
  },
  auth: "app",
  fields: "biz_content",
  reply: "coded",
  request: {
    identity_type: {
      type: "string",
      required: true,
      maxLength: 10,
      oneOf: ["2", "5"],
      missing: "INVALID_PARAMETER",
      invalid: "INVALID_PARAMETER",
      doc: { en: "2: by credential and name; 5: by user id.", zh: "2：按证件和姓名；5：按用户ID。" },
      example: "5",
    },
    identity_param: {
      type: "string",
      required: true,
      maxLength: 128,
      missing: "INVALID_PARAMETER",
      invalid: "INVALID_PARAMETER",
      doc: {
        en: 'JSON text: {"certType":"IDENTITY_CARD","name":"…","certNo":"…"} for 2, {"userId":"…"} for 5.',
        zh: 'JSON字符串：2为{"certType":"IDENTITY_CARD","name":"…","certNo":"…"}，5为{"userId":"…"}。',
      },
      example: '{"userId":"2088000000000101"}',
    },
    auth_category: {
      type: "string",
      required: false,
      maxLength: 10,
      oneOf: ["C2B"],
      invalid: "INVALID_PARAMETER",
      doc: {
        en: "C2B, a person's consent to a merchant: the only kind there is here.",
        zh: "C2B：个人对商户的授权，本平台仅支持此类。",
      },
      example: "C2B",
    },
  },
  response: {
    authorized: {
      type: "boolean",
      required: true,
      doc: { en: "Whether there is a live authorisation.", zh: "是否已授权。" },
      example: true,
    },
  },
  errors: {
    INVALID_PARAMETER: {
      code: "40004",
      subMessage: "参数有误",
      namesField: true,
      cause: {
        en: "A field is absent, or identity_param is not the JSON that identity_type asks for.",
        zh: "参数缺失，或identity_param与identity_type不符。",
      },
      remedy: { en: "Mend the field that sub_msg names.", zh: "请修正sub_msg指出的参数。" },
    },
  },
} as const satisfies MethodSpec;

export const zhimaAuthInfoAuthquery = defineMethod(spec, async (platform, request, caller) => {
  const { store, clock } = platform;
  const identity = readIdentity(request.identityType, request.identityParam);
  if (identity === undefined) return refuse(spec, "INVALID_PARAMETER", "参数有误：identity_param与identity_type不符");
  const fault = identity.certType === "ALIPAY_USER_ID" ? undefined : nameFault(identity.name);
  if (fault !== undefined) return refuse(spec, "INVALID_PARAMETER", `参数有误：identity_param中的name${fault.zh}`);
  const subject = await subjectOf(platform, identity);
  const found = subject && (await findMerchantAuthorisation(store, clock, caller.merchantId, subject));
  return { authorized: found !== undefined };
});

/** What no database can look up: NUL and half a surrogate pair, which JSON's escapes can write. */
const unfit = /[\0\p{Surrogate}]/u;

function readIdentity(type: string, param: string): { certType: string; certNo: string; name: string } | undefined {
  const parsed = parseJson(param);
  if ("fault" in parsed || !(parsed.value instanceof Map)) return undefined;
  const value: ReadonlyMap<string, unknown> = parsed.value;
  const text = (name: string): string => {
    const field = value.get(name);
    return typeof field === "string" && !unfit.test(field) ? field : "";
  };
  if (type === "5") {
    return text("userId") === "" ? undefined : { certType: "ALIPAY_USER_ID", certNo: text("userId"), name: "" };
  }
  const [certType, certNo, name] = [text("certType"), text("certNo"), text("name")];
  const isCredential = ["IDENTITY_CARD", "PASSPORT"].includes(certType) && certNo !== "" && name !== "";
  return isCredential ? { certType, certNo, name } : undefined;
}
