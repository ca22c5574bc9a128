import type { Bilingual } from "./refusal.ts";

/** Whom the gateway imitates. */
export const gatewayProfiles = {
  helpful: {
    en: "The sandbox's own: takes harmless deviations of SDKs and explains what is wrong.",
    zh: "沙箱默认：接受各 SDK 的无害偏差，并说明错误原因。",
  },
  faithful: {
    en: "The real gateway, as its replies were published from 2017 to 2026, quirks included.",
    zh: "真实网关：与2017至2026年间公开的真实响应一致，包括其特殊行为。",
  },
  strict: {
    en: "Production's own: the published documents to the letter, and nothing helpful to strangers.",
    zh: "生产默认：严格遵循公开文档，对未验明身份的调用方不作任何提示。",
  },
} as const satisfies Record<string, Bilingual>;

export type GatewayProfile = keyof typeof gatewayProfiles;

/** A way in which the profiles differ: what one that says yes does, and what it is otherwise. */
export interface ProfileRow extends Readonly<Record<GatewayProfile, boolean>> {
  readonly yes: Bilingual;
  readonly no: Bilingual;
  /** Where the behaviour of the real gateway is known from, or that it is not known. */
  readonly evidence: string;
}

/** Everything in which the profiles differ; what stands in no row is the same in all of them. */
export const profileRows = {
  takesSigningDeviations: {
    helpful: true,
    faithful: false,
    strict: false,
    yes: {
      en: "A signature over empty values, or without values that are `0`, counts, as some SDKs make it; each is counted as a deviation.",
      zh: "接受部分 SDK 的签名偏差（空值参与签名，或值为 0 的参数未参与签名），并计入指标。",
    },
    no: {
      en: "Only the published string to sign counts.",
      zh: "只接受按公开规则生成的待签名字符串。",
    },
    evidence: "fzlee/alipay #54: the real gateway's own string leaves empty values out",
  },
  takesUnnamedRoot: {
    helpful: true,
    faithful: false,
    strict: false,
    yes: {
      en: "app_cert_sn without alipay_root_cert_sn is taken, and counted as a deviation.",
      zh: "传 app_cert_sn 而未传 alipay_root_cert_sn 时仍受理，并计入指标。",
    },
    no: {
      en: "app_cert_sn without alipay_root_cert_sn is refused: isv.missing-alipay-root-cert-sn.",
      zh: "传 app_cert_sn 而未传 alipay_root_cert_sn 时拒绝：isv.missing-alipay-root-cert-sn。",
    },
    evidence: "the sub_code is published; its text was not seen",
  },
  showsStringToSign: {
    helpful: true,
    faithful: true,
    strict: false,
    yes: {
      en: "isv.invalid-signature shows the string that the gateway expected, and a refusal may repeat a stranger's own words; KAIMEN_ECHO_REQUESTS=off forbids it.",
      zh: "isv.invalid-signature 展示网关生成的验签字符串，拒绝信息可能重复调用方传入的内容；KAIMEN_ECHO_REQUESTS=off 可关闭。",
    },
    no: {
      en: "A refusal repeats nothing of a request whose signature does not verify; KAIMEN_ECHO_REQUESTS=on allows it.",
      zh: "验签未通过的请求，其内容不在响应中重复；KAIMEN_ECHO_REQUESTS=on 可开启。",
    },
    evidence: "alipay-sdk-nodejs-all #109 and src/alipay.ts, IJPay #30",
  },
  explainsSignatures: {
    helpful: true,
    faithful: false,
    strict: false,
    yes: {
      en: "A signature that does not verify is examined, and sub_msg goes on with the diagnosis; KAIMEN_SIGNATURE_DOCTOR=off forbids it.",
      zh: "对验签失败的签名进行诊断，结果附在 sub_msg 之后；KAIMEN_SIGNATURE_DOCTOR=off 可关闭。",
    },
    no: {
      en: "sub_msg has no diagnosis; with KAIMEN_SIGNATURE_DOCTOR=on the log alone has it.",
      zh: "sub_msg 不含诊断；KAIMEN_SIGNATURE_DOCTOR=on 时仅写入日志。",
    },
    evidence: "in the captures the string to sign ends the message",
  },
  linksToSolution: {
    helpful: false,
    faithful: true,
    strict: true,
    yes: {
      en: "The sub_msg of what the gateway itself refuses (40001 to 40003, 40005, 40006 and 20001) goes on with ，解决方案： and an address that has the trace id.",
      zh: "网关自身的拒绝（40001 至 40003、40005、40006、20001）在 sub_msg 之后附“，解决方案：”及带 traceId 的地址。",
    },
    no: { en: "sub_msg is the published text alone.", zh: "sub_msg 仅为公开的文案。" },
    evidence: "production's replies of 2023 and later; the sandbox of 2026 has none",
  },
  encryptsToStrangers: {
    helpful: true,
    faithful: true,
    strict: false,
    yes: {
      en: "What an encrypted request is refused with is encrypted, also where its signature does not verify.",
      zh: "对加密请求的拒绝一律加密返回，验签失败时也是如此。",
    },
    no: {
      en: "A request whose signature does not verify is answered in the clear: nobody gets a text under the app's key who has not proved to be the app.",
      zh: "验签未通过的请求以明文返回：未证明身份者得不到用应用密钥加密的内容。",
    },
    evidence: "smartwalle/alipay #242",
  },
  signsEncryptedRefusalOfSignature: {
    helpful: true,
    faithful: false,
    strict: true,
    yes: {
      en: "In certificate mode the refusal of an encrypted request's signature carries alipay_cert_sn and sign as any reply.",
      zh: "证书模式下，加密请求验签失败的响应与其他响应一样带有 alipay_cert_sn 和 sign。",
    },
    no: {
      en: "It is the encrypted node alone, without alipay_cert_sn and sign.",
      zh: "此时响应仅有加密的节点，没有 alipay_cert_sn 和 sign。",
    },
    evidence: "smartwalle/alipay #242; in key mode it was not seen, and is signed",
  },
  wantsCharsetInAddress: {
    helpful: false,
    faithful: true,
    strict: false,
    yes: {
      en: "A body with characters outside ASCII needs its charset in the query, or in its Content-Type: named in the body alone, the signature is refused.",
      zh: "正文含非 ASCII 字符时，charset 须位于 URL 查询字符串（或 Content-Type）中；仅在正文中传 charset 时按验签失败拒绝。",
    },
    no: { en: "charset counts wherever it stands.", zh: "charset 位于何处均有效。" },
    evidence: "sns_auth #39, easy-swoole/pay #24, chloerei/alipay #90; of Content-Type nothing is known",
  },
  answersXml: {
    helpful: true,
    faithful: true,
    strict: false,
    yes: { en: "format=xml is answered in XML.", zh: "format=xml 时以 XML 返回。" },
    no: {
      en: "format=xml is refused: isv.invalid-format. The published parameters allow JSON alone.",
      zh: "format=xml 时拒绝：isv.invalid-format。公开文档仅支持 JSON。",
    },
    evidence: "alipay-sdk-net-all's tests, a capture of 2018",
  },
  writesXmlSuccessAsJson: {
    helpful: false,
    faithful: true,
    strict: false,
    yes: {
      en: "With format=xml the root element of a success holds the node's JSON as its text; a refusal has elements.",
      zh: "format=xml 时，成功响应的根元素内为节点的 JSON 文本；拒绝信息则为各元素。",
    },
    no: {
      en: "Where XML is answered, a success has an element for each field, as the SDKs' parsers read it.",
      zh: "以 XML 返回时，成功响应的每个字段为一个元素，与各 SDK 的解析方式一致。",
    },
    evidence: "alipay-sdk-net-all's tests, a capture of 2018",
  },
  disarmsQuotedText: {
    helpful: true,
    faithful: false,
    strict: true,
    yes: {
      en: "What a refusal repeats of a request trips no client: braces that do not balance are written full-width, and _response and alipay_cert are written otherwise.",
      zh: "响应中重复的请求内容不会使客户端解析出错：不成对的花括号以全角代替，_response 与 alipay_cert 改写。",
    },
    no: {
      en: "It stands there as it came, with only &, quotation marks, < and > escaped: some clients cannot read that.",
      zh: "原样返回，仅转义 &、引号、< 和 >：部分客户端会因此解析失败。",
    },
    evidence: "IJPay #30, alipay-sdk-nodejs-all #109: braces as they are",
  },
} as const satisfies Record<string, ProfileRow>;

export type ProfileBehaviour = keyof typeof profileRows;

/** Whether a gateway of this profile does what the row says. */
export function profileDoes(profile: GatewayProfile, behaviour: ProfileBehaviour): boolean {
  return profileRows[behaviour][profile];
}
