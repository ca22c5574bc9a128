// Derived from src/methods/alipay.open.app.alipaycert.download.ts by `npm run derive`. Edit there, not here.
import type { MethodFacts } from "../method-facts.ts";
import { MethodRequest } from "../method-request.ts";

/** A client in certificate mode that meets an alipay_cert_sn it does not know asks for that certificate, and checks it against the root certificate it was given. The SDKs call this by themselves. */
export interface AlipayOpenAppAlipaycertDownloadFields {
  /** The SN that a reply carried. */
  readonly alipayCertSn: string;
}

export interface AlipayOpenAppAlipaycertDownloadReply {
  /** Base64 of the PEM text: the certificate, then the one that signed it. */
  readonly alipayCertContent: string;
}

/** The sub_codes of the method's own. */
export type AlipayOpenAppAlipaycertDownloadSubCode = "ALIPAY_CERT_NOT_EXIST";

export const alipayOpenAppAlipaycertDownload: MethodFacts = {
  name: "alipay.open.app.alipaycert.download",
  auth: "app",
  place: "biz_content",
  repeatable: true,
  request: { alipayCertSn: "alipay_cert_sn" },
  response: { alipay_cert_content: "string" },
  remedies: {
    "ALIPAY_CERT_NOT_EXIST": { en: "Send the alipay_cert_sn of a reply just as it came.", zh: "请原样传入响应中的alipay_cert_sn。" },
  },
};

/** Download the gateway's certificate 应用支付宝公钥证书下载 */
export class AlipayOpenAppAlipaycertDownloadRequest extends MethodRequest<"alipay.open.app.alipaycert.download", AlipayOpenAppAlipaycertDownloadFields> {
  readonly method = "alipay.open.app.alipaycert.download";

  setAlipayCertSn(value: AlipayOpenAppAlipaycertDownloadFields["alipayCertSn"]): this {
    return this.set("alipayCertSn", value);
  }
}
