// Derived from src/methods/zhima.merchant.closeloop.data.upload.ts by `npm run derive`. Edit there, not here.
import type { FileInput } from "../file-input.ts";
import type { MethodFacts } from "../method-facts.ts";
import { MethodRequest } from "../method-request.ts";

/** The successor of zhima.data.batch.feedback: the same file and the same rules, and the reply names the batch. Success means that the records are committed. */
export interface ZhimaMerchantCloseloopDataUploadFields {
  /** The charset of the file, apart from the request's own: UTF-8, GBK or GB18030. */
  readonly fileCharset: string;
  /** How many records the file has; it must be so. */
  readonly records: string;
  /** The columns of a record, separated by commas. The published length of 100 is shorter than the published example; ours is 4,096. */
  readonly columns: string;
  /** The columns that tell records apart, among them order_no. The same key again overwrites. Published with a length of 100. */
  readonly primaryKeyColumns: string;
  /** The scene; 8 is the feedback of data. The columns are those of the app's template in any case. */
  readonly sceneCode: string;
  /** Extension parameters: a JSON object, or the published notation with single quotes. {"dry_run":"true"} judges the records and stores nothing; what names dry_run otherwise is refused, as is what cannot be read; others are taken and not used. Published with a length of 100. */
  readonly bizExtParams?: string | undefined;
  /** The merchant's own number, or left out. */
  readonly linkedMerchantId?: string | undefined;
  /** The file, named .txt or .json: {"records":[{…},{…}]}. The published length of 1,000 is meaningless; ours is the limit of the body, 50 MB unless set otherwise. */
  readonly file: FileInput;
}

export interface ZhimaMerchantCloseloopDataUploadReply {
  /** The batch's id. */
  readonly taskId: string;
  /** As it was sent. */
  readonly bizExtParams?: string | undefined;
}

/** The sub_codes of the method's own. */
export type ZhimaMerchantCloseloopDataUploadSubCode = "INVALID_PARAMETER" | "INVALID_DATA_ARGUMENTS" | "INVALID_FILE_TYPE" | "INVALID_PRIMARY_ARGUMENTS" | "JSON_PARSE_ERROR" | "READ_OPENAPIFILE_ERROR";

export const zhimaMerchantCloseloopDataUpload: MethodFacts = {
  name: "zhima.merchant.closeloop.data.upload",
  auth: "app",
  place: "form",
  repeatable: true,
  request: { fileCharset: "file_charset", records: "records", columns: "columns", primaryKeyColumns: "primary_key_columns", sceneCode: "scene_code", bizExtParams: "biz_ext_params", linkedMerchantId: "linked_merchant_id", file: "file" },
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

/** Upload a file of data 商户数据批量上传 */
export class ZhimaMerchantCloseloopDataUploadRequest extends MethodRequest<"zhima.merchant.closeloop.data.upload", ZhimaMerchantCloseloopDataUploadFields> {
  readonly method = "zhima.merchant.closeloop.data.upload";

  setFileCharset(value: ZhimaMerchantCloseloopDataUploadFields["fileCharset"]): this {
    return this.set("fileCharset", value);
  }

  setRecords(value: ZhimaMerchantCloseloopDataUploadFields["records"]): this {
    return this.set("records", value);
  }

  setColumns(value: ZhimaMerchantCloseloopDataUploadFields["columns"]): this {
    return this.set("columns", value);
  }

  setPrimaryKeyColumns(value: ZhimaMerchantCloseloopDataUploadFields["primaryKeyColumns"]): this {
    return this.set("primaryKeyColumns", value);
  }

  setSceneCode(value: ZhimaMerchantCloseloopDataUploadFields["sceneCode"]): this {
    return this.set("sceneCode", value);
  }

  setBizExtParams(value: ZhimaMerchantCloseloopDataUploadFields["bizExtParams"]): this {
    return this.set("bizExtParams", value);
  }

  setLinkedMerchantId(value: ZhimaMerchantCloseloopDataUploadFields["linkedMerchantId"]): this {
    return this.set("linkedMerchantId", value);
  }

  setFile(value: ZhimaMerchantCloseloopDataUploadFields["file"]): this {
    return this.set("file", value);
  }
}
