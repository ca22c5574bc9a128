import { gatewayRefusal } from "../../protocol/gateway-errors.ts";
import type { Refusal } from "../../protocol/refusal.ts";
import type { Exchange } from "../exchange.ts";
import type { GatewayParts } from "../parts.ts";

/**
 * The app has what this request says it is signed with: a key, the sign_type, which is switched on, and in certificate mode
 * the certificates.
 */
export function checkSignatureSettings(exchange: Exchange, { gatewayKeys, config }: GatewayParts): Refusal | undefined {
  const { app } = exchange;
  if (app.publicKeys.length === 0) return gatewayRefusal("isv.missing-signature-key");
  const { signType } = exchange;
  if (!app.signTypes.includes(signType) || !config.signTypes.includes(signType)) return gatewayRefusal("isv.missing-signature-config");
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
}
