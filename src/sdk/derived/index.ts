// Derived from src/methods/index.ts by `npm run derive`. Edit there, not here.
import type { MethodFacts } from "../method-facts.ts";
import { type AlipayDataDataserviceBillDownloadurlQueryFields, type AlipayDataDataserviceBillDownloadurlQueryReply, type AlipayDataDataserviceBillDownloadurlQuerySubCode, alipayDataDataserviceBillDownloadurlQuery } from "./alipay.data.dataservice.bill.downloadurl.query.ts";
import { type AlipayOpenAppAlipaycertDownloadFields, type AlipayOpenAppAlipaycertDownloadReply, type AlipayOpenAppAlipaycertDownloadSubCode, alipayOpenAppAlipaycertDownload } from "./alipay.open.app.alipaycert.download.ts";
import { type AlipayOpenAuthTokenAppFields, type AlipayOpenAuthTokenAppReply, type AlipayOpenAuthTokenAppSubCode, alipayOpenAuthTokenApp } from "./alipay.open.auth.token.app.ts";
import { type AlipayOpenAuthTokenAppQueryFields, type AlipayOpenAuthTokenAppQueryReply, type AlipayOpenAuthTokenAppQuerySubCode, alipayOpenAuthTokenAppQuery } from "./alipay.open.auth.token.app.query.ts";
import { type AlipaySystemOauthTokenFields, type AlipaySystemOauthTokenReply, type AlipaySystemOauthTokenSubCode, alipaySystemOauthToken } from "./alipay.system.oauth.token.ts";
import { type ZhimaAuthInfoAuthqueryFields, type ZhimaAuthInfoAuthqueryReply, type ZhimaAuthInfoAuthquerySubCode, zhimaAuthInfoAuthquery } from "./zhima.auth.info.authquery.ts";
import { type ZhimaCreditScoreBriefGetFields, type ZhimaCreditScoreBriefGetReply, type ZhimaCreditScoreBriefGetSubCode, zhimaCreditScoreBriefGet } from "./zhima.credit.score.brief.get.ts";
import { type ZhimaCreditScoreGetFields, type ZhimaCreditScoreGetReply, type ZhimaCreditScoreGetSubCode, zhimaCreditScoreGet } from "./zhima.credit.score.get.ts";
import { type ZhimaDataBatchFeedbackFields, type ZhimaDataBatchFeedbackReply, type ZhimaDataBatchFeedbackSubCode, zhimaDataBatchFeedback } from "./zhima.data.batch.feedback.ts";
import { type ZhimaDataFeedbackurlQueryFields, type ZhimaDataFeedbackurlQueryReply, type ZhimaDataFeedbackurlQuerySubCode, zhimaDataFeedbackurlQuery } from "./zhima.data.feedbackurl.query.ts";
import { type ZhimaMerchantCloseloopDataUploadFields, type ZhimaMerchantCloseloopDataUploadReply, type ZhimaMerchantCloseloopDataUploadSubCode, zhimaMerchantCloseloopDataUpload } from "./zhima.merchant.closeloop.data.upload.ts";
import { type ZhimaMerchantDataUploadInitializeFields, type ZhimaMerchantDataUploadInitializeReply, type ZhimaMerchantDataUploadInitializeSubCode, zhimaMerchantDataUploadInitialize } from "./zhima.merchant.data.upload.initialize.ts";
import { type ZhimaMerchantSingleDataUploadFields, type ZhimaMerchantSingleDataUploadReply, type ZhimaMerchantSingleDataUploadSubCode, zhimaMerchantSingleDataUpload } from "./zhima.merchant.single.data.upload.ts";

export { type AlipayDataDataserviceBillDownloadurlQueryFields, type AlipayDataDataserviceBillDownloadurlQueryReply, AlipayDataDataserviceBillDownloadurlQueryRequest } from "./alipay.data.dataservice.bill.downloadurl.query.ts";
export { type AlipayOpenAppAlipaycertDownloadFields, type AlipayOpenAppAlipaycertDownloadReply, AlipayOpenAppAlipaycertDownloadRequest } from "./alipay.open.app.alipaycert.download.ts";
export { type AlipayOpenAuthTokenAppFields, type AlipayOpenAuthTokenAppReply, AlipayOpenAuthTokenAppRequest } from "./alipay.open.auth.token.app.ts";
export { type AlipayOpenAuthTokenAppQueryFields, type AlipayOpenAuthTokenAppQueryReply, AlipayOpenAuthTokenAppQueryRequest } from "./alipay.open.auth.token.app.query.ts";
export { type AlipaySystemOauthTokenFields, type AlipaySystemOauthTokenReply, AlipaySystemOauthTokenRequest } from "./alipay.system.oauth.token.ts";
export { type ZhimaAuthInfoAuthqueryFields, type ZhimaAuthInfoAuthqueryReply, ZhimaAuthInfoAuthqueryRequest } from "./zhima.auth.info.authquery.ts";
export { type ZhimaCreditScoreBriefGetFields, type ZhimaCreditScoreBriefGetReply, ZhimaCreditScoreBriefGetRequest } from "./zhima.credit.score.brief.get.ts";
export { type ZhimaCreditScoreGetFields, type ZhimaCreditScoreGetReply, ZhimaCreditScoreGetRequest } from "./zhima.credit.score.get.ts";
export { type ZhimaDataBatchFeedbackFields, type ZhimaDataBatchFeedbackReply, ZhimaDataBatchFeedbackRequest } from "./zhima.data.batch.feedback.ts";
export { type ZhimaDataFeedbackurlQueryFields, type ZhimaDataFeedbackurlQueryReply, ZhimaDataFeedbackurlQueryRequest } from "./zhima.data.feedbackurl.query.ts";
export { type ZhimaMerchantCloseloopDataUploadFields, type ZhimaMerchantCloseloopDataUploadReply, ZhimaMerchantCloseloopDataUploadRequest } from "./zhima.merchant.closeloop.data.upload.ts";
export { type ZhimaMerchantDataUploadInitializeFields, type ZhimaMerchantDataUploadInitializeReply, ZhimaMerchantDataUploadInitializeRequest } from "./zhima.merchant.data.upload.initialize.ts";
export { type ZhimaMerchantSingleDataUploadFields, type ZhimaMerchantSingleDataUploadReply, ZhimaMerchantSingleDataUploadRequest } from "./zhima.merchant.single.data.upload.ts";

