import { readContent } from "../../keys/aside-file.ts";
import type { Charset } from "../../protocol/charset.ts";
import { nestingLimit } from "../../protocol/json.ts";
import { BracketScanner } from "../../protocol/json-brackets.ts";
import type { FileContent } from "../../protocol/method-spec.ts";

/** A run of whole records, a comma between each two: from `start` to `end` in the file. */
export interface RecordBlock {
  /** A part of the file that holds the block. */
  readonly bytes: Uint8Array;
  /** Where in the file `bytes` begins. */
  readonly base: number;
  readonly start: number;
  readonly end: number;
  /** Where in the file each of its records begins, and where it ends. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** Whether something in it may be a number without quotes, which JSON.parse would round. */
  readonly bareNumbers: boolean;
  /** How many members its objects have, as they are written. */
  readonly members: number;
}

/** The file is not of the one form that is read fast; from here on it has to be read exactly. */
export class IrregularFile extends Error {
  override readonly name = "IrregularFile";
  /** The first byte that is not known to be sound; 0 when the file's head is not. */
  readonly soundUpTo: number;

  constructor(soundUpTo: number) {
    super('the file is not {"records":[{…},{…}]}');
    this.soundUpTo = soundUpTo;
  }
}

const blockBytes = 256 * 1024;
/** So many bytes of a file are looked at at a time, and more where a single record is longer. */
const windowBytes = 1024 * 1024;
/** A record stands in the list of records, and that in the outermost object: so much less may nest in it. */
export const recordNestingLimit = nestingLimit - 2;
const headBytes = 1_024;
const head = /^(?:\xef\xbb\xbf|\x841\x953)?[ \t\r\n]*\{[ \t\r\n]*"records"[ \t\r\n]*:[ \t\r\n]*\[/;

/**
 * Cuts a file at the boundaries of its records by counting brackets, without decoding it. What is inside a record is
 * judged when it is parsed. Throws an IrregularFile, after the blocks before it.
 */
export function* recordBlocks(file: FileContent, charset: Charset): Generator<RecordBlock, void, void> {
  const found = head.exec(Buffer.from(readContent(file, 0, headBytes)).toString("latin1"));
  if (found === null) throw new IrregularFile(0);
  const twoByteCharacters = charset !== "utf-8";
  let from = found[0].length;
  let isFirst = true;
  let wanted = windowBytes;
  for (;;) {
    const base = from;
    const bytes = readContent(file, base, base + wanted);
    const isWhole = base + bytes.length >= file.length;
    const window: Window = { bytes, base, isWhole, twoByteCharacters };
    if (isFirst && isWhole && bytes[skipSpace(bytes, 0)] === closeBracket)
      return expectTail(window, skipSpace(bytes, 0), base);
    for (;;) {
      const cut = cutBlock(window, from, isFirst);
      if (cut === "more") break;
      yield cut.block;
      if (cut.isLast) return;
      isFirst = false;
      from = cut.block.end;
    }
    wanted = from === base ? wanted * 2 : windowBytes;
  }
}

interface Window {
  readonly bytes: Uint8Array;
  readonly base: number;
  /** Whether it reaches to the end of the file. */
  readonly isWhole: boolean;
  readonly twoByteCharacters: boolean;
}

/** The next block, from before its first record, or from the comma before that; "more" when the window ends too early. */
function cutBlock(
  { bytes, base, isWhole, twoByteCharacters }: Window,
  from: number,
  isFirst: boolean,
): { block: RecordBlock; isLast: boolean } | "more" {
  const length = bytes.length;
  let at = skipSpace(bytes, from - base);
  if (!isFirst) at = skipSpace(bytes, at + 1); // Its comma was seen when the block before it was cut.
  const blockStart = at;
  const irregular = (): "more" => {
    if (isWhole) throw new IrregularFile(base + blockStart);
    return "more";
  };
  const starts: number[] = [];
  const ends: number[] = [];
  const scanner = new BracketScanner({ depthLimit: recordNestingLimit, twoByteCharacters });
  for (;;) {
    if (bytes[at] !== openBrace) {
      if (at < length) throw new IrregularFile(base + blockStart);
      return irregular();
    }
    starts.push(base + at);
    const end = scanner.endOf(bytes, at);
    if (end === "too_deep") throw new IrregularFile(base + blockStart);
    if (end === "unended") return irregular();
    ends.push(base + end);
    at = skipSpace(bytes, end);
    if (at >= length && !isWhole) return "more";
    const isLast = bytes[at] === closeBracket;
    if (!isLast && bytes[at] !== comma) throw new IrregularFile(base + blockStart);
    if (isLast && !isWhole) return "more";
    if (isLast) expectTail({ bytes }, at, base + blockStart);
    if (isLast || end - blockStart >= blockBytes) {
      const block = { bytes, base, start: base + blockStart, end: base + end, starts, ends };
      return { block: { ...block, bareNumbers: scanner.sawBareNumber, members: scanner.members }, isLast };
    }
    at = skipSpace(bytes, at + 1);
  }
}

const openBrace = 0x7b;
const closeBrace = 0x7d;
const closeBracket = 0x5d;
const comma = 0x2c;

function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at += 1;
  }
}

/** After the last record's `]` there is a `}` and nothing else. */
function expectTail({ bytes }: Pick<Window, "bytes">, bracketAt: number, soundUpTo: number): void {
  const braceAt = skipSpace(bytes, bracketAt + 1);
  if (bytes[braceAt] !== closeBrace || skipSpace(bytes, braceAt + 1) < bytes.length) throw new IrregularFile(soundUpTo);
}
