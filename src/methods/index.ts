import { alipayOpenAppAlipaycertDownload } from "./alipay.open.app.alipaycert.download.ts";
import { alipayOpenAuthTokenApp } from "./alipay.open.auth.token.app.ts";
import { alipayOpenAuthTokenAppQuery } from "./alipay.open.auth.token.app.query.ts";
import { alipayDataDataserviceBillDownloadurlQuery } from "./alipay.data.dataservice.bill.downloadurl.query.ts";
import { alipaySystemOauthToken } from "./alipay.system.oauth.token.ts";
import type { MethodSpec } from "../protocol/method-spec.ts";
import type { Method } from "./method.ts";
import { zhimaAuthInfoAuthquery } from "./zhima.auth.info.authquery.ts";
import { zhimaCreditScoreBriefGet } from "./zhima.credit.score.brief.get.ts";
import { zhimaCreditScoreGet } from "./zhima.credit.score.get.ts";
import { zhimaDataFeedbackurlQuery } from "./zhima.data.feedbackurl.query.ts";
import { zhimaDataBatchFeedback } from "./zhima.data.batch.feedback.ts";
import { zhimaMerchantCloseloopDataUpload } from "./zhima.merchant.closeloop.data.upload.ts";
import { zhimaMerchantDataUploadInitialize } from "./zhima.merchant.data.upload.initialize.ts";
import { zhimaMerchantSingleDataUpload } from "./zhima.merchant.single.data.upload.ts";

/** Every method that the gateway answers, by its wire name. */
export const methods: ReadonlyMap<string, Method> = new Map(
  [
    alipayOpenAppAlipaycertDownload,
    alipayOpenAuthTokenApp,
    alipayOpenAuthTokenAppQuery,
    alipaySystemOauthToken,
    alipayDataDataserviceBillDownloadurlQuery,
    zhimaAuthInfoAuthquery,
    zhimaCreditScoreBriefGet,
    zhimaCreditScoreGet,
    zhimaDataBatchFeedback,
    zhimaDataFeedbackurlQuery,
    zhimaMerchantCloseloopDataUpload,
    zhimaMerchantDataUploadInitialize,
    zhimaMerchantSingleDataUpload,
  ].map((method) => [method.spec.name, method]),
);

/** The methods that an app may call for another merchant, who is asked about each. */
export function delegableMethods(): MethodSpec[] {
  return [...methods.values()].map(({ spec }) => spec).filter(({ actsForMerchants }) => actsForMerchants === true);
}
