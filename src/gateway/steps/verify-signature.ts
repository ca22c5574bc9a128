import { verifySignature as verify } from "../../keys/rsa.ts";
import { asByteText, type ByteText, emptyByteText } from "../../protocol/byte-text.ts";
import { decodeParameter } from "../../protocol/charset.ts";
import { gatewayErrors, gatewayRefusal } from "../../protocol/gateway-errors.ts";
import type { RawParameter } from "../../protocol/parameters.ts";
import { signingCandidates } from "../../protocol/signing.ts";
import type { Exchange } from "../exchange.ts";
import type { GatewayParts } from "../parts.ts";
import { defineStep } from "../step.ts";
import { requestDiagnosis } from "../signature-doctor/request-diagnosis.ts";

/** The app's holder sent exactly these parameters. */
export const verifySignature = defineStep({
  refuses: ["isv.invalid-signature"],
  run(exchange, parts) {
    const signature = Buffer.from(exchange.parameter("sign") ?? "", "base64");
    // Names came with the values, as ByteTexts; the map has them as strings, by which they are looked up.
    const parameters: RawParameter[] = Array.from(exchange.parameters, ([name, value]) => ({
      name: asByteText(name),
      value,
    }));
    let expected: ByteText | undefined;
    for (const { deviation, text } of signingCandidates(parameters, parts.config.leniency)) {
      expected ??= text;
      for (const publicKey of exchange.app.publicKeys) {
        if (!verify(exchange.signType, publicKey, text, signature)) continue;
        if (deviation !== undefined) exchange.deviations.push(deviation);
        exchange.signedWithNextKey = publicKey !== exchange.app.publicKeys[0];
        exchange.signatureHolds = true;
        exchange.stringToSign = text;
        return undefined;
      }
    }
    exchange.stringToSign = expected;
    return explain(exchange, parts, parameters, expected ?? emptyByteText).then((detail) =>
      gatewayRefusal("isv.invalid-signature", detail),
    );
  },
});

/** The published text and, where a request may be echoed, the string that should have been signed and what the doctor found. */
async function explain(
  exchange: Exchange,
  parts: GatewayParts,
  parameters: readonly RawParameter[],
  expected: ByteText,
): Promise<string> {
  const diagnosis = await requestDiagnosis(exchange, parts, parameters);
  if (!parts.config.echoRequests) return gatewayErrors["isv.invalid-signature"].subMessage;
  const shown = showExpected(exchange, expected);
  return diagnosis === undefined ? shown : `${shown}。${diagnosis}`;
}

const shownLimit = 4_096;

/**
 * The published text goes on with the string that the gateway expected to be signed, HTML-escaped as the real one's: whoever
 * unescapes it has the very string. Two words in it would trip clients and are written so too: see `neutralise` in
 * protocol/envelope.ts.
 */
function showExpected(exchange: Exchange, expected: ByteText): string {
  const { subMessage } = gatewayErrors["isv.invalid-signature"];
  const text = decodeParameter(expected, exchange.charset);
  if (text === undefined || text.length > shownLimit) return subMessage;
  return `${subMessage}，网关生成的验签字符串为：${escapeHtml(text)}`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  '"': "&quot;",
  "<": "&lt;",
  ">": "&gt;",
  _: "&#95;",
};

function escapeHtml(text: string): string {
  return text.replaceAll(/[&"<>]|_(?=response)|(?<=alipay)_(?=cert)/g, (character) => entities[character] ?? character);
}
