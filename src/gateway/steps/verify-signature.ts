import { verifySignature as verify } from "../../keys/rsa.ts";
import { asByteText, type ByteText, emptyByteText, isAscii } from "../../protocol/byte-text.ts";
import { decodeParameter } from "../../protocol/charset.ts";
import { gatewayErrors, gatewayRefusal } from "../../protocol/gateway-errors.ts";
import { type GatewayProfile, profileDoes } from "../../protocol/gateway-profile.ts";
import type { RawParameter } from "../../protocol/parameters.ts";
import { signingCandidates, signTypes, stringToSign } from "../../protocol/signing.ts";
import type { Exchange } from "../exchange.ts";
import type { GatewayParts } from "../parts.ts";
import { defineStep } from "../step.ts";
import { requestDiagnosis } from "../signature-doctor/request-diagnosis.ts";

/** The app's holder sent exactly these parameters. */
export const verifySignature = defineStep({
  refuses: ["isv.invalid-signature"],
  run(exchange, parts) {
    const { gatewayProfile } = parts.config;
    const signature = Buffer.from(exchange.parameter("sign") ?? "", "base64");
    // Names came with the values, as ByteTexts; the map has them as strings, by which they are looked up.
    const parameters: RawParameter[] = Array.from(exchange.parameters, ([name, value]) => ({
      name: asByteText(name),
      value,
    }));
    if (lacksCharset(exchange, gatewayProfile)) return gatewayRefusal("isv.invalid-signature", charsetMisplaced);
    for (const { deviation, text } of signingCandidates(
      parameters,
      profileDoes(gatewayProfile, "takesSigningDeviations"),
    )) {
      for (const publicKey of exchange.app.publicKeys) {
        if (!verify(exchange.signType, publicKey, text, signature)) continue;
        if (deviation !== undefined) exchange.deviations.push(deviation);
        exchange.signedWithNextKey = publicKey !== exchange.app.publicKeys[0];
        exchange.signatureHolds = true;
        exchange.stringToSign = text;
        return undefined;
      }
    }
    const expected = stringToSign(parameters) || emptyByteText;
    exchange.stringToSign = expected;
    return explain(exchange, parts, parameters, { expected, signature }).then((detail) =>
      gatewayRefusal("isv.invalid-signature", detail),
    );
  },
});

const failed = "验签出错";
const charsetMisplaced = `${failed}，请确认charset参数放在了URL查询字符串中且各参数值使用charset参数指示的字符集编码`;

/** The real gateway reads a body as GBK unless the address says otherwise, so that other text in it does not verify. */
function lacksCharset({ body, multipart, charset, charsetInAddress }: Exchange, profile: GatewayProfile): boolean {
  if (!profileDoes(profile, "wantsCharsetInAddress") || charsetInAddress || charset !== "utf-8") return false;
  // A form's characters outside ASCII are percent-encoded, or stand as they are.
  return (
    /%[89a-f][0-9a-f]/i.test(body) ||
    !isAscii(body) ||
    (multipart?.fields.some(({ value }) => !isAscii(value)) ?? false)
  );
}

/** The published text and, where a request may be echoed, the string that should have been signed and what the doctor found. */
async function explain(
  exchange: Exchange,
  parts: GatewayParts,
  parameters: readonly RawParameter[],
  { expected, signature }: { readonly expected: ByteText; readonly signature: Uint8Array },
): Promise<string> {
  const diagnosis = await requestDiagnosis(exchange, parts, parameters);
  // It says itself what is wrong; the diagnosis would say it again.
  const otherType = otherSignType(exchange, expected, signature);
  if (otherType !== undefined) return otherType;
  const message = shownString(exchange, parts, expected);
  return diagnosis === undefined ? message : `${message}。${diagnosis}`;
}

/** Signed by the app's key over the very string, but with the other digest: only the app's holder can have done that. */
function otherSignType({ app, signType }: Exchange, expected: ByteText, signature: Uint8Array): string | undefined {
  const used = signTypes.find(
    (each) => each !== signType && app.publicKeys.some((key) => verify(each, key, expected, signature)),
  );
  return (
    used &&
    `${failed}，sign值与sign_type参数指定的签名类型不一致：sign_type参数值为${signType}，您实际用的签名类型可能是${used}`
  );
}

const shownLimit = 4_096;

/**
 * The published text goes on with the string that the gateway expected to be signed, HTML-escaped as the real one's: whoever
 * unescapes it has the very string. Two words in it would trip clients and are written so too: see `neutralise` in
 * protocol/envelope.ts.
 */
function shownString(exchange: Exchange, { config }: GatewayParts, expected: ByteText): string {
  const { subMessage } = gatewayErrors["isv.invalid-signature"];
  if (!config.echoRequests) return subMessage;
  const text = decodeParameter(expected, exchange.charset);
  if (text === undefined || text.length > shownLimit) return subMessage;
  const disarms = profileDoes(config.gatewayProfile, "disarmsQuotedText");
  return `${subMessage}，网关生成的验签字符串为：${escapeHtml(text, disarms)}`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  '"': "&quot;",
  "<": "&lt;",
  ">": "&gt;",
  _: "&#95;",
};

function escapeHtml(text: string, disarms: boolean): string {
  const special = disarms ? /[&"<>]|_(?=response)|(?<=alipay)_(?=cert)/g : /[&"<>]/g;
  return text.replaceAll(special, (character) => entities[character] ?? character);
}
