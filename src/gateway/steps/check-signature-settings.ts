import { gatewayRefusal } from "../../protocol/gateway-errors.ts";
import { defineStep } from "../step.ts";

/**
 * The app has what this request says it is signed with: a key, the sign_type, which is switched on, and in certificate mode
 * the certificates.
 */
export const checkSignatureSettings = defineStep({
  refuses: ["isv.missing-signature-key", "isv.missing-signature-config", "app-cert-expired"],
  run(exchange, { gatewayKeys, config }) {
    const { app } = exchange;
    if (app.publicKeys.length === 0) return gatewayRefusal("isv.missing-signature-key");
    const { signType } = exchange;
    if (!app.signTypes.includes(signType) || !config.signTypes.includes(signType))
      return gatewayRefusal("isv.missing-signature-config");
    const appSn = exchange.parameter("app_cert_sn");
    const rootSn = exchange.parameter("alipay_root_cert_sn");
    const { certificate } = app;
    if (appSn === undefined && rootSn === undefined && certificate?.required !== true) return undefined;
    if (certificate === undefined || appSn !== certificate.sn) return gatewayRefusal("isv.missing-signature-config");
    if (rootSn === undefined && config.leniency === "lenient") exchange.deviations.push("root_certificate_unnamed");
    else if (rootSn !== gatewayKeys.authority.rootSn) return gatewayRefusal("isv.missing-signature-config");
    const now = exchange.receivedAt;
    if (now < certificate.notBefore || now > certificate.notAfter) return gatewayRefusal("app-cert-expired");
    return undefined;
  },
});
