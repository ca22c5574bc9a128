import { methodNode, successNode } from "../../protocol/envelope.ts";
import { camelCase } from "../../protocol/method-spec.ts";
import { isRefusal } from "../../protocol/refusal.ts";
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
    const fields: Record<string, string | number | boolean> = {};
    for (const [name, { required }] of Object.entries(method.spec.response)) {
      const value = answer[camelCase(name)];
      if (value !== undefined) fields[name] = value;
      else if (required) throw new Error(`${method.spec.name} answered without ${name}`);
    }
    exchange.answer = { name: methodNode(method.spec.name), node: successNode(fields, method.spec.reply) };
    return undefined;
  },
};
