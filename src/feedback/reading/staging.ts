import { randomBytes } from "node:crypto";
import { sealCredentialsNo } from "../../consent/people.ts";
import type { Vault } from "../../keys/vault.ts";
import type { Charset } from "../../protocol/charset.ts";
import type { FileContent } from "../../protocol/method-spec.ts";
import { BlockReader } from "./block-reader.ts";
import { type FileFault, isFileFault } from "./feedback-file.ts";
import { isChineseUtf8 } from "./charset-look.ts";
import { FilePeople } from "./file-people.ts";
import { PlainRecords } from "./plain-records.ts";
import { type Portion, PortionWriter, type RowConstants } from "./portion.ts";
import { rawRecordAt, readExactly, toRaw } from "./read-exactly.ts";
import type { FeedbackRecord, FileLayout, RecordFault } from "./record.ts";
import { RecordIds } from "./record-id.ts";
import { IrregularFile, recordBlocks, recordNestingLimit } from "./record-blocks.ts";
import { createRecordReaders, type RawRecord, type RecordReaders } from "./record-reader.ts";
import { type RefusedRow, refusedRow } from "../batches/refused-rows.ts";
import { NumberList, SeenKeys } from "./seen.ts";
import type { SealedPerson, StagedPerson } from "./staged-person.ts";

export interface StagingTask {
  readonly file: FileContent;
  readonly charset: Charset;
  readonly layout: FileLayout;
  readonly constants: RowConstants;
  /** Whether one bad record spoils the file: after it no more rows are made, and only faults are looked for. */
  readonly wholeFile: boolean;
  /** A portion is full when it has so many bytes or so many records. */
  readonly portion: { readonly bytes: number; readonly records: number };
  /** Numbers of records to give back as they were sent; then nothing else is done. */
  readonly quote?: readonly number[];
}

export interface StagedFile {
  readonly count: number;
  readonly badRecords: number;
  /** The faults in the file's order, at most `keptFaults` of them. */
  readonly faults: readonly RecordFault[];
  readonly fileFault: FileFault | undefined;
  /** How many records are the same to the letter as an earlier one of the file. */
  readonly repeated: number;
  readonly rectifies: boolean;
  /** Whether some record says that its order is settled or was abandoned. */
  readonly ends: boolean;
  readonly quoted: readonly RefusedRow[];
}

/** So many faults are kept with a batch; a file may have more. */
export const keptFaults = 10_000;
/** How large a portion is: large enough that a statement costs little beside its rows, small enough to be held in memory. */
export const usualPortion = { bytes: 2 * 1024 * 1024, records: 20_000 };

/** Turns a file into portions of rows, and says what is wrong with it. `spent` gives memory of rows that have arrived. */
export function* stageFile(
  task: StagingTask,
  vault: Vault,
  spent: () => ArrayBuffer | undefined = () => undefined,
): Generator<Portion, StagedFile, void> {
  const staging = new Staging(task, vault);
  if (task.charset !== "utf-8" && isChineseUtf8(task.file))
    return staging.result({ kind: "charset", looksLike: "UTF-8" });
  try {
    for (const block of recordBlocks(task.file, task.charset)) {
      const reader = new BlockReader(task, block, staging.plain);
      for (let index = 0; index < block.starts.length; index += 1) {
        const offset = block.starts[index] ?? 0;
        if (task.quote === undefined && reader.isPlain(index)) staging.addPlain(offset);
        else staging.addRaw(reader.parsed(index), offset);
        if (staging.portion.isFull) yield staging.portion.take(spent());
      }
    }
  } catch (error) {
    if (!(error instanceof IrregularFile)) throw error;
    const read = readExactly(task, error.soundUpTo);
    if (isFileFault(read)) return staging.result(read);
    // It is JSON, and yet two lists or deep nesting stand where one flat list should: too odd once rows are under way.
    if (error.soundUpTo > 0)
      return staging.result({
        kind: "shape",
        reason: `最外层只应有一个records数组，且嵌套不超过${recordNestingLimit}层`,
      });
    const again = new Staging(task, vault);
    for (const record of read) {
      again.addRaw(toRaw(record), undefined);
      if (again.portion.isFull) yield again.portion.take(spent());
    }
    if (!again.portion.isEmpty) yield again.portion.take(spent());
    return again.result(undefined);
  }
  if (!staging.portion.isEmpty) yield staging.portion.take(spent());
  return staging.result(undefined);
}

