import { decodeParameter } from "../../protocol/charset.ts";
import { JsonNumber } from "../../protocol/json.ts";
import { isRefusal } from "../../protocol/refusal.ts";
import { type FieldInput, validateFields } from "../../protocol/validation.ts";
import type { Exchange } from "../exchange.ts";
import type { Step } from "../step.ts";

/** The method's own fields are as its spec wants them. */
export const validate: Step = {
  refuses: [],
  run(exchange) {
    const { spec } = exchange.method;
    const input = spec.fields === "biz_content" ? bizField : formField;
    const fields = validateFields(spec, (name) => input(exchange, name));
    if (isRefusal(fields)) return fields;
    exchange.fields = fields;
    return undefined;
  },
};

function bizField(exchange: Exchange, name: string): FieldInput {
  const value = exchange.bizContent.get(name);
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  return value instanceof JsonNumber ? value.text : { unfit: "应为字符串" };
}

function formField(exchange: Exchange, name: string): FieldInput {
  const file = exchange.multipart?.files.find((each) => each.name === name);
  if (file !== undefined) return file;
  const sent = exchange.parameters.get(name);
  if (sent === undefined) return undefined;
  return decodeParameter(sent, exchange.charset) ?? { unfit: `不是有效的${exchange.charset}编码` };
}
