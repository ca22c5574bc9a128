import { identityCard, identityNumberFault, normaliseCredentialsNo } from "../../consent/people.ts";
import type { CredentialRule } from "../templates/template.ts";

/** Writes a credential in its one form: by its rule, or by its type, if the template gives identity cards another one. */
export function credentialsNoOf(type: string, rule: CredentialRule | undefined, text: string): string {
  return normaliseCredentialsNo(rule === "resident_identity_card" ? identityCard : type, text);
}

const forms: Readonly<Record<Exclude<CredentialRule, "resident_identity_card">, { pattern: RegExp; reason: string }>> =
  {
    passport: { pattern: /^[A-Z0-9]{5,17}$/, reason: "应为5至17位字母或数字的护照号码" },
    travel_permit: { pattern: /^[A-Z0-9]{8,12}$/, reason: "应为8至12位字母或数字的通行证号码" },
    alipay_user_id: { pattern: /^2088\d{12}$/, reason: "应为2088开头的16位支付宝用户号" },
  };

/** What is wrong with a credential's number, or undefined. Region 99, assigned to nobody, is what test data uses. */
export function credentialsFault(rule: CredentialRule, number: string, testPeople: boolean): string | undefined {
  if (rule !== "resident_identity_card") return forms[rule].pattern.test(number) ? undefined : forms[rule].reason;
  switch (identityNumberFault(number)) {
    case "form":
      return "应为18位或15位居民身份证号码";
    case "date":
      return "证件号码中的出生日期不存在";
    case "check":
      return "证件号码校验位不正确";
    case undefined:
      return !testPeople && number.startsWith("99") ? "地区代码99只用于测试数据" : undefined;
  }
}
