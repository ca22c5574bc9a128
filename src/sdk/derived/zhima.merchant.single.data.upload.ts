// Derived from src/methods/zhima.merchant.single.data.upload.ts by `npm run derive`. Edit there, not here.
import type { MethodFacts } from "../method-facts.ts";
import { MethodRequest } from "../method-request.ts";

/** One record as JSON, judged and stored like a file of one. Success means that it is committed. */
export interface ZhimaMerchantSingleDataUploadFields {
  /** The scene; 8 is the feedback of data. The columns are those of the app's template in any case. */
  readonly sceneCode: string;
  /** The record: a JSON object of the template's columns, as text. */
  readonly data: string;
  /** The columns that tell records apart; the template's own when left out. */
  readonly primaryKeys?: string | undefined;
  /** Extension parameters: a JSON object, or the published notation with single quotes. {"dry_run":"true"} judges the records and stores nothing; what names dry_run otherwise is refused, as is what cannot be read; others are taken and not used. Published with a length of 100. */
  readonly bizExtParams?: string | undefined;
  /** The merchant's own number, or left out. */
  readonly linkedMerchantId?: string | undefined;
}

export interface ZhimaMerchantSingleDataUploadReply {
  /** The batch's id. */
  readonly taskId: string;
  /** As it was sent. */
  readonly bizExtParams?: string | undefined;
}

/** The sub_codes of the method's own. */
export type ZhimaMerchantSingleDataUploadSubCode = "INVALID_PARAMETER" | "INVALID_DATA_ARGUMENTS" | "INVALID_FILE_TYPE" | "INVALID_PRIMARY_ARGUMENTS" | "JSON_PARSE_ERROR" | "READ_OPENAPIFILE_ERROR";

export const zhimaMerchantSingleDataUpload: MethodFacts = {
  name: "zhima.merchant.single.data.upload",
  auth: "app",
  place: "biz_content",
  repeatable: true,
  request: { sceneCode: "scene_code", data: "data", primaryKeys: "primary_keys", bizExtParams: "biz_ext_params", linkedMerchantId: "linked_merchant_id" },
  response: { task_id: "string", biz_ext_params: "string" },
  remedies: {
    "INVALID_PARAMETER": { en: "Mend the records named and send the whole file again.", zh: "请根据具体字段的错误信息修正后重新上传整个文件。" },
    "INVALID_DATA_ARGUMENTS": { en: "Check records, columns and the primary key.", zh: "请验证参数，检查records、columns、primarykey是否完整。" },
    "INVALID_FILE_TYPE": { en: "Send file_type=json_data and a file named .txt or .json.", zh: "file_type请传json_data，文件名后缀请用.txt或.json。" },
    "INVALID_PRIMARY_ARGUMENTS": { en: "Name columns that are among columns, order_no with them: order_no,pay_month for one.", zh: "请验证参数，primary为主键字段，反馈数据字段中必须包含，例如order_no,pay_month。" },
    "JSON_PARSE_ERROR": { en: "Check the file at the line and column that sub_msg names.", zh: "文件内容格式必须为json，请按sub_msg所示行列检查。" },
    "READ_OPENAPIFILE_ERROR": { en: "Send it again later; nothing of it was stored.", zh: "系统异常，请稍后重试；本次数据未入库。" },
  },
};

/** Upload one record 商户数据单条上传 */
export class ZhimaMerchantSingleDataUploadRequest extends MethodRequest<"zhima.merchant.single.data.upload", ZhimaMerchantSingleDataUploadFields> {
  readonly method = "zhima.merchant.single.data.upload";

  setSceneCode(value: ZhimaMerchantSingleDataUploadFields["sceneCode"]): this {
    return this.set("sceneCode", value);
  }

  setData(value: ZhimaMerchantSingleDataUploadFields["data"]): this {
    return this.set("data", value);
  }

  setPrimaryKeys(value: ZhimaMerchantSingleDataUploadFields["primaryKeys"]): this {
    return this.set("primaryKeys", value);
  }

  setBizExtParams(value: ZhimaMerchantSingleDataUploadFields["bizExtParams"]): this {
    return this.set("bizExtParams", value);
  }

  setLinkedMerchantId(value: ZhimaMerchantSingleDataUploadFields["linkedMerchantId"]): this {
    return this.set("linkedMerchantId", value);
  }
}
