import type { Charset } from "../protocol/charset.ts";
import { type FileRefusal, fileRefusal } from "./layout.ts";
import type { FileFault } from "./reading/feedback-file.ts";
import type { RecordFault } from "./reading/record.ts";
import type { StagedFile } from "./reading/staging.ts";

/** The reply names so many faults: it has to stay a message that somebody reads. */
const namedFaults = 5;

/** What was announced of a file, and whether one bad record refuses all of it. */
export interface AnnouncedFile {
  readonly charset: Charset;
  readonly records: number;
  readonly wholeFile: boolean;
}

/** What a file that has been read is refused with; undefined where nothing in it refuses the whole of it. */
export function refusalOf({ charset, records, wholeFile }: AnnouncedFile, staged: StagedFile): FileRefusal | undefined {
  if (staged.fileFault !== undefined) return refusalOfFile(staged.fileFault, charset);
  if (staged.count !== records)
    return fileRefusal("INVALID_DATA_ARGUMENTS", `records为${records}，文件中有${staged.count}条记录`);
  const spoilt = staged.badRecords > 0 && (wholeFile || staged.badRecords === staged.count);
  return spoilt ? refusalOfRecords(staged.faults, staged.badRecords) : undefined;
}

function refusalOfFile(fault: FileFault, charset: Charset): FileRefusal {
  switch (fault.kind) {
    case "charset":
      return fileRefusal(
        "INVALID_PARAMETER",
        `文件内容不是有效的${charset.toUpperCase()}编码${fault.looksLike === undefined ? "" : `，看起来是${fault.looksLike}`}，请检查file_charset`,
      );
    case "json": {
      const { line, column, reason, excerpt } = fault.fault;
      return fileRefusal(
        "JSON_PARSE_ERROR",
        `第${line}行第${column}列：${reason}，附近内容：${maskedExcerpt(excerpt)}`,
      );
    }
    case "shape":
      return fileRefusal("JSON_PARSE_ERROR", fault.reason);
  }
}

/** Shape without content: whoever reads an error must not learn a name or a number from it. */
function maskedExcerpt(excerpt: string): string {
  return excerpt
    .replaceAll(/[\p{Cc}\p{Cs}]/gu, " ")
    .replaceAll(/[\p{N}\p{Script=Han}]/gu, "*")
    .trim();
}

/** What bad records refuse the whole file with. */
export function refusalOfRecords(faults: readonly RecordFault[], badRecords: number): FileRefusal {
  const named = faults
    .slice(0, namedFaults)
    .map(
      ({ record, column, value, reason }) => `第${record}条记录${column}${value === "" ? "" : `(${value})`}${reason}`,
    );
  const rest = faults.length > namedFaults ? `；共${badRecords}条记录有误` : "";
  return fileRefusal("INVALID_PARAMETER", `${named.join("；")}${rest}`);
}
