import type { MethodSpec } from "../protocol/method-spec.ts";
import { defineMethod, refuse } from "./method.ts";

const spec = {
  name: "alipay.open.app.alipaycert.download",
  title: { en: "Download the gateway's certificate", zh: "应用支付宝公钥证书下载" },
  description: {
    en: "A client in certificate mode that meets an alipay_cert_sn it does not know asks for that certificate, and checks it against the root certificate it was given. The SDKs call this by themselves.",
    zh: "证书模式的客户端遇到未知的alipay_cert_sn时，下载对应证书并以平台根证书校验。各SDK会自动调用。",
  },
  auth: "app",
  fields: "biz_content",
  reply: "coded",
  request: {
    alipay_cert_sn: {
      type: "string",
      required: true,
      maxLength: 64,
      doc: { en: "The SN that a reply carried.", zh: "响应中的证书序列号。" },
      example: "687b59193f3f462dd5336e5abf83c5d8",
    },
  },
  response: {
    alipay_cert_content: {
      type: "string",
      required: true,
      doc: {
        en: "Base64 of the PEM text: the certificate, then the one that signed it.",
        zh: "证书PEM内容的base64，先为网关证书，后为签发它的中间证书。",
      },
      example: "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tLi4u",
    },
  },
  errors: {
    ALIPAY_CERT_NOT_EXIST: {
      code: "40004",
      subMessage: "证书不存在",
      cause: { en: "No certificate of the gateway has this SN.", zh: "没有该序列号对应的网关证书。" },
      remedy: { en: "Send the alipay_cert_sn of a reply just as it came.", zh: "请原样传入响应中的alipay_cert_sn。" },
    },
  },
} as const satisfies MethodSpec;

export const alipayOpenAppAlipaycertDownload = defineMethod(spec, async ({ gatewayKeys }, { alipayCertSn }) => {
  let key = gatewayKeys.byCertificateSn(alipayCertSn);
  if (key === undefined) {
    await gatewayKeys.reload();
    key = gatewayKeys.byCertificateSn(alipayCertSn);
  }
  if (key === undefined) return refuse(spec, "ALIPAY_CERT_NOT_EXIST");
  return { alipayCertContent: Buffer.from(key.certificate).toString("base64") };
});