class Staging {
  readonly plain: PlainRecords;
  readonly portion: PortionWriter;
  readonly #task: StagingTask;
  readonly #vault: Vault;
  readonly #read: RecordReaders;
  readonly #people: FilePeople;
  readonly #abandoned: ReadonlySet<string>;
  readonly #recordIds: RecordIds;
  readonly #faults: RecordFault[] = [];
  /** Keys are known by 96 bits of their record id: no two keys of a file share them. */
  readonly #keys = new SeenKeys(3);
  readonly #orders = new SeenKeys(2);
  /** The first 96 bits of the record id that was made last. */
  readonly #key: Int32Array;
  readonly #order = new Int32Array(2);
  readonly #seeds: readonly [number, number];
  readonly #offsets = new NumberList();
  readonly #ownersA = new NumberList();
  readonly #ownersB = new NumberList();
  /** The number of each portion's first record. */
  readonly #portions: number[] = [];
  readonly #whole: RawRecord[] = [];
  readonly #wanted: ReadonlySet<number> | undefined;
  readonly #quoted: RefusedRow[] = [];
  #count = 0;
  #bad = 0;
  #repeated = 0;
  #rectifies = false;
  #ends = false;

  constructor(task: StagingTask, vault: Vault) {
    const { template, columns } = task.layout;
    this.#task = task;
    this.#vault = vault;
    this.#wanted = task.quote === undefined ? undefined : new Set(task.quote);
    this.#read = createRecordReaders(task.layout);
    this.#people = new FilePeople(vault);
    this.#abandoned = new Set(
      Object.entries(template.statuses).flatMap(([code, { abandoned }]) => (abandoned === true ? [code] : [])),
    );
    this.#recordIds = new RecordIds(task.constants.merchantId);
    this.#key = new Int32Array(this.#recordIds.bytes.buffer, 0, 3);
    // Unknown to whoever makes a file: no two orders in it can be made to look the same.
    const seeds = randomBytes(8);
    this.#seeds = [seeds.readInt32LE(0), seeds.readInt32LE(4)];
    this.plain = new PlainRecords(
      columns.map(({ name }) => name),
      task.charset,
    );
    this.portion = new PortionWriter(task.constants, task.portion);
  }

  addRaw(raw: RawRecord, offset: number | undefined): void {
    const number = this.#begin(offset);
    if (this.#wanted !== undefined) {
      if (this.#wanted.has(number)) this.#quoted.push(refusedRow(number, raw));
      return;
    }
    if (offset === undefined) this.#whole.push(raw);
    this.#add(this.#read.raw(raw, number), number);
  }

  /** The record that `plain` has just read. */
  addPlain(offset: number): void {
    const number = this.#begin(offset);
    const record = this.#read.texts(this.plain.texts, this.plain.same, number);
    if (Array.isArray(record)) this.plain.forget();
    this.#add(record, number);
  }

  #begin(offset: number | undefined): number {
    this.#count += 1;
    this.#offsets.push(offset ?? 0);
    return this.#count;
  }

  #add(record: FeedbackRecord | RecordFault[], number: number): void {
    if (Array.isArray(record)) {
      this.#ownersA.push(0);
      this.#ownersB.push(0);
      return this.#refuse(record);
    }
    const stored = record as FeedbackRecord; // Faults are the only arrays.
    const recordId = this.#recordIds.of(stored.key);
    const key = this.#keys.firstWith(this.#key, number);
    const person = this.#people.of(stored);
    this.#ownersA.push(person.ownerA);
    this.#ownersB.push(person.ownerB);
    hashText(stored.orderNo, this.#seeds, this.#order);
    const order = this.#orders.firstWith(this.#order, number);
    const conflicts = this.#conflicts(stored, number, { key, order }, person);
    if (conflicts.length > 0) return this.#refuse(conflicts);
    if (key !== 0) {
      this.#repeated += 1;
      return;
    }
    if (stored.rectify !== null) this.#rectifies = true;
    if (stored.settled || this.#abandoned.has(stored.orderStatus)) this.#ends = true;
    if (this.#bad > 0 && this.#task.wholeFile) return;
    this.#write(stored, { number, recordId, order }, person);
  }

  #write(
    record: FeedbackRecord,
    { number, recordId, order }: { number: number; recordId: Uint8Array; order: number },
    person: StagedPerson,
  ): void {
    const { portion } = this;
    if (this.#portions.length < portion.number) this.#portions.push(number);
    if (order === 0) portion.addOrder(record.orderNo, undefined);
    else if (order < (this.#portions.at(-1) ?? 0)) portion.addOrder(record.orderNo, this.#portionOf(order));
    if (record.rectify !== null || record.mayNotFollow !== 0) portion.addNote(record, number, recordId, person);
    if (record.rectify === "delete" || record.rectify === "delete_history") return;
    if (person.portion !== portion.number)
      portion.addPerson(person, person.portion === 0 ? this.#seal(record) : undefined);
    portion.addRow(record, recordId, person);
  }

  #seal(record: FeedbackRecord): SealedPerson {
    return {
      credentialsType: record.credentialsType,
      credentialsNo: sealCredentialsNo(this.#vault, record.credentialsNo),
      name: this.#people.sealedName(record.name),
    };
  }

  /** The portion that has this record, or the first one for a record that comes before it. */
  #portionOf(record: number): number {
    let low = 0;
    let high = this.#portions.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#portions[middle] ?? 0) <= record) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  result(fileFault: FileFault | undefined): StagedFile {
    return {
      count: this.#count,
      badRecords: this.#bad,
      faults: this.#faults,
      fileFault,
      repeated: this.#repeated,
      rectifies: this.#rectifies,
      ends: this.#ends,
      quoted: this.#quoted,
    };
  }

  #refuse(faults: readonly RecordFault[]): void {
    this.#bad += 1;
    for (const fault of faults) if (this.#faults.length < keptFaults) this.#faults.push(fault);
  }

  /**
   * A key that came before with another content, and an order that the file gives to two people. Either is seen by its
   * hash, and then made sure of by reading the earlier record again.
   */
  #conflicts(
    record: FeedbackRecord,
    number: number,
    earlier: { key: number; order: number },
    person: StagedPerson,
  ): RecordFault[] {
    const faults: RecordFault[] = [];
    if (earlier.key !== 0 && !saysTheSame(this.#again(earlier.key), record)) {
      faults.push({
        record: number,
        column: this.#task.layout.primaryKey.join(","),
        value: "",
        reason: `与第${earlier.key}条记录主键相同而内容不同`,
      });
    }
    const known = earlier.order;
    if (known === 0 || (this.#ownersA.at(known - 1) === person.ownerA && this.#ownersB.at(known - 1) === person.ownerB))
      return faults;
    if (this.#again(known)?.orderNo === record.orderNo) {
      const column = this.#task.layout.template.columns.find(({ role }) => role === "order_no")?.name ?? "order_no";
      faults.push({
        record: number,
        column,
        value: record.orderNo.slice(0, 40),
        reason: `与第${known}条记录订单号相同而信息主体不同`,
      });
    }
    return faults;
  }

  #again(number: number): FeedbackRecord | undefined {
    const raw = this.#whole[number - 1] ?? rawRecordAt(this.#task, this.#offsets.at(number - 1));
    const record = raw === undefined ? [] : this.#read.raw(raw, number);
    return Array.isArray(record) ? undefined : (record as FeedbackRecord); // Faults are the only arrays.
  }
}

/** Whether two records are stored alike: one name may be written in two ways. */
function saysTheSame(earlier: FeedbackRecord | undefined, record: FeedbackRecord): boolean {
  return JSON.stringify({ ...earlier, name: "" }) === JSON.stringify({ ...record, name: "" });
}

/**
 * Two different hashes of 32 bits: FNV-1a, and one with another multiplier. Two texts may share both, so what is found by
 * them is compared afterwards where it tells two people apart.
 */
function hashText(text: string, [seedA, seedB]: readonly [number, number], into: Int32Array): void {
  let a = 0x811c9dc5 ^ seedA;
  let b = 0x01000193 ^ seedB;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x85ebca6b) ^ (b >>> 13);
  }
  into[0] = a;
  into[1] = b;
}
