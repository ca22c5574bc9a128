import type { PlainRecords } from "./plain-records.ts";
import { type FileText, parseBlock } from "./read-exactly.ts";
import type { RecordBlock } from "./record-blocks.ts";
import type { RawRecord } from "./record-reader.ts";

/** So many records of a block are looked at for how others may be written: a file may write each of them in another way. */
const learnedInBlock = 4;

/** The records of a block: plain ones by their bytes, and all of it by JSON.parse as soon as one is not. */
export class BlockReader {
  readonly #file: FileText;
  readonly #block: RecordBlock;
  readonly #plain: PlainRecords;
  #records: readonly RawRecord[] | undefined;
  #learned = 0;

  constructor(file: FileText, block: RecordBlock, plain: PlainRecords) {
    this.#file = file;
    this.#block = block;
    this.#plain = plain;
  }

  isPlain(index: number): boolean {
    return this.#plain.read(this.#block.bytes, this.#at(this.#block.starts, index), this.#at(this.#block.ends, index));
  }

  parsed(index: number): RawRecord {
    this.#records ??= parseBlock(this.#file, this.#block);
    if (this.#learned < learnedInBlock) {
      this.#learned += 1;
      this.#plain.learn(this.#block.bytes, this.#at(this.#block.starts, index), this.#at(this.#block.ends, index));
    }
    return this.#records[index] ?? {};
  }

  #at(places: readonly number[], index: number): number {
    return (places[index] ?? 0) - this.#block.base;
  }
}
