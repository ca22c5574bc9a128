import { hash } from "node:crypto";
import { nameId, personKey, sealCredentialsNo, sealName } from "../consent/people.ts";
import type { Vault } from "../keys/vault.ts";
import { type Charset, decodeText } from "../protocol/charset.ts";
import { type JsonObject, parseJson } from "../protocol/json.ts";
import { copyField } from "../store/copy-text.ts";
import { type FileFault, isFileFault, readFeedbackFile } from "./feedback-file.ts";
import type { FeedbackRecord, FileLayout, RecordFault } from "./record.ts";
import { IrregularFile, recordBlocks } from "./record-blocks.ts";
import { createRecordReader, type RawRecord } from "./record-reader.ts";
import { type RefusedRow, refusedRow } from "./refused-rows.ts";
import { NumberList, SeenKeys } from "./seen.ts";

export interface StagingTask {
  readonly file: Uint8Array;
  readonly charset: Charset;
  readonly layout: FileLayout;
  readonly merchantId: string;
  /** One bad record spoils the file: after it no more rows are made, only faults looked for. */
  readonly wholeFile: boolean;
  /** Numbers of records to give back as they were sent; then nothing else is done. */
  readonly quote?: readonly number[];
}

export interface StagedFile {
  readonly count: number;
  readonly badRecords: number;
  /** In the file's order; at most `keptFaults`. */
  readonly faults: readonly RecordFault[];
  readonly fileFault: FileFault | undefined;
  /** Records that are the same to the letter as an earlier one of the file. */
  readonly repeated: number;
  readonly rectifies: boolean;
  readonly guarded: boolean;
  readonly quoted: readonly RefusedRow[];
}

/** Faults kept with a batch; a file may have more. */
export const keptFaults = 10_000;
const chunkCharacters = 128 * 1_024;
/** People of a file remembered at a time: enough that each is hashed and sealed about once. */
const peopleRemembered = 50_000;