/** What each method takes and answers. */
export interface MethodMap {
  "alipay.data.dataservice.bill.downloadurl.query": {
    fields: AlipayDataDataserviceBillDownloadurlQueryFields;
    reply: AlipayDataDataserviceBillDownloadurlQueryReply;
    subCode: AlipayDataDataserviceBillDownloadurlQuerySubCode;
    auth: "app";
  };
  "alipay.open.app.alipaycert.download": {
    fields: AlipayOpenAppAlipaycertDownloadFields;
    reply: AlipayOpenAppAlipaycertDownloadReply;
    subCode: AlipayOpenAppAlipaycertDownloadSubCode;
    auth: "app";
  };
  "alipay.open.auth.token.app": {
    fields: AlipayOpenAuthTokenAppFields;
    reply: AlipayOpenAuthTokenAppReply;
    subCode: AlipayOpenAuthTokenAppSubCode;
    auth: "app";
  };
  "alipay.open.auth.token.app.query": {
    fields: AlipayOpenAuthTokenAppQueryFields;
    reply: AlipayOpenAuthTokenAppQueryReply;
    subCode: AlipayOpenAuthTokenAppQuerySubCode;
    auth: "app";
  };
  "alipay.system.oauth.token": {
    fields: AlipaySystemOauthTokenFields;
    reply: AlipaySystemOauthTokenReply;
    subCode: AlipaySystemOauthTokenSubCode;
    auth: "app";
  };
  "zhima.auth.info.authquery": {
    fields: ZhimaAuthInfoAuthqueryFields;
    reply: ZhimaAuthInfoAuthqueryReply;
    subCode: ZhimaAuthInfoAuthquerySubCode;
    auth: "app";
  };
  "zhima.credit.score.brief.get": {
    fields: ZhimaCreditScoreBriefGetFields;
    reply: ZhimaCreditScoreBriefGetReply;
    subCode: ZhimaCreditScoreBriefGetSubCode;
    auth: "app";
  };
  "zhima.credit.score.get": {
    fields: ZhimaCreditScoreGetFields;
    reply: ZhimaCreditScoreGetReply;
    subCode: ZhimaCreditScoreGetSubCode;
    auth: "user";
  };
  "zhima.data.batch.feedback": {
    fields: ZhimaDataBatchFeedbackFields;
    reply: ZhimaDataBatchFeedbackReply;
    subCode: ZhimaDataBatchFeedbackSubCode;
    auth: "app";
  };
  "zhima.data.feedbackurl.query": {
    fields: ZhimaDataFeedbackurlQueryFields;
    reply: ZhimaDataFeedbackurlQueryReply;
    subCode: ZhimaDataFeedbackurlQuerySubCode;
    auth: "app";
  };
  "zhima.merchant.closeloop.data.upload": {
    fields: ZhimaMerchantCloseloopDataUploadFields;
    reply: ZhimaMerchantCloseloopDataUploadReply;
    subCode: ZhimaMerchantCloseloopDataUploadSubCode;
    auth: "app";
  };
  "zhima.merchant.data.upload.initialize": {
    fields: ZhimaMerchantDataUploadInitializeFields;
    reply: ZhimaMerchantDataUploadInitializeReply;
    subCode: ZhimaMerchantDataUploadInitializeSubCode;
    auth: "app";
  };
  "zhima.merchant.single.data.upload": {
    fields: ZhimaMerchantSingleDataUploadFields;
    reply: ZhimaMerchantSingleDataUploadReply;
    subCode: ZhimaMerchantSingleDataUploadSubCode;
    auth: "app";
  };
}

export const methodFacts: { readonly [M in keyof MethodMap]: MethodFacts } = {
  "alipay.data.dataservice.bill.downloadurl.query": alipayDataDataserviceBillDownloadurlQuery,
  "alipay.open.app.alipaycert.download": alipayOpenAppAlipaycertDownload,
  "alipay.open.auth.token.app": alipayOpenAuthTokenApp,
  "alipay.open.auth.token.app.query": alipayOpenAuthTokenAppQuery,
  "alipay.system.oauth.token": alipaySystemOauthToken,
  "zhima.auth.info.authquery": zhimaAuthInfoAuthquery,
  "zhima.credit.score.brief.get": zhimaCreditScoreBriefGet,
  "zhima.credit.score.get": zhimaCreditScoreGet,
  "zhima.data.batch.feedback": zhimaDataBatchFeedback,
  "zhima.data.feedbackurl.query": zhimaDataFeedbackurlQuery,
  "zhima.merchant.closeloop.data.upload": zhimaMerchantCloseloopDataUpload,
  "zhima.merchant.data.upload.initialize": zhimaMerchantDataUploadInitialize,
  "zhima.merchant.single.data.upload": zhimaMerchantSingleDataUpload,
};
