import { BinaryRows } from "../../store/copy-binary.ts";
import { type ConstantColumns, writeNote, writePerson, writeRecord } from "./portion-columns.ts";
import type { FeedbackRecord } from "./record.ts";
import type { SealedPerson, StagedPerson } from "./staged-person.ts";

/**
 * A part of a file on its way to the database: rows of PostgreSQL's binary COPY format. What is told of its orders
 * decides where they go.
 */
export interface Portion {
  /** The first portion of a file has the number 1. */
  readonly number: number;
  readonly records: number;
  /** Rows of the columns `recordColumns`, sorted by bucket. */
  readonly rows: Uint8Array<ArrayBuffer>;
  /** Rows of the columns `noteColumns`, one for each record that stored ones may forbid or that corrects a stored one. */
  readonly notes: Uint8Array<ArrayBuffer>;
  /** Rows of the columns `personColumns`, one for each person in it, sealed where the file has them for the first time. */
  readonly people: Uint8Array<ArrayBuffer>;
  /** The orders that the file has for the first time. */
  readonly orders: readonly string[];
  /** The portions in which its other orders came first. */
  readonly earlier: readonly number[];
  /** Whether some of its records correct others. */
  readonly corrects: boolean;
}

/** What is the same in all records of a file. */
export interface RowConstants {
  readonly merchantId: string;
  readonly template: string;
  readonly batchId: string;
  /** Microseconds since 1970. */
  readonly fedBackAt: number;
}

const buckets = 256;

/** Gathers a portion. */
export class PortionWriter {
  readonly #rows = new BinaryRows();
  readonly #notes = new BinaryRows();
  readonly #people = new BinaryRows();
  readonly #constants: ConstantColumns;
  readonly #fullAt: { readonly bytes: number; readonly records: number };
  #starts: number[] = [];
  #buckets: number[] = [];
  #orders: string[] = [];
  #earlier = new Set<number>();
  #corrects = false;
  #number = 1;

  constructor(constants: RowConstants, fullAt: { readonly bytes: number; readonly records: number }) {
    this.#constants = {
      merchantId: columnOf((rows) => rows.text(constants.merchantId)),
      template: columnOf((rows) => rows.text(constants.template)),
      batchId: columnOf((rows) => rows.text(constants.batchId)),
      fedBackAt: columnOf((rows) => rows.instant(constants.fedBackAt)),
    };
    this.#fullAt = fullAt;
  }

  get number(): number {
    return this.#number;
  }

  get isFull(): boolean {
    return (
      this.#rows.length >= this.#fullAt.bytes ||
      this.#starts.length >= this.#fullAt.records ||
      this.#notes.length >= this.#fullAt.bytes
    );
  }

  get isEmpty(): boolean {
    return this.#rows.length === 0 && this.#notes.length === 0;
  }

  /** Notes an order of the portion: one that the file has for the first time, or that came first in an earlier portion. */
  addOrder(orderNo: string, firstPortion: number | undefined): void {
    if (firstPortion === undefined) this.#orders.push(orderNo);
    else this.#earlier.add(firstPortion);
  }

  addPerson(person: StagedPerson, sealed: SealedPerson | undefined): void {
    person.portion = this.#number;
    writePerson(this.#people, { portion: this.#number, person, sealed });
  }

  addRow(record: FeedbackRecord, recordId: Uint8Array, person: StagedPerson): void {
    const rows = this.#rows;
    this.#starts.push(rows.length);
    this.#buckets.push(person.bucket);
    writeRecord(rows, { record, recordId, person, constants: this.#constants });
  }

  addNote(record: FeedbackRecord, number: number, recordId: Uint8Array, person: StagedPerson): void {
    if (record.rectify !== null) this.#corrects = true;
    writeNote(this.#notes, { number, record, recordId, person });
  }

  /** What was gathered; the next portion begins. `spent` is memory of an earlier one that may be used again. */
  take(spent?: ArrayBuffer): Portion {
    const portion: Portion = {
      number: this.#number,
      records: this.#starts.length,
      rows: this.#rows.takeInOrder(this.#starts, this.#orderByBucket(), spent),
      notes: this.#notes.take(),
      people: this.#people.take(),
      orders: this.#orders,
      earlier: [...this.#earlier],
      corrects: this.#corrects,
    };
    this.#number += 1;
    this.#starts = [];
    this.#buckets = [];
    this.#orders = [];
    this.#earlier = new Set();
    this.#corrects = false;
    return portion;
  }

  /** Rows of a bucket together: the table's key begins with it, so its index is filled from fewer pages at a time. */
  #orderByBucket(): Uint32Array {
    const places = new Uint32Array(buckets + 1);
    for (const bucket of this.#buckets) places[bucket + 1] = (places[bucket + 1] ?? 0) + 1;
    for (let bucket = 0; bucket < buckets; bucket += 1)
      places[bucket + 1] = (places[bucket + 1] ?? 0) + (places[bucket] ?? 0);
    const order = new Uint32Array(this.#buckets.length);
    this.#buckets.forEach((bucket, row) => {
      const place = places[bucket] ?? 0;
      order[place] = row;
      places[bucket] = place + 1;
    });
    return order;
  }
}

function columnOf(write: (rows: BinaryRows) => void): Uint8Array {
  const rows = new BinaryRows();
  write(rows);
  return rows.take();
}
