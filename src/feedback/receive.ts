import { createHash, randomUUID } from "node:crypto";
import { beijingMonth, type Clock, instantToText } from "../clock.ts";
import type { Vault } from "../keys/vault.ts";
import type { App } from "../merchants/apps.ts";
import { type Charset, parseCharset } from "../protocol/charset.ts";
import type { JsonObject } from "../protocol/json.ts";
import type { UploadedFile } from "../protocol/method-spec.ts";
import type { Store } from "../store/store.ts";
import { type Batch, type MergeCounts, recordBatch } from "./batches.ts";
import { type FileFault, isFileFault, readFeedbackFile } from "./feedback-file.ts";
import { findConflicts, mergeRecords } from "./merge.ts";
import { type FeedbackRecord, type FileLayout, readRecord, type RecordFault } from "./record.ts";
import { type Column, isForbiddenColumn, type Template, templateNamed } from "./template.ts";

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

/** What became of the file; `batchId` finds its report either way. */
export type FeedbackOutcome =
  | { readonly batchId: string; readonly counts: MergeCounts }
  | { readonly batchId: string; readonly refusal: FeedbackRefusal; readonly detail: string };

interface Desk {
  readonly store: Store;
  readonly vault: Vault;
  readonly clock: Clock;
}

/** Faults kept with a batch; a file may have more. */
const keptFaults = 10_000;
/** Faults named in the reply, which has to stay a message. */
const namedFaults = 5;
const columnsLimit = 100;
const noCounts: MergeCounts = { newRecords: 0, changedRecords: 0, sameRecords: 0 };

/** Stores a feedback file, whole or not at all unless the app accepts the valid part. Returns after the commit. */
export async function receiveFeedback(desk: Desk, app: App, upload: FeedbackUpload): Promise<FeedbackOutcome> {
  const { clock } = desk;
  const batch: Batch = { batchId: randomUUID(), merchantId: app.merchantId, template: app.template };
  const receivedAt = instantToText(clock.now());
  const read = readUpload(upload, templateNamed(app.template), clock);
  const report = {
    batch,
    appId: app.appId,
    fileSha256: createHash("sha256").update(upload.file.content).digest(),
    fileBytes: upload.file.content.length,
    fileDescription: upload.fileDescription,
    receivedAt,
  };

  if ("refusal" in read) {
    await recordBatch(desk.store, clock, {
      ...report,
      records: 0,
      badRecords: 0,
      counts: noCounts,
      refusedWith: read.refusal,
      faults: [],
    });
    return { batchId: batch.batchId, ...read };
  }

  const badRecords = new Set(read.faults.map(({ record }) => record)).size;
  const kept = { records: read.count, badRecords, faults: read.faults.slice(0, keptFaults) };
  if (badRecords > 0 && (app.feedbackPolicy === "whole_file" || read.records.length === 0)) {
    await recordBatch(desk.store, clock, { ...report, ...kept, counts: noCounts, refusedWith: "INVALID_PARAMETER" });
    return { batchId: batch.batchId, refusal: "INVALID_PARAMETER", detail: describeFaults(read.faults, badRecords) };
  }

  const counts = await desk.store.transaction(async (transaction) => {
    const merged = await mergeRecords(transaction, desk.vault, clock, batch, read.records);
    await recordBatch(transaction, clock, { ...report, ...kept, counts: merged, refusedWith: undefined });
    return merged;
  });
  return { batchId: batch.batchId, counts };
}

interface ReadUpload {
  readonly count: number;
  readonly records: readonly FeedbackRecord[];
  readonly faults: readonly RecordFault[];
}

interface Refused {
  readonly refusal: FeedbackRefusal;
  readonly detail: string;
}

