import { methodNode, type PlainReplyValue, type ReplyValue, successNode } from "../../protocol/envelope.ts";
import { camelCase, type ResponseFieldSpec } from "../../protocol/method-spec.ts";
import { isRefusal } from "../../protocol/refusal.ts";
import type { AnswerFields } from "../../methods/method.ts";
import type { Step } from "../step.ts";

/** The method has done its work: what it answered is committed. */
export const call: Step = {
  refuses: [],
  async run(exchange, { platform }) {
    const { app, grant, accessToken, traceId, method } = exchange;
    const merchantId = exchange.delegation?.merchantId ?? app.merchantId;
    const caller =
      grant === undefined ? { app, merchantId, traceId } : { app, merchantId, traceId, grant, accessToken };
    exchange.insideMethod = true;
    const answer = await method.call(platform, exchange.fields, caller, {
      set: (name, value) => void exchange.headers.set(name, value),
      repeatAs: (inquiry) => void (exchange.repeatableAs = inquiry),
    });
    exchange.insideMethod = false;
    if (isRefusal(answer)) return answer;
    const fields = wireFields(method.spec.name, method.spec.response, answer);
    exchange.answer = { name: methodNode(method.spec.name), node: successNode(fields, method.spec.reply) };
    return undefined;
  },
};

/** What a handler returned, by the wire names and in the order of the spec. */
function wireFields(
  method: string,
  specs: Readonly<Record<string, ResponseFieldSpec>>,
  answer: AnswerFields,
): Record<string, ReplyValue> {
  const fields: Record<string, ReplyValue> = {};
  for (const [name, spec] of Object.entries(specs)) {
    const value = answer[camelCase(name)];
    if (value === undefined) {
      if (spec.required) throw new Error(`${method} answered without ${name}`);
    } else if (spec.type !== "list" || typeof value !== "object")
      fields[name] = value as PlainReplyValue; // As the handler's type says.
    // A list's own fields are plain.
    else fields[name] = value.map((item) => wireFields(method, spec.items, item) as Record<string, PlainReplyValue>);
  }
  return fields;
}
