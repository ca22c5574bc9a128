import { beijingMonth, beijingTime, type Instant } from "../clock.ts";
import { type Charset, parseCharset } from "../protocol/charset.ts";
import type { UploadedFile } from "../protocol/method-spec.ts";
import type { FileLayout } from "./reading/record.ts";
import { type Column, isForbiddenColumn, type Template } from "./templates/template.ts";

/** A feedback file and what its sender says of it, as the published document names the parameters. */
export interface FeedbackUpload {
  readonly fileCharset: string;
  readonly columns: string;
  readonly file: UploadedFile;
  readonly records: string;
  readonly primaryKeyColumns: string;
  readonly fileDescription: string | undefined;
}

export type FeedbackRefusal =
  | "INVALID_PARAMETER"
  | "INVALID_DATA_ARGUMENTS"
  | "INVALID_FILE_TYPE"
  | "INVALID_PRIMARY_ARGUMENTS"
  | "JSON_PARSE_ERROR";

export interface FileRefusal {
  readonly refusal: FeedbackRefusal;
  readonly detail: string;
}

const columnsLimit = 100;

/** Judges everything that is said of a file, before anybody looks into it. */
export function layoutOf(
  upload: FeedbackUpload,
  template: Template,
  options: { now: Instant; testPeople: boolean },
): { layout: FileLayout; charset: Charset } | FileRefusal {
  if (!/\.(?:txt|json)$/i.test(upload.file.filename))
    return fileRefusal("INVALID_FILE_TYPE", "文件名应以.txt或.json结尾");
  const charset = parseCharset(upload.fileCharset.trim());
  if (charset === undefined) return fileRefusal("INVALID_PARAMETER", "file_charset应为UTF-8、GBK或GB18030");
  const columns = readColumns(upload.columns, template);
  if ("refusal" in columns) return columns;
  const primaryKey = splitNames(upload.primaryKeyColumns);
  const notInColumns = primaryKey.find((name) => !columns.some((column) => column.name === name));
  if (primaryKey.length === 0 || notInColumns !== undefined) {
    return fileRefusal("INVALID_PRIMARY_ARGUMENTS", `主键列${(notInColumns ?? "").slice(0, 64)}不在columns中`);
  }
  if (new Set(primaryKey).size < primaryKey.length) return fileRefusal("INVALID_PRIMARY_ARGUMENTS", "主键列重复");
  const orderColumn = template.columns.find(({ role }) => role === "order_no");
  if (orderColumn !== undefined && !primaryKey.includes(orderColumn.name)) {
    return fileRefusal("INVALID_PRIMARY_ARGUMENTS", `主键列须包含${orderColumn.name}`);
  }
  return {
    charset,
    layout: {
      template,
      columns,
      primaryKey,
      newestMonth: beijingMonth(options.now),
      today: beijingTime(options.now).slice(0, 10),
      testPeople: options.testPeople,
    },
  };
}

function readColumns(text: string, template: Template): readonly Column[] | FileRefusal {
  const names = splitNames(text);
  if (names.length > columnsLimit) return fileRefusal("INVALID_DATA_ARGUMENTS", `columns超过${columnsLimit}列`);
  const columns: Column[] = [];
  for (const name of names) {
    if (isForbiddenColumn(name))
      return fileRefusal("INVALID_DATA_ARGUMENTS", `columns中的${name.slice(0, 64)}属于法律禁止采集的信息`);
    const column = template.columns.find((each) => each.name === name);
    if (column === undefined)
      return fileRefusal("INVALID_DATA_ARGUMENTS", `columns中的${name.slice(0, 64)}不在数据反馈模板中`);
    if (columns.includes(column)) return fileRefusal("INVALID_DATA_ARGUMENTS", `columns中的${name}重复`);
    columns.push(column);
  }
  const absent = template.columns.find((column) => column.required && !columns.includes(column));
  if (absent !== undefined) return fileRefusal("INVALID_DATA_ARGUMENTS", `columns缺少必填列${absent.name}`);
  return columns;
}

export function splitNames(text: string): string[] {
  return text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

export function fileRefusal(refusal: FeedbackRefusal, detail: string): FileRefusal {
  return { refusal, detail };
}
