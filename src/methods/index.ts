import { alipaySystemOauthToken } from "./alipay.system.oauth.token.ts";
import type { Method } from "./method.ts";
import { zhimaCreditScoreGet } from "./zhima.credit.score.get.ts";
import { zhimaDataFeedbackurlQuery } from "./zhima.data.feedbackurl.query.ts";
import { zhimaDataBatchFeedback } from "./zhima.data.batch.feedback.ts";
import { zhimaMerchantCloseloopDataUpload } from "./zhima.merchant.closeloop.data.upload.ts";
import { zhimaMerchantDataUploadInitialize } from "./zhima.merchant.data.upload.initialize.ts";
import { zhimaMerchantSingleDataUpload } from "./zhima.merchant.single.data.upload.ts";

/** Every method that the gateway answers, by its wire name. */
export const methods: ReadonlyMap<string, Method> = new Map(
  [
    alipaySystemOauthToken,
    zhimaCreditScoreGet,
    zhimaDataBatchFeedback,
    zhimaDataFeedbackurlQuery,
    zhimaMerchantCloseloopDataUpload,
    zhimaMerchantDataUploadInitialize,
    zhimaMerchantSingleDataUpload,
  ].map((method) => [method.spec.name, method]),
);