function readUpload(upload: FeedbackUpload, template: Template, clock: Clock): ReadUpload | Refused {
  if (!/\.(?:txt|json)$/i.test(upload.file.filename)) return refused("INVALID_FILE_TYPE", "文件名应以.txt或.json结尾");
  const charset = parseCharset(upload.fileCharset.trim());
  if (charset === undefined) return refused("INVALID_PARAMETER", "file_charset应为UTF-8、GBK或GB18030");
  const columns = readColumns(upload.columns, template);
  if ("refusal" in columns) return columns;
  const primaryKey = splitNames(upload.primaryKeyColumns);
  const notInColumns = primaryKey.find((name) => !columns.some((column) => column.name === name));
  if (primaryKey.length === 0 || notInColumns !== undefined) {
    return refused("INVALID_PRIMARY_ARGUMENTS", `主键列${(notInColumns ?? "").slice(0, 64)}不在columns中`);
  }
  if (new Set(primaryKey).size < primaryKey.length) return refused("INVALID_PRIMARY_ARGUMENTS", "主键列重复");
  const orderColumn = template.columns.find(({ role }) => role === "order_no");
  if (orderColumn !== undefined && !primaryKey.includes(orderColumn.name)) {
    return refused("INVALID_PRIMARY_ARGUMENTS", `主键列须包含${orderColumn.name}`);
  }

  const objects = readFeedbackFile(upload.file.content, charset);
  if (isFileFault(objects)) return refusedFile(objects, charset);
  if (objects.length !== Number(upload.records)) {
    return refused("INVALID_DATA_ARGUMENTS", `records为${Number(upload.records)}，文件中有${objects.length}条记录`);
  }
  const layout: FileLayout = { template, columns, primaryKey, newestMonth: beijingMonth(clock.now()) };
  return readRecords(layout, objects);
}

function readRecords(layout: FileLayout, objects: readonly JsonObject[]): ReadUpload {
  const faults: RecordFault[] = [];
  const sound: { record: FeedbackRecord; number: number }[] = [];
  objects.forEach((object, index) => {
    const record = readRecord(layout, object, index + 1);
    if (Array.isArray(record)) faults.push(...record);
    else sound.push({ record: record as FeedbackRecord, number: index + 1 }); // Faults are the only arrays.
  });
  const { distinct, faults: conflicts } = findConflicts(sound, layout.primaryKey.join(","));
  const conflicting = new Set(conflicts.map(({ record }) => record));
  const records =
    conflicting.size === 0
      ? distinct
      : findConflicts(sound.filter(({ number }) => !conflicting.has(number)), "").distinct;
  return {
    count: objects.length,
    records,
    faults: [...faults, ...conflicts].toSorted((left, right) => left.record - right.record),
  };
}

function readColumns(text: string, template: Template): readonly Column[] | Refused {
  const names = splitNames(text);
  if (names.length > columnsLimit) return refused("INVALID_DATA_ARGUMENTS", `columns超过${columnsLimit}列`);
  const columns: Column[] = [];
  for (const name of names) {
    if (isForbiddenColumn(name)) return refused("INVALID_DATA_ARGUMENTS", `columns中的${name.slice(0, 64)}属于法律禁止采集的信息`);
    const column = template.columns.find((each) => each.name === name);
    if (column === undefined) return refused("INVALID_DATA_ARGUMENTS", `columns中的${name.slice(0, 64)}不在数据反馈模板中`);
    if (columns.includes(column)) return refused("INVALID_DATA_ARGUMENTS", `columns中的${name}重复`);
    columns.push(column);
  }
  const absent = template.columns.find((column) => column.required && !columns.includes(column));
  if (absent !== undefined) return refused("INVALID_DATA_ARGUMENTS", `columns缺少必填列${absent.name}`);
  return columns;
}

function splitNames(text: string): string[] {
  return text.split(",").map((name) => name.trim()).filter((name) => name !== "");
}

function refusedFile(fault: FileFault, charset: Charset): Refused {
  switch (fault.kind) {
    case "charset":
      return refused("INVALID_PARAMETER", `文件内容不是有效的${charset.toUpperCase()}编码，请检查file_charset`);
    case "json": {
      const { line, column } = fault.fault;
      return refused("JSON_PARSE_ERROR", `第${line}行第${column}列：${fault.fault.reason}`);
    }
    case "shape":
      return refused("JSON_PARSE_ERROR", fault.reason);
  }
}

function refused(refusal: FeedbackRefusal, detail: string): Refused {
  return { refusal, detail };
}

function describeFaults(faults: readonly RecordFault[], badRecords: number): string {
  const named = faults
    .slice(0, namedFaults)
    .map(({ record, column, value, reason }) => `第${record}条记录${column}${value === "" ? "" : `(${value})`}${reason}`);
  const rest = faults.length > namedFaults ? `；共${badRecords}条记录有误` : "";
  return `${named.join("；")}${rest}`;
}
