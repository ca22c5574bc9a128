import { decodeParameter } from "../../protocol/charset.ts";
import { gatewayRefusal } from "../../protocol/gateway-errors.ts";
import { type JsonObject, parseJson, tooManyValues } from "../../protocol/json.ts";
import { defineStep } from "../step.ts";

/** How long biz_content may be, in bytes, once it is in the clear. */
export const bizContentLimit = 1_048_576;
/** How many JSON values it may have: a list of empty lists takes a hundred times as long to read as a text of its length. */
const valuesLimit = 10_000;
export const bizContentTooLong = gatewayRefusal("isv.invalid-parameter", "参数无效：biz_content过长");

function printable(key: string): string {
  return key.replaceAll(/[\p{Cc}\p{Cs}]/gu, "\ufffd");
}

/** biz_content is a JSON object in a charset that can be read; absent, it is an empty one. */
export const decodeBizContent = defineStep({
  refuses: ["isv.invalid-parameter"],
  run(exchange) {
    if (exchange.method.spec.fields !== "biz_content") return undefined;
    const sent = exchange.parameter("biz_content");
    if (sent === undefined) return undefined;
    if (sent.length > bizContentLimit) return bizContentTooLong;
    const text = decodeParameter(sent, exchange.charset);
    if (text === undefined)
      return gatewayRefusal("isv.invalid-parameter", `参数无效：biz_content不是有效的${exchange.charset}编码`);
    const parsed = parseJson(text.startsWith("\ufeff") ? text.slice(1) : text, valuesLimit);
    if ("fault" in parsed) {
      const { line, column, reason, repeatedKey } = parsed.fault;
      if (repeatedKey !== undefined)
        return gatewayRefusal("isv.invalid-parameter", `参数无效：biz_content中的${printable(repeatedKey)}出现两次`);
      if (reason === tooManyValues)
        return gatewayRefusal("isv.invalid-parameter", `参数无效：biz_content中的值超过${valuesLimit}个`);
      return gatewayRefusal("isv.invalid-parameter", `参数无效：biz_content不是有效的JSON，第${line}行第${column}列`);
    }
    if (!(parsed.value instanceof Map))
      return gatewayRefusal("isv.invalid-parameter", "参数无效：biz_content应为JSON对象");
    exchange.bizContent = parsed.value as JsonObject; // Of JSON values only an object is a Map.
    return undefined;
  },
});
