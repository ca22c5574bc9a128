import { charsetLook } from "./charset-look.ts";
import { type Charset, decodeText } from "../../protocol/charset.ts";
import { type JsonFault, type JsonObject, parseJson } from "../../protocol/json.ts";

export type FileFault =
  /** `looksLike` says what the file seems to be written in instead. */
  | { readonly kind: "charset"; readonly looksLike?: string | undefined }
  | { readonly kind: "json"; readonly fault: JsonFault }
  | { readonly kind: "shape"; readonly reason: string };

/** The records of a feedback file: bytes in the file's own charset, JSON of the form `{"records":[{…},{…}]}`. */
export function readFeedbackFile(content: Uint8Array, charset: Charset): readonly JsonObject[] | FileFault {
  const text = decodeText(content, charset);
  if (text === undefined) return { kind: "charset", looksLike: charsetLook(content) };
  const parsed = parseJson(text.startsWith("\ufeff") ? text.slice(1) : text);
  if ("fault" in parsed) return { kind: "json", fault: parsed.fault };
  const file = parsed.value;
  if (!(file instanceof Map)) return { kind: "shape", reason: '最外层应为对象{"records":[…]}' };
  const records = file.get("records");
  if (!Array.isArray(records)) return { kind: "shape", reason: "缺少数组records" };
  const strangers = strangersOf(file);
  if (strangers !== undefined) return strangers;
  const notAnObject = records.findIndex((record) => !(record instanceof Map));
  if (notAnObject !== -1) return { kind: "shape", reason: `第${notAnObject + 1}条记录不是对象` };
  return records as readonly JsonObject[]; // Each was just seen to be a Map.
}

const namedStrangers = 5;

/** The fault of a file that has further keys beside `records`, which nobody would read. */
export function strangersOf(file: JsonObject): FileFault | undefined {
  const strangers = [...file.keys()].filter((key) => key !== "records");
  if (strangers.length === 0) return undefined;
  const named = strangers
    .slice(0, namedStrangers)
    .map((key) => key.slice(0, 64).replaceAll(/[\p{Cc}\p{Cs}]/gu, "\ufffd"));
  return { kind: "shape", reason: `records之外不应有其他字段：${named.join("、")}` };
}

export function isFileFault(read: readonly JsonObject[] | FileFault): read is FileFault {
  return "kind" in read;
}
