import type { Charset } from "../protocol/charset.ts";

/** A run of whole records, a comma between each two: from `start` to `end` in the file's bytes. */
export interface RecordBlock {
  readonly start: number;
  readonly end: number;
  /** Where each of its records begins. */
  readonly starts: readonly number[];
  /** Something in it may be a number without quotes, which JSON.parse would round. */
  readonly bareNumbers: boolean;
}

/** The file is not of the one form that is read fast; from here on it has to be read exactly. */
export class IrregularFile extends Error {
  override readonly name = "IrregularFile";
  /** The first byte that is not known to be sound; 0 when the file's head is not. */
  readonly soundUpTo: number;

  constructor(soundUpTo: number) {
    super("the file is not {\"records\":[{…},{…}]}");
    this.soundUpTo = soundUpTo;
  }
}

const blockBytes = 256 * 1024;
const depthLimit = 32;
const headBytes = 1_024;
const head = /^(?:\xef\xbb\xbf|\x841\x953)?[ \t\r\n]*\{[ \t\r\n]*"records"[ \t\r\n]*:[ \t\r\n]*\[/;

/**
 * Cuts a file at the boundaries of its records by counting brackets outside of strings, without decoding it. What is
 * inside a record is judged when it is parsed. In GBK and GB18030 the byte after one of 0x80 and above may look like
 * a bracket or a backslash; it is skipped. Throws an IrregularFile, after the blocks before it.
 */
export function* recordBlocks(bytes: Uint8Array, charset: Charset): Generator<RecordBlock, void, void> {
  const headText = Buffer.from(bytes.subarray(0, headBytes)).toString("latin1");
  const found = head.exec(headText);
  if (found === null) throw new IrregularFile(0);
  const pairs = charset !== "utf-8";
  const length = bytes.length;
  let at = skipSpace(bytes, found[0].length);
  if (bytes[at] === closeBracket) return expectTail(bytes, at, at);

  let blockStart = at;
  let starts: number[] = [];
  let bareNumbers = false;
  for (;;) {
    if (bytes[at] !== openBrace) throw new IrregularFile(blockStart);
    starts.push(at);
    let depth = 0;
    do {
      const byte = bytes[at] ?? 0;
      at += 1;
      if (byte === quote) {
        for (;;) {
          const inside = bytes[at] ?? quote;
          at += 1;
          if (inside === quote) break;
          if (inside === backslash || (pairs && inside >= 0x80)) at += 1;
        }
      } else if (byte === openBrace || byte === openBracket) {
        depth += 1;
        if (depth > depthLimit - 2) throw new IrregularFile(blockStart);
      } else if (byte === closeBrace || byte === closeBracket) depth -= 1;
      else if (byte === minus || (byte >= zero && byte <= nine)) bareNumbers = true;
    } while (depth > 0 && at < length);
    if (depth > 0 || at > length) throw new IrregularFile(blockStart);
    const end = at;
    at = skipSpace(bytes, at);
    const ends = bytes[at] === closeBracket;
    if (!ends && bytes[at] !== comma) throw new IrregularFile(blockStart);
    if (ends) expectTail(bytes, at, blockStart);
    if (ends || end - blockStart >= blockBytes) {
      yield { start: blockStart, end, starts, bareNumbers };
      if (ends) return;
      starts = [];
      bareNumbers = false;
    }
    at = skipSpace(bytes, at + 1);
    if (starts.length === 0) blockStart = at;
  }
}

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const comma = 0x2c;
const minus = 0x2d;
const zero = 0x30;
const nine = 0x39;

function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at += 1;
  }
}

/** After the last record's `]` there is a `}` and nothing else. */
function expectTail(bytes: Uint8Array, bracketAt: number, soundUpTo: number): void {
  const braceAt = skipSpace(bytes, bracketAt + 1);
  if (bytes[braceAt] !== closeBrace || skipSpace(bytes, braceAt + 1) < bytes.length) throw new IrregularFile(soundUpTo);
}
