import { type Instant, instantOfMs, secondUs } from "../../clock.ts";
import { isRealDay } from "../../consent/people.ts";
import { parseCharset } from "../../protocol/charset.ts";
import { gatewayRefusal } from "../../protocol/gateway-errors.ts";
import { profileDoes } from "../../protocol/gateway-profile.ts";
import { signTypes } from "../../protocol/signing.ts";
import { defineStep } from "../step.ts";

/** The public parameters are there and of the published form. */
export const checkPublicParameters = defineStep({
  refuses: [
    "isv.missing-method",
    "isv.missing-signature",
    "isv.missing-signature-type",
    "isv.missing-default-signature-type",
    "isv.invalid-signature-type",
    "isv.invalid-charset",
    "isv.missing-timestamp",
    "isv.invalid-timestamp",
    "isv.missing-version",
    "isv.invalid-parameter",
    "isv.invalid-format",
  ],
  run(exchange, { config }) {
    if (exchange.methodName === undefined) return gatewayRefusal("isv.missing-method");
    if (exchange.parameter("sign") === undefined) return gatewayRefusal("isv.missing-signature");
    const sentSignType = exchange.parameter("sign_type");
    if (sentSignType === undefined && !exchange.parameters.has("sign_type"))
      return gatewayRefusal("isv.missing-signature-type");
    const signType = sentSignType ?? exchange.app.defaultSignType;
    if (signType === undefined) return gatewayRefusal("isv.missing-default-signature-type");
    const knownType = signTypes.find((each) => each === signType);
    if (knownType === undefined) return gatewayRefusal("isv.invalid-signature-type");
    exchange.signType = knownType;
    const charset = exchange.parameter("charset");
    if (charset !== undefined && parseCharset(charset) === undefined) return gatewayRefusal("isv.invalid-charset");
    const timestamp = exchange.parameter("timestamp");
    if (timestamp === undefined) return gatewayRefusal("isv.missing-timestamp");
    if (!isTimestamp(timestamp, exchange.receivedAt, config.timestampWindowH))
      return gatewayRefusal("isv.invalid-timestamp");
    const version = exchange.parameter("version");
    // The official PHP SDK asks for a certificate without one.
    if (version === undefined && exchange.methodName !== "alipay.open.app.alipaycert.download")
      return gatewayRefusal("isv.missing-version");
    if (version !== undefined && version !== "1.0")
      return gatewayRefusal("isv.invalid-parameter", "参数无效：version应为1.0");
    const format = exchange.parameter("format")?.toLowerCase() ?? "json";
    const known = format === "json" || (format === "xml" && profileDoes(config.gatewayProfile, "answersXml"));
    return known ? undefined : gatewayRefusal("isv.invalid-format");
  },
});

/**
 * The form is always checked. How old or new it may be is a matter of hours, if it matters at all: honest SDKs send
 * local time, and only one of them knows Beijing's. No window is 0.
 */
export function isTimestamp(text: string, now: Instant, windowH: number): boolean {
  const day = /^(\d{4}-\d\d-\d\d) (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.exec(text)?.[1];
  if (day === undefined || !isRealDay(day)) return false;
  if (windowH === 0) return true;
  const at = instantOfMs(Date.parse(`${text.replace(" ", "T")}+08:00`));
  return at !== undefined && Math.abs(at - now) <= windowH * 3_600 * secondUs;
}
