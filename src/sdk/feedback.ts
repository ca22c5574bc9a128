import { ConfigurationError } from "./call-error.ts";
import type { ZhimaDataBatchFeedbackFields } from "./derived/index.ts";
import { type FileContent, readContent, readFileInput } from "./file-input.ts";

/** One record: its columns by their names in the template. Numbers are written out; amounts had better be texts. */
export type FeedbackRecord = Readonly<Record<string, string | number>>;

/** What is fed back: records, or a file of the form `{"records":[{…},{…}]}` by its path, bytes, text or stream. */
export type FeedbackSource =
  { readonly records: readonly FeedbackRecord[] } | { readonly path: string } | { readonly content: FileContent };

export type Feedback = FeedbackSource & {
  /** The columns that tell records apart, `order_no` among them: the same key again overwrites. */
  readonly primaryKeyColumns: readonly string[];
  /** The file's name; it ends in .txt or .json. */
  readonly name?: string;
  /** The charset of a file; UTF-8 unless given. */
  readonly fileCharset?: "UTF-8" | "GBK";
  /** Of a file; otherwise they are read from it. */
  readonly columns?: readonly string[];
  /** How many records a file has; otherwise they are counted. */
  readonly count?: number;
  readonly fileDescription?: string;
  readonly bizExtParams?: string;
};

/** The fields of `zhima.data.batch.feedback`. @throws ConfigurationError for records that make no file. */
export async function feedbackFields(feedback: Feedback): Promise<ZhimaDataBatchFeedbackFields> {
  const fileCharset = "records" in feedback ? "UTF-8" : (feedback.fileCharset ?? "UTF-8");
  const { name, bytes } = await fileOf(feedback);
  const { columns, count } =
    feedback.columns !== undefined && feedback.count !== undefined
      ? { columns: feedback.columns, count: feedback.count }
      : described(bytes, fileCharset, feedback);
  return {
    fileCharset,
    fileType: "json_data",
    records: String(count),
    columns: columns.join(","),
    primaryKeyColumns: feedback.primaryKeyColumns.join(","),
    bizExtParams: feedback.bizExtParams,
    fileDescription: feedback.fileDescription,
    file: { name, content: bytes },
  };
}

async function fileOf(feedback: Feedback): Promise<{ name: string; bytes: Uint8Array }> {
  const named = feedback.name === undefined ? {} : { name: feedback.name };
  if ("path" in feedback) return readFileInput({ path: feedback.path, ...named });
  const name = feedback.name ?? "feedback.json";
  if ("content" in feedback) return { name, bytes: await readContent(feedback.content) };
  const records = feedback.records.map((record) =>
    Object.fromEntries(Object.entries(record).map(([column, value]) => [column, String(value)])),
  );
  return { name, bytes: new TextEncoder().encode(JSON.stringify({ records })) };
}

/** The columns of all records in the order in which they first come, and how many records there are. */
function described(
  bytes: Uint8Array,
  fileCharset: "UTF-8" | "GBK",
  given: Pick<Feedback, "columns" | "count">,
): { columns: readonly string[]; count: number } {
  const unreadable = 'the file to feed back is no JSON of the form {"records":[{…}]} in its charset';
  let records: unknown;
  try {
    const text = new TextDecoder(fileCharset === "GBK" ? "gb18030" : "utf-8", { fatal: true }).decode(bytes);
    records = (JSON.parse(text) as { records?: unknown } | null)?.records; // Looked at below.
  } catch {
    throw new ConfigurationError(unreadable);
  }
  if (!Array.isArray(records) || !records.every((each) => typeof each === "object" && each !== null)) {
    throw new ConfigurationError(unreadable);
  }
  if (records.length === 0) throw new ConfigurationError("there is no record to feed back");
  const columns = new Set(records.flatMap((record: object) => Object.keys(record)));
  return { columns: given.columns ?? [...columns], count: given.count ?? records.length };
}