/** What identifies a record within its merchant: a hash of its primary key values. */
export function recordIdOf(merchantId: string, key: readonly string[]): string {
  const hex = hash("sha256", JSON.stringify([merchantId, ...key]), "hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

/** The columns of the rows that `stageFile` makes, in order. */
export const stagedColumns =
  "number, bucket, person_id, record_id, name_id, stage, month, order_no, biz_type, order_status, settled, create_amt_fen, " +
  "overdue_cnt, overdue_since, overdue_amt_fen, pay_amt_fen, credit_limit_fen, reported_on, adverse, ended_on, extra, " +
  "rectify, may_not_follow, first_of_order, credentials_type, credentials_no_sealed, name_sealed";

/** Turns a file into rows for COPY, and says what is wrong with it. */
export function* stageFile(task: StagingTask, vault: Vault): Generator<string, StagedFile, void> {
  const staging = new Staging(task, vault);
  let text = "";
  try {
    for (const block of recordBlocks(task.file, task.charset)) {
      const records = parseBlock(task, block.start, block.end, block.bareNumbers);
      if (records.length !== block.starts.length) throw new IrregularFile(block.start);
      for (let index = 0; index < records.length; index += 1) {
        text += staging.add(records[index] ?? {}, block.starts[index] ?? 0);
        if (text.length < chunkCharacters) continue;
        yield text;
        text = "";
      }
    }
  } catch (error) {
    if (!(error instanceof IrregularFile)) throw error;
    const read = readExactly(task, error.soundUpTo);
    if (isFileFault(read)) return staging.result(read);
    // It is JSON, and yet two lists or deep nesting stand where one flat list should: too odd once rows are under way.
    if (error.soundUpTo > 0) return staging.result({ kind: "shape", reason: "最外层只应有一个records数组，且嵌套不超过30层" });
    text = "";
    const again = new Staging(task, vault);
    for (const record of read) text += again.add(toRaw(record), undefined);
    if (text !== "") yield text;
    return again.result(undefined);
  }
  if (text !== "") yield text;
  return staging.result(undefined);
}

function parseBlock(task: StagingTask, start: number, end: number, exact: boolean): readonly RawRecord[] {
  const text = decodeText(Buffer.from(task.file.subarray(start, end)), task.charset);
  if (text === undefined) throw new IrregularFile(start);
  if (!exact) {
    try {
      return JSON.parse(`[${text}]`) as RawRecord[]; // Each piece begins with a brace, so each is an object.
    } catch {
      throw new IrregularFile(start);
    }
  }
  const parsed = parseJson(`[${text}]`);
  if ("fault" in parsed) throw new IrregularFile(start);
  return (parsed.value as readonly JsonObject[]).map(toRaw); // As above.
}

function toRaw(record: JsonObject): RawRecord {
  return Object.fromEntries(record);
}

/**
 * The fault of a file that the fast way could not read, with its place in the whole file. What comes before
 * `soundUpTo` has been read already and is only counted.
 */
function readExactly(task: StagingTask, soundUpTo: number): ReturnType<typeof readFeedbackFile> {
  const { file, charset } = task;
  if (decodeText(Buffer.from(file), charset) === undefined) return { kind: "charset" };
  if (soundUpTo > 0) {
    const opening = '{"records":[';
    const rest = decodeText(Buffer.from(file.subarray(soundUpTo)), charset) ?? "";
    const parsed = parseJson(opening + rest);
    if ("fault" in parsed) {
      const { fault } = parsed;
      const before = (decodeText(Buffer.from(file.subarray(0, soundUpTo)), charset) ?? "").replace(/^\ufeff/, "");
      const lines = before.split("\n");
      const column = fault.line > 1 ? fault.column : fault.column - opening.length + (lines.at(-1)?.length ?? 0);
      return { kind: "json", fault: { ...fault, line: fault.line + lines.length - 1, column } };
    }
  }
  return readFeedbackFile(Buffer.from(file), charset);
}

interface PersonIds {
  /** Bucket and id, as COPY wants them. */
  readonly key: string;
  readonly nameId: string;
  readonly ownerA: number;
  readonly ownerB: number;
}

class Staging {
  readonly #task: StagingTask;
  readonly #vault: Vault;
  readonly #read: ReturnType<typeof createRecordReader>;
  readonly #faults: RecordFault[] = [];
  readonly #keys = new SeenKeys();
  readonly #orders = new SeenKeys();
  readonly #offsets = new NumberList();
  readonly #ownersA = new NumberList();
  readonly #ownersB = new NumberList();
  readonly #whole: RawRecord[] = [];
  readonly #wanted: ReadonlySet<number> | undefined;
  readonly #quoted: RefusedRow[] = [];
  #people = new Map<string, PersonIds>();
  #count = 0;
  #bad = 0;
  #repeated = 0;
  #rectifies = false;
  #guarded = false;
  staged = 0;

  constructor(task: StagingTask, vault: Vault) {
    this.#task = task;
    this.#vault = vault;
    this.#wanted = task.quote === undefined ? undefined : new Set(task.quote);
    this.#read = createRecordReader(task.layout);
  }

  /** The record's row, or "" when there is none. */
  add(raw: RawRecord, offset: number | undefined): string {
    this.#count += 1;
    const number = this.#count;
    if (this.#wanted !== undefined) {
      if (this.#wanted.has(number)) this.#quoted.push(refusedRow(number, raw));
      return "";
    }
    this.#offsets.push(offset ?? 0);
    if (offset === undefined) this.#whole.push(raw);
    const record = this.#read(raw, number);
    if (Array.isArray(record)) return this.#refuse(record);
    const stored = record as FeedbackRecord; // Faults are the only arrays.
    const id = hash("sha256", JSON.stringify([this.#task.merchantId, ...stored.key]), "buffer");
    const earlier = this.#keys.firstWith(id.readInt32LE(0), id.readInt32LE(4), id.readInt32LE(8), id.readInt32LE(12), number);
    const [person, sealed] = this.#personOf(stored);
    this.#ownersA.push(person.ownerA);
    this.#ownersB.push(person.ownerB);
    const [a, b] = hashText(stored.orderNo);
    const order = this.#orders.firstWith(a, b, 0, 0, number);
    const conflicts = this.#conflicts(stored, number, { key: earlier, order }, person);
    if (conflicts.length > 0) {
      this.#forget(stored, sealed);
      return this.#refuse(conflicts, true);
    }
    if (earlier !== 0) {
      this.#repeated += 1;
      return "";
    }
    if (stored.rectify !== null) this.#rectifies = true;
    if (stored.mayNotFollow !== 0) this.#guarded = true;
    if (this.#bad > 0 && this.#task.wholeFile) return "";
    this.staged += 1;
    return rowOf(stored, number, id.toString("hex", 0, 16), person, order === 0, sealed);
  }

  result(fileFault: FileFault | undefined): StagedFile {
    return {
      count: this.#count,
      badRecords: this.#bad,
      faults: this.#faults,
      fileFault,
      repeated: this.#repeated,
      rectifies: this.#rectifies,
      guarded: this.#guarded,
      quoted: this.#quoted,
    };
  }

  #refuse(faults: readonly RecordFault[], ownerKnown = false): string {
    this.#bad += 1;
    if (!ownerKnown) {
      this.#ownersA.push(0);
      this.#ownersB.push(0);
    }
    for (const fault of faults) if (this.#faults.length < keptFaults) this.#faults.push(fault);
    return "";
  }

  /** A person whose only row so far is refused has not been remembered. */
  #forget(record: FeedbackRecord, sealed: string): void {
    if (sealed !== nothingSealed) this.#people.delete(identityOf(record));
  }

  #personOf(record: FeedbackRecord): [PersonIds, string] {
    const identity = identityOf(record);
    const known = this.#people.get(identity);
    if (known !== undefined) return [known, nothingSealed];
    const { bucket, personId } = personKey(this.#vault, record.credentialsType, record.credentialsNo);
    const name = nameId(this.#vault, record.name);
    const ids = {
      key: `${bucket}\t${personId}`,
      nameId: name,
      ownerA: Number.parseInt(personId.slice(0, 8), 16) ^ Number.parseInt(name.slice(0, 8), 16),
      ownerB: Number.parseInt(personId.slice(28), 16) ^ Number.parseInt(name.slice(28), 16),
    };
    if (this.#people.size >= peopleRemembered) this.#people = new Map();
    this.#people.set(identity, ids);
    const sealed = `${copyField(record.credentialsType)}\t${copyField(sealCredentialsNo(this.#vault, record.credentialsNo))}\t${copyField(sealName(this.#vault, record.name))}`;
    return [ids, sealed];
  }

  /**
   * A key that came before with another content, and an order that the file gives to two people. Either is seen by its
   * hash, and then made sure of by reading the earlier record again.
   */
  #conflicts(record: FeedbackRecord, number: number, earlier: { key: number; order: number }, person: PersonIds): RecordFault[] {
    const faults: RecordFault[] = [];
    if (earlier.key !== 0 && JSON.stringify(this.#again(earlier.key)) !== JSON.stringify(record)) {
      faults.push({
        record: number,
        column: this.#task.layout.primaryKey.join(","),
        value: "",
        reason: `与第${earlier.key}条记录主键相同而内容不同`,
      });
    }
    const known = earlier.order;
    if (known === 0 || (this.#ownersA.at(known - 1) === person.ownerA && this.#ownersB.at(known - 1) === person.ownerB)) return faults;
    if (this.#again(known)?.orderNo === record.orderNo) {
      const column = this.#task.layout.template.columns.find(({ role }) => role === "order_no")?.name ?? "order_no";
      faults.push({ record: number, column, value: record.orderNo.slice(0, 40), reason: `与第${known}条记录订单号相同而信息主体不同` });
    }
    return faults;
  }

  #again(number: number): FeedbackRecord | undefined {
    const raw = this.#whole[number - 1] ?? rawRecordAt(this.#task, this.#offsets.at(number - 1));
    const record = raw === undefined ? [] : this.#read(raw, number);
    return Array.isArray(record) ? undefined : (record as FeedbackRecord); // As above.
  }
}

/** The record that begins at this byte. */
export function rawRecordAt({ file, charset }: Pick<StagingTask, "file" | "charset">, offset: number): RawRecord | undefined {
  const end = endOfObject(file, offset, charset !== "utf-8");
  const text = end === undefined ? undefined : decodeText(Buffer.from(file.subarray(offset, end)), charset);
  const parsed = text === undefined ? undefined : parseJson(text);
  return parsed !== undefined && "value" in parsed && parsed.value instanceof Map ? toRaw(parsed.value) : undefined;
}

function endOfObject(bytes: Uint8Array, from: number, pairs: boolean): number | undefined {
  let depth = 0;
  let inString = false;
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (inString) {
      if (byte === 0x22) inString = false;
      else if (byte === 0x5c || (pairs && byte >= 0x80)) at += 1;
    } else if (byte === 0x22) inString = true;
    else if (byte === 0x7b || byte === 0x5b) depth += 1;
    else if (byte === 0x7d || byte === 0x5d) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return undefined;
}

const nothingSealed = "\\N\t\\N\t\\N";

function identityOf(record: FeedbackRecord): string {
  return `${record.credentialsType}\0${record.credentialsNo}\0${record.name}`;
}

function rowOf(record: FeedbackRecord, number: number, recordId: string, person: PersonIds, isFirstOfOrder: boolean, sealed: string): string {
  const extra = record.extra === null ? "\\N" : copyField(JSON.stringify(record.extra));
  return (
    `${number}\t${person.key}\t${recordId}\t${person.nameId}\t${record.stage}\t${record.month ?? "\\N"}\t` +
    `${copyField(record.orderNo)}\t${copyField(record.bizType)}\t${copyField(record.orderStatus)}\t${record.settled ? "t" : "f"}\t` +
    `${record.createAmtFen ?? "\\N"}\t${record.overdueCnt ?? "\\N"}\t${record.overdueSince ?? "\\N"}\t${record.overdueAmtFen ?? "\\N"}\t` +
    `${record.payAmtFen ?? "\\N"}\t${record.creditLimitFen ?? "\\N"}\t${record.reportedOn ?? "\\N"}\t${record.adverse ? "t" : "f"}\t` +
    `${record.endedOn ?? "\\N"}\t${extra}\t${record.rectify ?? "\\N"}\t${record.mayNotFollow}\t${isFirstOfOrder ? "t" : "f"}\t${sealed}\n`
  );
}

/** Two different hashes of 32 bits (FNV-1a, and the same from another start): what they find is compared afterwards. */
function hashText(text: string): [number, number] {
  let a = 0x811c9dc5;
  let b = 0x01000193;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x85ebca6b) ^ (b >>> 13);
  }
  return [a, b | 0];
}
