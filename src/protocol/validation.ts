import { gatewayErrors } from "./gateway-errors.ts";
import { camelCase, type FieldSpec, type MethodSpec, type UploadedFile } from "./method-spec.ts";
import { type ErrorSpec, type Refusal, isRefusal, refusal } from "./refusal.ts";

/** A request's field before validation: what came, or why it cannot be one (an object, say). */
export type FieldInput = string | UploadedFile | { readonly unfit: string } | undefined;

export type ValidFields = Readonly<Record<string, string | UploadedFile | undefined>>;

/** Checks the fields in the spec's order and gives them by their camelCase names, or the first refusal. */
export function validateFields(spec: MethodSpec, inputs: (name: string) => FieldInput): ValidFields | Refusal {
  const valid: Record<string, string | UploadedFile | undefined> = {};
  for (const [name, field] of Object.entries(spec.request)) {
    const checked = checkField(spec, name, field, inputs(name));
    if (isRefusal(checked)) return checked;
    valid[camelCase(name)] = checked;
  }
  return valid;
}

function checkField(
  spec: MethodSpec,
  name: string,
  field: FieldSpec,
  input: FieldInput,
): string | UploadedFile | undefined | Refusal {
  if (input === undefined || input === "") {
    return field.required ? refuseField(spec, field.missing, `${name}不能为空`) : undefined;
  }
  const fault = faultOf(field, input);
  if (fault !== undefined) return refuseField(spec, field.invalid, `${name}${fault}`);
  return input as string | UploadedFile; // faultOf has ruled out the unfit.
}

function faultOf(field: FieldSpec, input: Exclude<FieldInput, undefined>): string | undefined {
  if (typeof input === "object" && "unfit" in input) return input.unfit;
  if (field.type === "file" && typeof input === "string") return "应以文件上传";
  if (field.type !== "file" && typeof input !== "string") return "应为文本参数";
  const length = typeof input === "string" ? input.length : input.content.length;
  if (field.maxLength !== undefined && length > field.maxLength) return `超过最大长度${field.maxLength}`;
  if (typeof input !== "string") return undefined;
  // PostgreSQL's text cannot hold U+0000, and no field has a use for it.
  if (input.includes("\0")) return "含有空字符";
  if (isFreeText(field) && loneSurrogate.test(input)) return "含有不成对的代理字符";
  if (field.pattern !== undefined && !field.pattern.test(input)) return "格式不正确";
  if (field.oneOf !== undefined && !field.oneOf.includes(input)) return `取值应为${field.oneOf.join("或")}`;
  return undefined;
}

/** Half a pair is no text: it could not be stored or sent back as it came. A pattern or a list of values rules it out by itself. */
const loneSurrogate = /\p{Surrogate}/u;

function isFreeText({ pattern, oneOf }: FieldSpec): boolean {
  return pattern === undefined && oneOf === undefined;
}

/** A sub_code with a published text keeps it; the general isv.invalid-parameter says which field and what is wrong. */
function refuseField(spec: MethodSpec, subCode: string | undefined, detail: string): Refusal {
  const own: ErrorSpec | undefined = subCode === undefined ? undefined : spec.errors[subCode];
  if (subCode === undefined || own === undefined) {
    return refusal("isv.invalid-parameter", gatewayErrors["isv.invalid-parameter"], `参数无效：${detail}`);
  }
  return refusal(subCode, own, own.namesField === true ? `${own.subMessage}：${detail}` : undefined);
}
