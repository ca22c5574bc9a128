import { alipayDataDataserviceBillDownloadurlQuery } from "./alipay.data.dataservice.bill.downloadurl.query.ts";
import { alipaySystemOauthToken } from "./alipay.system.oauth.token.ts";
import type { Method } from "./method.ts";
import { zhimaAuthInfoAuthquery } from "./zhima.auth.info.authquery.ts";
import { zhimaCreditScoreBriefGet } from "./zhima.credit.score.brief.get.ts";
import { zhimaCreditScoreGet } from "./zhima.credit.score.get.ts";
import { zhimaDataBatchFeedback } from "./zhima.data.batch.feedback.ts";

/** Every method that the gateway answers, by its wire name. */
export const methods: ReadonlyMap<string, Method> = new Map(
  [
    alipayDataDataserviceBillDownloadurlQuery,
    alipaySystemOauthToken,
    zhimaAuthInfoAuthquery,
    zhimaCreditScoreBriefGet,
    zhimaCreditScoreGet,
    zhimaDataBatchFeedback,
  ].map((method) => [method.spec.name, method]),
);
