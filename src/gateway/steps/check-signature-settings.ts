import { gatewayRefusal } from "../../protocol/gateway-errors.ts";
import { profileDoes } from "../../protocol/gateway-profile.ts";
import { defineStep } from "../step.ts";

/**
 * The app has what this request says it is signed with: in certificate mode, which app_cert_sn alone makes it, the
 * certificates; otherwise a key. Either is of a sign_type that the app has and that is switched on.
 */
export const checkSignatureSettings = defineStep({
  refuses: [
    "isv.missing-signature-config",
    "isv.missing-app-cert-sn",
    "isv.app-cert-not-exist",
    "isv.missing-alipay-root-cert-sn",
    "isv.invalid-alipay-root-cert-sn",
    "app-cert-expired",
  ],
  run(exchange, { gatewayKeys, config }) {
    const { app, signType } = exchange;
    if (app.publicKeys.length === 0 || !app.signTypes.includes(signType) || !config.signTypes.includes(signType))
      return gatewayRefusal("isv.missing-signature-config");
    const appSn = exchange.parameter("app_cert_sn");
    const rootSn = exchange.parameter("alipay_root_cert_sn");
    const { certificate } = app;
    if (appSn === undefined)
      return certificate?.required === true || rootSn !== undefined
        ? gatewayRefusal("isv.missing-app-cert-sn")
        : undefined;
    if (appSn !== certificate?.sn) return gatewayRefusal("isv.app-cert-not-exist");
    if (rootSn === undefined) {
      if (!profileDoes(config.gatewayProfile, "takesUnnamedRoot"))
        return gatewayRefusal("isv.missing-alipay-root-cert-sn");
      exchange.deviations.push("root_certificate_unnamed");
    } else if (rootSn !== gatewayKeys.authority.rootSn) return gatewayRefusal("isv.invalid-alipay-root-cert-sn");
    const now = exchange.receivedAt;
    if (now < certificate.notBefore || now > certificate.notAfter) return gatewayRefusal("app-cert-expired");
    return undefined;
  },
});
