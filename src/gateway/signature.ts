import { verifySignature as verify } from "../keys/rsa.ts";
import { decodeText } from "../protocol/charset.ts";
import { gatewayErrors, gatewayRefusal } from "../protocol/gateway-errors.ts";
import type { RawParameter } from "../protocol/parameters.ts";
import type { Refusal } from "../protocol/refusal.ts";
import { signingCandidates, type SignType } from "../protocol/signing.ts";
import type { Exchange } from "./exchange.ts";
import type { GatewayParts } from "./parts.ts";

/** The app's holder sent exactly these parameters. */
export function verifySignature(exchange: Exchange, { config }: GatewayParts): Refusal | undefined {
  const signType = exchange.ascii("sign_type") as SignType; // checkPublicParameters has seen it to be one.
  const signature = Buffer.from(exchange.ascii("sign") ?? "", "base64");
  const parameters: RawParameter[] = [...exchange.parameters].map(([name, value]) => ({ name, value }));
  const candidates = signingCandidates(parameters, config.leniency);
  for (const { deviation, bytes } of candidates) {
    if (verify(signType, exchange.app.publicKey, bytes(), signature)) {
      if (deviation !== undefined) exchange.deviations.push(deviation);
      return undefined;
    }
  }
  return gatewayRefusal("isv.invalid-signature", explain(exchange, candidates[0]?.bytes() ?? new Uint8Array()));
}

const shownLimit = 4_096;

/** The published text goes on with the string that the gateway expected to be signed, HTML-escaped as the real one's. */
function explain(exchange: Exchange, expected: Uint8Array): string {
  const { subMessage } = gatewayErrors["isv.invalid-signature"];
  const text = decodeText(expected, "utf-8") ?? decodeText(expected, exchange.charset);
  if (text === undefined || text.length > shownLimit) return subMessage;
  const escaped = text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  return `${subMessage}，网关生成的验签字符串为：${escaped}`;
}
