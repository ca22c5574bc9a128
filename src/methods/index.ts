import { alipaySystemOauthToken } from "./alipay.system.oauth.token.ts";
import type { Method } from "./method.ts";
import { zhimaCreditScoreGet } from "./zhima.credit.score.get.ts";
import { zhimaDataBatchFeedback } from "./zhima.data.batch.feedback.ts";

/** Every method that the gateway answers, by its wire name. */
export const methods: ReadonlyMap<string, Method> = new Map(
  [alipaySystemOauthToken, zhimaCreditScoreGet, zhimaDataBatchFeedback].map((method) => [method.spec.name, method]),
);
