// Derived from src/methods/zhima.merchant.data.upload.initialize.ts by `npm run derive`. Edit there, not here.
import type { MethodFacts } from "../method-facts.ts";
import { MethodRequest } from "../method-request.ts";

/** Gives the address of the app's feedback template. */
export interface ZhimaMerchantDataUploadInitializeFields {
  /** The scene; 8 is the feedback of data. The columns are those of the app's template in any case. */
  readonly sceneCode: string;
  /** The merchant's own number, or left out. */
  readonly linkedMerchantId?: string | undefined;
}

export interface ZhimaMerchantDataUploadInitializeReply {
  /** Where to download the template. */
  readonly templateUrl: string;
}

/** The sub_codes of the method's own. */
export type ZhimaMerchantDataUploadInitializeSubCode = "INVALID_PARAMETER";

export const zhimaMerchantDataUploadInitialize: MethodFacts = {
  name: "zhima.merchant.data.upload.initialize",
  auth: "app",
  place: "biz_content",
  repeatable: true,
  request: { sceneCode: "scene_code", linkedMerchantId: "linked_merchant_id" },
  response: { template_url: "string" },
  remedies: {
    "INVALID_PARAMETER": { en: "Mend the records named and send the whole file again.", zh: "请根据具体字段的错误信息修正后重新上传整个文件。" },
  },
};

/** Open the feedback of data 商户数据反馈初始化 */
export class ZhimaMerchantDataUploadInitializeRequest extends MethodRequest<"zhima.merchant.data.upload.initialize", ZhimaMerchantDataUploadInitializeFields> {
  readonly method = "zhima.merchant.data.upload.initialize";

  setSceneCode(value: ZhimaMerchantDataUploadInitializeFields["sceneCode"]): this {
    return this.set("sceneCode", value);
  }

  setLinkedMerchantId(value: ZhimaMerchantDataUploadInitializeFields["linkedMerchantId"]): this {
    return this.set("linkedMerchantId", value);
  }
}
