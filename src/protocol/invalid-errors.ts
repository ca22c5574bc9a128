import type { ErrorSpec } from "./refusal.ts";

/** What is there and wrong: 40002. */
export const invalidErrors = {
  "isv.invalid-parameter": {
    code: "40002",
    subMessage: "参数无效",
    cause: {
      en: "A parameter is malformed, too long, or not readable in the charset named; biz_content is no JSON object.",
      zh: "参数格式错误、超长、与 charset 不符，或 biz_content 不是 JSON 对象。",
    },
    remedy: { en: "Mend the parameter that sub_msg names.", zh: "请修正 sub_msg 指出的参数。" },
  },
  "isv.upload-fail": {
    code: "40002",
    subMessage: "文件上传失败",
    cause: {
      en: "The multipart body is malformed or ends before its closing boundary.",
      zh: "multipart 正文格式错误或不完整。",
    },
    remedy: { en: "Send the body again, whole.", zh: "请重新完整上传。" },
  },
  "isv.invalid-file-extension": {
    code: "40002",
    subMessage: "文件扩展名无效",
    cause: {
      en: "A file part that the method does not ask for has an extension outside csv, txt, json, zip, rar, gz, doc, docx, xls, xlsx, pdf, bmp, gif, jpg, jpeg and png.",
      zh: "接口未要求的文件，其扩展名不在 csv、txt、json、zip、rar、gz、doc、docx、xls、xlsx、pdf、bmp、gif、jpg、jpeg、png 之内。",
    },
    remedy: { en: "Send only the file that the method documents.", zh: "请只上传接口文档要求的文件。" },
  },
  "isv.invalid-file-size": {
    code: "40002",
    subMessage: "文件大小无效",
    cause: {
      en: "The request body is larger than the limit (KAIMEN_BODY_LIMIT_MB, 50 MB unless set), or its parameters without the file than 4 MB.",
      zh: "请求正文超过上限（KAIMEN_BODY_LIMIT_MB，默认 50 MB），或文件以外的参数超过 4 MB。",
    },
    remedy: { en: "Split the file and send its parts.", zh: "请拆分文件后分批上传。" },
  },
  "isv.invalid-method": {
    code: "40002",
    subMessage: "不存在的方法名",
    cause: { en: "No such method is published here.", zh: "本平台没有该接口。" },
    remedy: { en: "Correct method; docs/methods lists what exists.", zh: "请检查 method，可用接口见 docs/methods。" },
  },
  "isv.invalid-format": {
    code: "40002",
    subMessage: "无效的数据格式",
    cause: {
      en: "format is neither JSON nor XML; or it is XML, in the profile strict.",
      zh: "format 不是 JSON 或 XML；strict 模式下仅支持 JSON。",
    },
    remedy: { en: "Send format=JSON or leave it out.", zh: "请传 format=JSON 或不传。" },
  },
  "isv.invalid-signature-type": {
    code: "40002",
    subMessage: "无效的签名类型",
    cause: { en: "sign_type is neither RSA2 nor RSA.", zh: "sign_type 不是 RSA2 或 RSA。" },
    remedy: { en: "Use RSA2.", zh: "请使用 RSA2。" },
  },
  "isv.invalid-signature": {
    code: "40002",
    subMessage: "验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配",
    cause: {
      en: "sign does not verify with the app's public key over the string to sign.",
      zh: "sign 与待签名字符串、应用公钥不匹配。",
    },
    remedy: {
      en: "Compare your string to sign with the one in sub_msg (HTML-escaped; in production only with KAIMEN_ECHO_REQUESTS=on), and your private key with the app's public key. `kaimen doctor signature` says more.",
      zh: "请对照 sub_msg 中网关生成的验签字符串（已做HTML转义；生产环境须设置 KAIMEN_ECHO_REQUESTS=on 才会显示），并核对私钥与应用公钥是否成对。也可使用 `kaimen doctor signature` 诊断。",
    },
  },
  "isv.missing-app-cert-sn": {
    code: "40002",
    subMessage: "缺少应用公钥证书序列号",
    cause: {
      en: "The app calls in certificate mode and the request has no app_cert_sn, or has alipay_root_cert_sn alone.",
      zh: "应用为证书模式而请求未传 app_cert_sn，或只传了 alipay_root_cert_sn。",
    },
    remedy: {
      en: "Load the certificates into the SDK, which then sends app_cert_sn and alipay_root_cert_sn.",
      zh: "请在 SDK 中加载证书，由其传入 app_cert_sn 与 alipay_root_cert_sn。",
    },
  },
  "isv.app-cert-not-exist": {
    code: "40002",
    subMessage: "应用公钥证书不存在",
    cause: {
      en: "app_cert_sn is not that of the certificate which the platform holds for the app, or the app has none.",
      zh: "app_cert_sn 与平台登记的应用证书不符，或应用没有证书。",
    },
    remedy: {
      en: "Load the certificate that the platform signed for the app (kaimen certificate sign), or give the platform yours.",
      zh: "请使用平台为应用签发的证书（kaimen certificate sign），或将证书登记到平台。",
    },
  },
  "isv.missing-alipay-root-cert-sn": {
    code: "40002",
    subMessage: "缺少支付宝根证书序列号",
    cause: {
      en: "The request has app_cert_sn and no alipay_root_cert_sn. The code is published, its text was not seen.",
      zh: "请求传了 app_cert_sn 而未传 alipay_root_cert_sn。该错误码已公开，文案未见于真实响应。",
    },
    remedy: {
      en: "Load the platform's root certificate into the SDK: kaimen certificate root.",
      zh: "请在 SDK 中加载平台根证书（kaimen certificate root）。",
    },
  },
  "isv.invalid-alipay-root-cert-sn": {
    code: "40002",
    subMessage: "无效支付宝根证书序列号",
    cause: {
      en: "alipay_root_cert_sn is not that of the platform's root certificate.",
      zh: "alipay_root_cert_sn 与平台根证书不符。",
    },
    remedy: {
      en: "Load this platform's root certificate, not another's: kaimen certificate root.",
      zh: "请加载本平台的根证书（kaimen certificate root），而非其他平台的。",
    },
  },
  "app-cert-expired": {
    code: "40002",
    subMessage: "应用公钥证书已经不在有效期内",
    cause: { en: "The app's certificate has expired or is not valid yet.", zh: "应用公钥证书已过期或尚未生效。" },
    remedy: {
      en: "Have a new certificate signed and load it: kaimen certificate sign.",
      zh: "请申请并更换新的应用证书（kaimen certificate sign）。",
    },
  },
  "isv.invalid-token": {
    code: "40002",
    subMessage: "无效令牌",
    cause: {
      en: "auth_token or app_auth_token is longer than 128 characters or has others than letters, digits, - and _.",
      zh: "auth_token 或 app_auth_token 超过128位，或含有字母、数字、- 和 _ 以外的字符。",
    },
    remedy: { en: "Send the token just as it was issued.", zh: "请原样传入令牌。" },
  },
  "isv.invalid-app-id": {
    code: "40002",
    subMessage: "无效的AppID参数",
    cause: { en: "No such app.", zh: "应用不存在。" },
    remedy: { en: "Correct app_id and the gateway address.", zh: "请检查 app_id 与网关地址。" },
  },
  "isv.invalid-timestamp": {
    code: "40002",
    subMessage: "非法的时间戳参数",
    cause: {
      en: "timestamp is no real time of the form yyyy-MM-dd HH:mm:ss.",
      zh: "timestamp 不是 yyyy-MM-dd HH:mm:ss 格式的真实时间。",
    },
    remedy: { en: "Send timestamp as yyyy-MM-dd HH:mm:ss.", zh: "请按 yyyy-MM-dd HH:mm:ss 传入 timestamp。" },
  },
  "isv.invalid-charset": {
    code: "40002",
    subMessage: "字符集错误",
    cause: {
      en: "charset is none of utf-8, gbk, gb2312 and gb18030.",
      zh: "charset 不是 utf-8、gbk、gb2312、gb18030 之一。",
    },
    remedy: { en: "Use utf-8.", zh: "请使用 utf-8。" },
  },
  "isv.invalid-digest": {
    code: "40002",
    subMessage: "摘要错误",
    cause: {
      en: "The header Content-MD5, or Digest with SHA-256, is not that of the body.",
      zh: "请求头 Content-MD5 或 Digest(SHA-256) 与正文不符。",
    },
    remedy: {
      en: "Compute the digest over the body as sent, or leave the header out.",
      zh: "请按实际发送的正文计算摘要，或不传该请求头。",
    },
  },
  "isv.not-support-app-auth": {
    code: "40002",
    subMessage: "本接口不支持第三方代理调用",
    cause: {
      en: "app_auth_token was sent to a method that an app calls for itself only.",
      zh: "对不支持代调用的接口传入了 app_auth_token。",
    },
    remedy: { en: "Leave app_auth_token out.", zh: "请不要传入 app_auth_token。" },
  },
  "isv.suspected-attack": {
    code: "40002",
    subMessage: "可疑的攻击请求",
    cause: { en: "One parameter came twice with different values.", zh: "同一参数出现多次且取值不同。" },
    remedy: { en: "Send each parameter once.", zh: "每个参数只传一次。" },
  },
  "isv.forbidden-api": {
    code: "40002",
    subMessage: "接口被禁用",
    cause: {
      en: "The operator has switched the method off (KAIMEN_DISABLED_METHODS).",
      zh: "运营方已停用该接口（KAIMEN_DISABLED_METHODS）。",
    },
    remedy: { en: "Ask the operator.", zh: "请联系平台运营方。" },
  },
} as const satisfies Record<string, ErrorSpec>;
