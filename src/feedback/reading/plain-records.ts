import { type Charset, decodeText } from "../../protocol/charset.ts";

/**
 * Reads records that are written like the one before: the same keys in the same order with the same white space, each
 * value a string without escapes. Programs write all records of a file so. What lies between the values is compared as
 * bytes, and a value that its column had in the record before as well is not even decoded: months of one order differ in
 * little. Any other record is refused, which means nothing but that JSON.parse has to read it.
 */
export class PlainRecords {
  /** The values of the record that was read last, by column, without white space around them. */
  readonly texts: string[];
  /** 1 where the column's value is the one of the record that was read before. */
  readonly same: Uint8Array;
  readonly #names: readonly string[];
  readonly #charset: Charset;
  #shape: Shape | undefined;
  #bytes: Uint8Array = new Uint8Array();
  /** Where the last values lie in `#bytes`; a length of -1 is one that is not known. */
  readonly #starts: Int32Array;
  readonly #lengths: Int32Array;
  #isAlone = true;

  constructor(names: readonly string[], charset: Charset) {
    this.#names = names;
    this.#charset = charset;
    this.texts = names.map(() => "");
    this.same = new Uint8Array(names.length);
    this.#starts = new Int32Array(names.length);
    this.#lengths = new Int32Array(names.length).fill(-1);
  }

  /** Makes the record from `start` to `end` the one that others are expected to be written like. */
  learn(bytes: Uint8Array, start: number, end: number): void {
    this.#shape = shapeOf(bytes.subarray(start, end), this.#names);
    this.forget();
  }

  /** No value counts as the same in the next record. */
  forget(): void {
    this.#lengths.fill(-1);
    this.texts.fill("");
    this.#isAlone = true;
  }

  /** Whether the record was read. Its end is known: the bytes up to there are balanced. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    const shape = this.#shape;
    if (shape === undefined) return false;
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#lengths.fill(-1);
    }
    this.same.fill(1);
    let at = start;
    for (let index = 0; index < shape.columns.length; index += 1) {
      const literal = shape.literals[index] ?? noBytes;
      for (let offset = 0; offset < literal.length; offset += 1)
        if (bytes[at + offset] !== literal[offset]) return this.#refuse();
      at += literal.length;
      const column = shape.columns[index] ?? 0;
      const length = this.#lengths[column] ?? -1;
      if (length >= 0 && this.#isSame(bytes, at, this.#starts[column] ?? 0, length)) {
        this.#starts[column] = at;
        at += length;
        continue;
      }
      const valueEnd = this.#readValue(bytes, at, column);
      if (valueEnd === -1) return this.#refuse();
      at = valueEnd;
    }
    const tail = shape.tail;
    for (let offset = 0; offset < tail.length; offset += 1)
      if (bytes[at + offset] !== tail[offset]) return this.#refuse();
    if (at + tail.length !== end) return this.#refuse();
    if (this.#isAlone) this.same.fill(0);
    this.#isAlone = false;
    return true;
  }

  #isSame(bytes: Uint8Array, at: number, before: number, length: number): boolean {
    if (bytes[at + length] !== quote) return false;
    for (let offset = 0; offset < length; offset += 1) if (bytes[at + offset] !== bytes[before + offset]) return false;
    return true;
  }

  /** The index of the quote that ends the value; -1 where the value is not plain. */
  #readValue(bytes: Uint8Array, start: number, column: number): number {
    const pairs = this.#charset !== "utf-8";
    let seen = 0;
    let at = start;
    for (;;) {
      const byte = bytes[at] ?? 0;
      if (byte === quote) break;
      if (byte === backslash || byte < space) return -1;
      seen |= byte;
      at += pairs && byte >= 0x80 ? 2 : 1;
    }
    const text = seen < 0x80 ? asciiOf(bytes, start, at) : decodeText(bytes.subarray(start, at), this.#charset);
    if (text === undefined) return -1;
    const trimmed = text.trim();
    this.#starts[column] = start;
    this.#lengths[column] = at - start;
    if (this.texts[column] !== trimmed) {
      this.texts[column] = trimmed;
      this.same[column] = 0;
    }
    return at;
  }

  #refuse(): false {
    this.forget();
    return false;
  }
}

interface Shape {
  /** The column of each value, in the order of the record. */
  readonly columns: readonly number[];
  /** The bytes before each value, its opening quote with them. */
  readonly literals: readonly Uint8Array[];
  /** The bytes after the last one. */
  readonly tail: Uint8Array;
}

const noBytes = new Uint8Array();
const quote = 0x22;
const backslash = 0x5c;
const space = 0x20;
const shortAscii = 24;
const member = /([ \t\r\n]*[{,][ \t\r\n]*"([a-z][a-z0-9_]{0,63})"[ \t\r\n]*:[ \t\r\n]*")([^"\\]*)/y;
const ending = /"[ \t\r\n]*\}$/y;
const longestLearned = 64 * 1024;

/** How this record is written, if every value of it is a plain string of a column of its own. */
function shapeOf(record: Uint8Array, names: readonly string[]): Shape | undefined {
  if (record.length > longestLearned) return undefined;
  // One character a byte. In GBK a quote or a backslash may seem to be where a character ends: then it is no such record.
  const text = Buffer.from(record.buffer, record.byteOffset, record.byteLength).toString("latin1");
  const columns: number[] = [];
  const literals: Uint8Array[] = [];
  let at = 0;
  for (;;) {
    member.lastIndex = at;
    const found = member.exec(text);
    if (found === null) break;
    const [whole = "", before = "", name = ""] = found;
    const column = names.indexOf(name);
    if (column === -1 || columns.includes(column)) return undefined;
    columns.push(column);
    literals.push(Buffer.from(at === 0 ? before : `"${before}`, "latin1"));
    at += whole.length + 1;
  }
  ending.lastIndex = at - 1;
  const tail = ending.exec(text);
  return tail === null || columns.length === 0
    ? undefined
    : { columns, literals, tail: Buffer.from(tail[0], "latin1") };
}

function asciiOf(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > shortAscii)
    return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1");
  let text = "";
  for (let at = start; at < end; at += 1) text += String.fromCharCode(bytes[at] ?? 0);
  return text;
}
