interface StepTitle {
  readonly zh: string;
  readonly en: string;
}

/** What holds after each step of the gateway, in the order in which a request passes them (ARCHITECTURE.md). */
export const stepTitles = {
  readQuery: { zh: "读取地址中的参数与字符集", en: "Read the query and the charset" },
  readBody: { zh: "接收请求正文", en: "Receive the body" },
  answerRepeat: { zh: "识别完全相同的重复请求", en: "Know the very same request again" },
  checkDigest: { zh: "核对正文摘要", en: "Check the body's digest" },
  mergeParameters: { zh: "合并参数，每个名称一个值", en: "Merge the parameters" },
  findApp: { zh: "找到应用", en: "Find the app" },
  limitAddress: { zh: "来源地址限流", en: "Limit the address" },
  checkPublicParameters: { zh: "检查公共参数", en: "Check the public parameters" },
  checkSignatureSettings: { zh: "检查应用的签名配置", en: "Check the app's signature settings" },
  verifySignature: { zh: "验签", en: "Verify the signature" },
  findMethod: { zh: "找到接口", en: "Find the method" },
  limitCalls: { zh: "应用与接口限流", en: "Limit the calls" },
  checkPermissions: { zh: "检查权限", en: "Check permissions" },
  checkFiles: { zh: "检查上传的文件", en: "Check the files" },
  actForMerchant: { zh: "核对商户授权（app_auth_token）", en: "Act for a merchant (app_auth_token)" },
  decrypt: { zh: "解密 biz_content", en: "Decrypt biz_content" },
  decodeBizContent: { zh: "解析 biz_content", en: "Parse biz_content" },
  authorise: { zh: "核对用户授权（auth_token）", en: "Check the user's token (auth_token)" },
  validate: { zh: "检查业务字段", en: "Check the fields" },
  answerOnDemand: { zh: "沙箱指定应答", en: "Answer on demand (sandbox)" },
  call: { zh: "执行业务并提交", en: "Do the work and commit it" },
} as const satisfies Record<string, StepTitle>;

export function stepTitle(name: string): StepTitle {
  const titles: Readonly<Record<string, StepTitle>> = stepTitles;
  return titles[name] ?? { zh: name, en: name };
}
