/**
 * Which keys were seen before, and in which record: an open hash table of keys of so many numbers. A Map of a million
 * strings would take ten times the memory.
 */
export class SeenKeys {
  readonly #width: number;
  #keys: Int32Array;
  #records = new Int32Array(firstCapacity);
  #mask = firstCapacity - 1;
  #count = 0;

  constructor(width: number) {
    this.#width = width;
    this.#keys = new Int32Array(width * firstCapacity);
  }

  /** The number of the record that had this key first, or 0 if it is this one. Record numbers are from 1. */
  firstWith(key: Int32Array, record: number): number {
    const slot = this.#find(key);
    const earlier = this.#records[slot] ?? 0;
    if (earlier !== 0) return earlier;
    this.#keys.set(key, slot * this.#width);
    this.#records[slot] = record;
    this.#count += 1;
    if (this.#count * 4 > this.#records.length * 3) this.#grow();
    return 0;
  }

  #find(key: Int32Array): number {
    const width = this.#width;
    const first = key[0] ?? 0;
    let slot = (first ^ (first >>> 15)) & this.#mask;
    for (;;) {
      if (this.#records[slot] === 0) return slot;
      const at = slot * width;
      let index = 0;
      while (index < width && this.#keys[at + index] === key[index]) index += 1;
      if (index === width) return slot;
      slot = (slot + 1) & this.#mask;
    }
  }

  #grow(): void {
    const width = this.#width;
    const keys = this.#keys;
    const records = this.#records;
    this.#keys = new Int32Array(keys.length * 2);
    this.#records = new Int32Array(records.length * 2);
    this.#mask = this.#records.length - 1;
    for (let slot = 0; slot < records.length; slot += 1) {
      const record = records[slot] ?? 0;
      if (record === 0) continue;
      const key = keys.subarray(slot * width, (slot + 1) * width);
      const place = this.#find(key);
      this.#keys.set(key, place * width);
      this.#records[place] = record;
    }
  }
}

const firstCapacity = 4_096;

/** A growing list of whole numbers, one for each record of a file, in four bytes each. */
export class NumberList {
  #values = new Int32Array(firstCapacity);
  length = 0;

  push(value: number): void {
    if (this.length === this.#values.length) {
      const larger = new Int32Array(this.#values.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.length] = value;
    this.length += 1;
  }

  at(index: number): number {
    return this.#values[index] ?? 0;
  }
}
