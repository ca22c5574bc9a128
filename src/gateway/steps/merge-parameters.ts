import { gatewayRefusal } from "../../protocol/gateway-errors.ts";
import { parseForm, type RawParameter } from "../../protocol/parameters.ts";
import { isMultipart } from "../body/receive-body.ts";
import type { Exchange } from "../exchange.ts";
import { hasTooManyPairs } from "../pairs.ts";
import { defineStep } from "../step.ts";

const parameterLimit = 200;
const nameLimit = 128;
const tooMany = gatewayRefusal("isv.invalid-parameter", "参数无效：参数个数过多");

/** Each name has one value afterwards, from the query or the body, whatever the form of the body. */
export const mergeParameters = defineStep({
  refuses: ["isv.upload-fail", "isv.invalid-parameter", "isv.suspected-attack"],
  run(exchange) {
    // Even of one name: each would be taken apart before they are counted by name.
    if (exchange.queryIsCrowded || hasTooManyPairs(exchange.body)) return tooMany;
    const fields = readFields(exchange);
    exchange.adoptParameters(fields ?? []);
    // As the real gateway.
    if (exchange.parameter("charset") === undefined) exchange.charset = "gbk";
    if (fields === undefined) return gatewayRefusal("isv.upload-fail");
    const { parameters, conflict } = exchange;
    if (parameters.size > parameterLimit) return tooMany;
    for (const name of parameters.keys()) {
      if (name.length > nameLimit) return gatewayRefusal("isv.invalid-parameter", "参数无效：参数名过长");
    }
    if (conflict !== undefined) return gatewayRefusal("isv.suspected-attack");
    const twice = partTwice(exchange);
    return twice === undefined
      ? undefined
      : gatewayRefusal("isv.upload-fail", `文件上传失败：multipart正文中的${twice}出现了两次`);
  },
});

/** The name that two parts of a body have, of which one is a file: nobody can tell which of them is meant. */
function partTwice({ multipart }: Exchange): string | undefined {
  if (multipart === undefined || multipart.files.length === 0) return undefined;
  const names = new Set<string>(multipart.fields.map(({ name }) => name));
  for (const { name } of multipart.files) {
    if (names.has(name)) return /^\w{1,64}$/.test(name) ? name : "一个名称";
    names.add(name);
  }
  return undefined;
}

/** The body's text parameters, or undefined when a multipart body is broken. */
function readFields(exchange: Exchange): readonly RawParameter[] | undefined {
  if (exchange.bodyTaken === 0) return [];
  return isMultipart(exchange.http) ? exchange.multipart?.fields : parseForm(exchange.body);
}
