import { readContent } from "../../keys/aside-file.ts";
import { type Charset, decodeText } from "../../protocol/charset.ts";
import { JsonNumber, type JsonObject, nestingLimit, parseJson } from "../../protocol/json.ts";
import { BracketScanner } from "../../protocol/json-brackets.ts";
import type { FileContent } from "../../protocol/method-spec.ts";
import { charsetLook } from "./charset-look.ts";
import { readFeedbackFile, strangersOf } from "./feedback-file.ts";
import { IrregularFile, type RecordBlock } from "./record-blocks.ts";
import type { RawRecord } from "./record-reader.ts";

/** A file as its sender describes it. */
export interface FileText {
  readonly file: FileContent;
  readonly charset: Charset;
}

/** The records of a block. Throws an IrregularFile when it is not JSON. */
export function parseBlock({ charset }: FileText, block: RecordBlock): readonly RawRecord[] {
  const text = decodeText(block.bytes.subarray(block.start - block.base, block.end - block.base), charset);
  if (text === undefined) throw new IrregularFile(block.start);
  const records = parseRecords(`[${text}]`, block.bareNumbers);
  // JSON.parse keeps the last of two equal keys: who wrote two is told which, by the exact reader.
  if (records?.length !== block.starts.length || membersOf(records) !== block.members)
    throw new IrregularFile(block.start);
  return records;
}

function membersOf(records: readonly RawRecord[]): number {
  let members = 0;
  for (const record of records) {
    for (const name in record) {
      members += 1;
      const value = record[name];
      if (typeof value === "object" && value !== null) members += nestedMembers(value);
    }
  }
  return members;
}

/** Of a value that no record should have; it nests as deep as a record may, and no deeper. */
function nestedMembers(value: unknown): number {
  if (typeof value !== "object" || value === null || value instanceof JsonNumber) return 0;
  if (Array.isArray(value)) return value.reduce<number>((sum, each) => sum + nestedMembers(each), 0);
  const inner: readonly unknown[] = value instanceof Map ? [...value.values()] : Object.values(value);
  return inner.reduce<number>((sum, each) => sum + 1 + nestedMembers(each), 0);
}

function parseRecords(json: string, exact: boolean): readonly RawRecord[] | undefined {
  if (!exact) {
    try {
      return JSON.parse(json) as RawRecord[]; // Each piece begins with a brace, so each is an object.
    } catch {
      return undefined;
    }
  }
  const parsed = parseJson(json);
  return "fault" in parsed ? undefined : (parsed.value as readonly JsonObject[]).map(toRaw); // As above.
}

export function toRaw(record: JsonObject): RawRecord {
  return Object.fromEntries(record);
}

/**
 * The fault of a file that the fast way could not read, with its place in the whole file. What comes before
 * `soundUpTo` has been read already and is only counted.
 */
export function readExactly({ file, charset }: FileText, soundUpTo: number): ReturnType<typeof readFeedbackFile> {
  const rest = decodeText(readContent(file, soundUpTo, file.length), charset);
  if (rest === undefined) return { kind: "charset", looksLike: charsetLook(readContent(file, 0, lookedAt)) };
  if (soundUpTo > 0) {
    const opening = '{"records":[';
    const parsed = parseJson(opening + rest);
    if ("fault" in parsed) {
      const { fault } = parsed;
      const { lines, lastLine } = countLines(file, charset, soundUpTo);
      const column = fault.line > 1 ? fault.column : fault.column - opening.length + lastLine;
      return { kind: "json", fault: { ...fault, line: fault.line + lines - 1, column } };
    }
    const strangers = parsed.value instanceof Map ? strangersOf(parsed.value) : undefined;
    if (strangers !== undefined) return strangers;
  }
  return readFeedbackFile(readContent(file, 0, file.length), charset);
}

/** So much of a file is looked at for the charset that it may be in. */
const lookedAt = 64 * 1024;
const countedAtOnce = 1024 * 1024;

/** The lines up to there, and the characters of the last. In no charset is a line break a part of another character. */
function countLines(file: FileContent, charset: Charset, end: number): { lines: number; lastLine: number } {
  let lines = 1;
  let lineStart = 0;
  for (let from = 0; from < end; from += countedAtOnce) {
    const bytes = readContent(file, from, Math.min(from + countedAtOnce, end));
    for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, at + 1)) {
      lines += 1;
      lineStart = from + at + 1;
    }
  }
  const last = decodeText(readContent(file, lineStart, end), charset) ?? "";
  return { lines, lastLine: last.replace(/^\ufeff/, "").length };
}

const firstLook = 4 * 1024;

/** The record that begins at this byte. */
export function rawRecordAt({ file, charset }: FileText, offset: number): RawRecord | undefined {
  for (let look = firstLook; ; look *= 4) {
    const bytes = readContent(file, offset, offset + look);
    const scanner = new BracketScanner({ depthLimit: nestingLimit, twoByteCharacters: charset !== "utf-8" });
    const end = scanner.endOf(bytes, 0);
    if (end === "unended" && offset + look < file.length) continue;
    const text = typeof end === "number" ? decodeText(bytes.subarray(0, end), charset) : undefined;
    const parsed = text === undefined ? undefined : parseJson(text);
    return parsed !== undefined && "value" in parsed && parsed.value instanceof Map ? toRaw(parsed.value) : undefined;
  }
}
