/**
 * JSON read exactly. JSON.parse turns a number into a double, and a transaction_id of twenty digits sent as a bare
 * number would come out as another one: here a number stays the text it was. Errors say where, for the merchant who
 * has to mend a file. Source: RFC 8259, strictly.
 */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type JsonObject = Map<string, JsonValue>;
export type JsonValue = string | JsonNumber | boolean | null | readonly JsonValue[] | JsonObject;

/** `line` and `column` count from 1, in UTF-16 units; `excerpt` is at most 40 characters around the place. */
export interface JsonFault {
  readonly reason: string;
  readonly line: number;
  readonly column: number;
  readonly excerpt: string;
  /** The key that stands twice in one object, where that is the fault. */
  readonly repeatedKey?: string;
}

export type JsonResult = { readonly value: JsonValue } | { readonly fault: JsonFault };

/** Objects and arrays may stand in each other this deep, wherever JSON is read. */
export const nestingLimit = 32;
const namedKeyLength = 64;
const numberPattern = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
// Everything a string may hold up to its end, an escape or something forbidden. Scanned in one step: strings are most of a file.
// oxlint-disable-next-line no-control-regex -- control characters are just what a JSON string may not hold raw
const plainPattern = /[^"\\\u0000-\u001f]*/y;
const escapes: Record<string, string> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

class Fault extends Error {
  readonly offset: number;
  readonly repeatedKey: string | undefined;

  constructor(reason: string, offset: number, repeatedKey?: string) {
    super(reason);
    this.offset = offset;
    this.repeatedKey = repeatedKey;
  }
}

/** Why a text with more values than were allowed is refused. */
export const tooManyValues = "there are too many values";

/**
 * One JSON value with nothing but white space around it, nested at most 32 deep, of at most `valuesLimit` values in all. A
 * key that stands twice in an object is a fault: nobody knows which of the two is meant (RFC 8259, section 4).
 */
export function parseJson(text: string, valuesLimit = Number.POSITIVE_INFINITY): JsonResult {
  const reader = new Reader(text, valuesLimit);
  try {
    const value = reader.value(0);
    reader.end();
    return { value };
  } catch (error) {
    if (error instanceof Fault) {
      const { repeatedKey } = error;
      const fault = locate(text, error.message, error.offset);
      return { fault: repeatedKey === undefined ? fault : { ...fault, repeatedKey } };
    }
    throw error;
  }
}

function locate(text: string, reason: string, offset: number): JsonFault {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  let line = 1;
  for (let index = before.indexOf("\n"); index !== -1; index = before.indexOf("\n", index + 1)) line += 1;
  return { reason, line, column: offset - lineStart + 1, excerpt: text.slice(Math.max(offset - 20, 0), offset + 20) };
}

class Reader {
  readonly text: string;
  offset = 0;
  private valuesLeft: number;

  constructor(text: string, valuesLimit: number) {
    this.text = text;
    this.valuesLeft = valuesLimit;
  }

  value(depth: number): JsonValue {
    this.skipSpace();
    this.valuesLeft -= 1;
    if (this.valuesLeft < 0) throw new Fault(tooManyValues, this.offset);
    const first = this.text[this.offset];
    if (first === "{") return this.object(depth);
    if (first === "[") return this.array(depth);
    if (first === '"') return this.string();
    if (first === undefined) throw new Fault("the text ends where a value was expected", this.offset);
    for (const [word, value] of [
      ["true", true],
      ["false", false],
      ["null", null],
    ] as const) {
      if (this.text.startsWith(word, this.offset)) {
        this.offset += word.length;
        return value;
      }
    }
    return this.number();
  }

  end(): void {
    this.skipSpace();
    if (this.offset < this.text.length) throw new Fault("something follows the end of the value", this.offset);
  }

  private object(depth: number): JsonObject {
    this.enter(depth);
    const entries: JsonObject = new Map();
    this.offset += 1;
    this.skipSpace();
    if (this.take("}")) return entries;
    for (;;) {
      this.skipSpace();
      if (this.text[this.offset] !== '"') throw new Fault("a key in double quotes was expected", this.offset);
      const keyAt = this.offset;
      const key = this.string();
      if (entries.has(key)) {
        const named = key.slice(0, namedKeyLength);
        throw new Fault(`the key ${JSON.stringify(named)} stands twice in one object`, keyAt, named);
      }
      this.skipSpace();
      if (!this.take(":")) throw new Fault("a colon was expected after the key", this.offset);
      entries.set(key, this.value(depth + 1));
      this.skipSpace();
      if (this.take("}")) return entries;
      if (!this.take(",")) throw new Fault("a comma or } was expected", this.offset);
    }
  }

  private array(depth: number): JsonValue[] {
    this.enter(depth);
    const items: JsonValue[] = [];
    this.offset += 1;
    this.skipSpace();
    if (this.take("]")) return items;
    for (;;) {
      items.push(this.value(depth + 1));
      this.skipSpace();
      if (this.take("]")) return items;
      if (!this.take(",")) throw new Fault("a comma or ] was expected", this.offset);
    }
  }

  private enter(depth: number): void {
    if (depth >= nestingLimit) throw new Fault(`nested deeper than ${nestingLimit}`, this.offset);
  }

  private string(): string {
    this.offset += 1;
    let parts = "";
    for (;;) {
      plainPattern.lastIndex = this.offset;
      plainPattern.test(this.text);
      parts += this.text.slice(this.offset, plainPattern.lastIndex);
      this.offset = plainPattern.lastIndex;
      if (this.take('"')) return parts;
      if (!this.take("\\")) {
        const ended = this.offset >= this.text.length;
        throw new Fault(ended ? "a string does not end" : "a control character stands in a string", this.offset);
      }
      parts += this.escape();
    }
  }

  private escape(): string {
    const letter = this.text[this.offset] ?? "";
    const simple = escapes[letter];
    if (simple !== undefined) {
      this.offset += 1;
      return simple;
    }
    const digits = this.text.slice(this.offset + 1, this.offset + 5);
    if (letter !== "u" || !/^[0-9a-fA-F]{4}$/.test(digits)) throw new Fault("an unknown escape", this.offset - 1);
    this.offset += 5;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  private number(): JsonNumber {
    numberPattern.lastIndex = this.offset;
    if (!numberPattern.test(this.text)) throw new Fault("a value was expected", this.offset);
    const text = this.text.slice(this.offset, numberPattern.lastIndex);
    this.offset = numberPattern.lastIndex;
    return new JsonNumber(text);
  }

  private skipSpace(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.offset);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.offset += 1;
    }
  }

  private take(character: string): boolean {
    if (this.text[this.offset] !== character) return false;
    this.offset += 1;
    return true;
  }
}
