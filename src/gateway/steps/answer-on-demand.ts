import { setTimeout as delay } from "node:timers/promises";
import type { Step } from "../step.ts";

/** The request asks for no other answer than the true one. In production nobody hands in what could be asked for. */
export const answerOnDemand: Step = {
  refuses: [],
  run(exchange, { answersOnDemand }) {
    const { transactionId } = exchange.fields;
    if (answersOnDemand === undefined || typeof transactionId !== "string") return undefined;
    const demand = answersOnDemand(transactionId, exchange.method.spec);
    if (demand === undefined) return undefined;
    if ("delayMs" in demand) return delay(demand.delayMs, undefined);
    if ("fault" in demand) {
      exchange.replyFault = demand.fault;
      return undefined;
    }
    exchange.charset = demand.charset ?? exchange.charset;
    return demand.refusal;
  },
};
