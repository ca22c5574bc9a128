import { asByteText, type ByteText, isAscii, toByteText } from "./byte-text.ts";
import { type Charset, encodeJson } from "./charset.ts";

/** A reply's node in the bytes that are both signed and sent. */
export function encodeNode(node: string, charset: Charset): ByteText {
  return isAscii(node) ? asByteText(node) : toByteText(encodeJson(node, charset));
}
