import { decryptAes, type EncryptType, encryptTypes, isBase64 } from "../../keys/aes.ts";
import { asByteText, type ByteText, emptyByteText } from "../../protocol/byte-text.ts";
import { decodeParameter } from "../../protocol/charset.ts";
import { gatewayRefusal, type GatewayRefusal, type GatewaySubCode } from "../../protocol/gateway-errors.ts";
import type { Exchange } from "../exchange.ts";
import { bizContentLimit, bizContentTooLong } from "./decode-biz-content.ts";
import { defineStep } from "../step.ts";

/** How a reply is to be encrypted: known as soon as the app is, so that refusals are encrypted too. */
export function requestedEncryption(
  exchange: Exchange,
): { readonly encryptType: EncryptType; readonly key: Uint8Array } | undefined {
  const asked = exchange.parameter("encrypt_type");
  if (asked === undefined) return undefined;
  const encryptType = encryptTypes.find((each) => each === asked);
  const key = exchange.knownApp?.encryptKey;
  return encryptType === undefined || key === undefined ? undefined : { encryptType, key };
}

/** An encrypted biz_content is in the clear from here on. The signature covered it as it came. */
export const decrypt = defineStep({
  refuses: [
    "isv.invalid-parameter",
    "isv.decryption-error-missing-encrypt-type",
    "isv.invalid-encrypt-type",
    "isv.decryption-error-not-valid-encrypt-type",
    "isv.missing-encrypt-key",
    "isv.decryption-error-not-valid-encrypt-key",
    "isv.invalid-encrypt",
    "isv.decryption-error-unknown",
  ],
  run(exchange) {
    const asked = exchange.parameter("encrypt_type");
    const bizContent =
      (exchange.method.spec.fields === "biz_content" ? exchange.parameter("biz_content") : undefined) ?? emptyByteText;
    // Before anything is made of it: base64 is a third longer than what it stands for, and may have line breaks.
    if (bizContent.length > (asked === undefined ? bizContentLimit : 1.4 * bizContentLimit)) return bizContentTooLong;
    if (asked === undefined) {
      return looksEncrypted(exchange, bizContent)
        ? gatewayRefusal("isv.decryption-error-missing-encrypt-type")
        : undefined;
    }
    if (!encryptTypes.some((each) => each === asked)) {
      if (bizContent === "") return gatewayRefusal("isv.invalid-encrypt-type");
      return gatewayRefusal("isv.decryption-error-not-valid-encrypt-type");
    }
    const { encryption } = exchange;
    if (encryption === undefined) {
      if (bizContent === "") return gatewayRefusal("isv.missing-encrypt-key");
      return gatewayRefusal("isv.decryption-error-not-valid-encrypt-key");
    }
    if (bizContent === "") return undefined;
    const opened = decryptAes(encryption.encryptType, encryption.key, bizContent);
    if (opened === "too_short") return inTheClear(exchange, gatewayRefusal("isv.invalid-encrypt"));
    // By chance another key's padding fits now and then; what comes out is no text.
    const text = opened && asByteText(opened.toString("latin1"));
    if (text === undefined || decodeParameter(text, exchange.charset) === undefined) {
      return inTheClear(exchange, gatewayRefusal("isv.decryption-error-unknown"));
    }
    exchange.parameters.set("biz_content", text);
    return undefined;
  },
});

/** Whoever encrypted with another key than ours could not read an encrypted reply. */
function inTheClear<Code extends GatewaySubCode>(
  exchange: Exchange,
  refusal: GatewayRefusal<Code>,
): GatewayRefusal<Code> {
  exchange.encryption = undefined;
  return refusal;
}

function looksEncrypted(exchange: Exchange, bizContent: ByteText): boolean {
  if (bizContent === "" || bizContent.startsWith("{") || exchange.app.encryptKey === undefined) return false;
  return isBase64(bizContent);
}
