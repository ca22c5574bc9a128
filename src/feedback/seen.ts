/**
 * Which keys were seen before, and in which record: an open hash table of fixed-width numbers. A Map of a million
 * strings would take ten times the memory.
 */
export class SeenKeys {
  #keys = new Int32Array(4 * firstCapacity);
  #records = new Int32Array(firstCapacity);
  #mask = firstCapacity - 1;
  #count = 0;

  /** The number of the record that had this key first, or 0 if it is this one. Record numbers are from 1. */
  firstWith(a: number, b: number, c: number, d: number, record: number): number {
    const slot = this.#find(a, b, c, d);
    const earlier = this.#records[slot] ?? 0;
    if (earlier !== 0) return earlier;
    this.#put(slot, a, b, c, d, record);
    this.#count += 1;
    if (this.#count * 3 > this.#records.length * 2) this.#grow();
    return 0;
  }

  #find(a: number, b: number, c: number, d: number): number {
    let slot = (a ^ (a >>> 15)) & this.#mask;
    while (this.#records[slot] !== 0) {
      const at = slot * 4;
      if (this.#keys[at] === a && this.#keys[at + 1] === b && this.#keys[at + 2] === c && this.#keys[at + 3] === d) break;
      slot = (slot + 1) & this.#mask;
    }
    return slot;
  }

  #put(slot: number, a: number, b: number, c: number, d: number, record: number): void {
    const at = slot * 4;
    this.#keys[at] = a;
    this.#keys[at + 1] = b;
    this.#keys[at + 2] = c;
    this.#keys[at + 3] = d;
    this.#records[slot] = record;
  }

  #grow(): void {
    const keys = this.#keys;
    const records = this.#records;
    this.#keys = new Int32Array(keys.length * 2);
    this.#records = new Int32Array(records.length * 2);
    this.#mask = this.#records.length - 1;
    records.forEach((record, slot) => {
      if (record === 0) return;
      const at = slot * 4;
      const [a = 0, b = 0, c = 0, d = 0] = keys.subarray(at, at + 4);
      this.#put(this.#find(a, b, c, d), a, b, c, d, record);
    });
  }
}

const firstCapacity = 4_096;

/** Numbers by record, without a limit known beforehand. */
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
