import type { FileContent, UploadedFile } from "../../protocol/method-spec.ts";
import type { RawParameter } from "../../protocol/parameters.ts";
import { asByteText } from "../../protocol/byte-text.ts";

/** A multipart/form-data body, taken apart. Text values are bytes: the signature covers them as they came. */
export interface MultipartBody<Content extends FileContent = FileContent> {
  readonly fields: readonly RawParameter[];
  readonly files: readonly (UploadedFile & { readonly name: string; readonly content: Content })[];
}

/** What a piece of a body brings: the beginning of a part, some of its content, its end. */
export type MultipartEvent =
  | { readonly kind: "part"; readonly name: string; readonly filename: string | undefined }
  | { readonly kind: "content"; readonly bytes: Uint8Array }
  | { readonly kind: "end" };

const partLimit = 200;
const partHeaderLimit = 4_096;
/** A text for readers of old mail programs may stand before the first boundary (RFC 2046, section 5.1.1). */
const preambleLimit = 1_024;
/** What waits in a part's header, that it may not be longer, and the line breaks around it; pieces of some length fit in behind. */
const headerRoom = 2 * partHeaderLimit;

/** The whole of a body that is in memory. Undefined when it is malformed or ends before its closing boundary. */
export function parseMultipart(body: Uint8Array, contentType: string): MultipartBody<Uint8Array> | undefined {
  const reader = MultipartReader.of(contentType);
  if (reader === undefined) return undefined;
  const fields: RawParameter[] = [];
  const files: (UploadedFile & { name: string; content: Uint8Array })[] = [];
  let part: { name: string; filename: string | undefined } = { name: "", filename: undefined };
  let pieces: Uint8Array[] = [];
  for (const event of reader.push(body)) {
    if (event.kind === "part") {
      part = event;
      pieces = [];
    } else if (event.kind === "content") pieces.push(event.bytes);
    else {
      const content = pieces.length === 1 ? (pieces[0] ?? new Uint8Array()) : Buffer.concat(pieces);
      if (part.filename === undefined) {
        fields.push({ name: asByteText(part.name), value: asByteText(Buffer.from(content).toString("latin1")) });
      } else files.push({ name: part.name, filename: part.filename, content });
    }
  }
  return reader.isDone ? { fields, files } : undefined;
}

/**
 * Reads a body a piece at a time, as the SDKs really send it: a boundary of digits only, or unquoted with spaces and
 * colons; part headers without a space after the colon; a line break before the first boundary; file names with a whole
 * path, of which only the last part is kept; parts in any order.
 */
export class MultipartReader {
  readonly #delimiter: Buffer;
  readonly #partEnd: Buffer;
  #state: "opening" | "delimiter" | "header" | "content" | "done" | "broken" = "opening";
  #rest: Buffer = Buffer.alloc(0);
  /** What the rest begins with that is no content: the empty line after a part's header, in which no boundary may begin. */
  #skipped = 0;
  #parts = 0;
  #endsLinesInLf = false;
  /** Where a header that comes in small pieces is put together, so that each piece costs no more than its own bytes. */
  #room: Buffer | undefined;
  /** The rest lies there, at its beginning. */
  #restIsInRoom = false;
  /** So much of the rest has neither the end of the header in it nor a boundary. */
  #searched = 0;

  private constructor(boundary: string) {
    this.#delimiter = Buffer.from(`--${boundary}`, "latin1");
    this.#partEnd = Buffer.from(`\r\n--${boundary}`, "latin1");
  }

  /** A reader for a body of this content type; undefined when the content type names no boundary. */
  static of(contentType: string): MultipartReader | undefined {
    const boundary = boundaryOf(contentType);
    return boundary === undefined ? undefined : new MultipartReader(boundary);
  }

  /** The closing boundary has come. */
  get isDone(): boolean {
    return this.#state === "done";
  }

  /** Whatever comes, this will be no body. */
  get isBroken(): boolean {
    return this.#state === "broken";
  }

  /** It is broken because its lines end in LF alone, where RFC 2046 wants CRLF. */
  get endsLinesInLf(): boolean {
    return this.#endsLinesInLf;
  }

  /** What this piece brings. Bytes of content lie in the piece itself. */
  push(piece: Uint8Array): MultipartEvent[] {
    const events: MultipartEvent[] = [];
    if (this.#state === "done" || this.#state === "broken") return events;
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    this.#rest = this.#rest.length === 0 ? bytes : this.#joined(bytes);
    while (this.#step(events));
    this.#keepRest();
    return events;
  }

  /** The rest and this piece after it. */
  #joined(bytes: Buffer): Buffer {
    const length = this.#rest.length + bytes.length;
    if (this.#restIsInRoom && this.#room !== undefined && length <= this.#room.length) {
      bytes.copy(this.#room, this.#rest.length);
      return this.#room.subarray(0, length);
    }
    this.#restIsInRoom = false;
    return Buffer.concat([this.#rest, bytes]);
  }

  /** What waits for the next piece is short, and must not keep this one. */
  #keepRest(): void {
    if (this.#rest.length === 0 || this.#restIsInRoom) return;
    if (this.#state !== "header") {
      this.#rest = Buffer.from(this.#rest);
      return;
    }
    this.#room ??= Buffer.alloc(headerRoom);
    this.#rest.copy(this.#room);
    this.#rest = this.#room.subarray(0, this.#rest.length);
    this.#restIsInRoom = true;
  }

  /** Whether there may be more to do before the next piece. */
  #step(events: MultipartEvent[]): boolean {
    switch (this.#state) {
      case "opening":
        return this.#readOpening();
      case "delimiter":
        return this.#readDelimiter();
      case "header":
        return this.#readHeader(events);
      case "content":
        return this.#readContent(events);
      default:
        this.#rest = Buffer.alloc(0);
        return false;
    }
  }

  /** What stands before the first boundary, which begins a line, is nobody's (RFC 2046, section 5.1.1). */
  #readOpening(): boolean {
    const first = this.#rest.indexOf(this.#delimiter);
    if (first === -1) return this.#rest.length > preambleLimit + this.#delimiter.length && this.#break();
    // A part must never pass for a text before the parts because its boundary stands behind something.
    if (first > preambleLimit || (first > 0 && this.#rest[first - 1] !== 0x0a)) return this.#break();
    this.#rest = this.#rest.subarray(first + this.#delimiter.length);
    this.#state = "delimiter";
    return true;
  }

  #readDelimiter(): boolean {
    if (this.#rest.length < 2) return false;
    const after = this.#rest.toString("latin1", 0, 2);
    if (after === "--") this.#state = "done";
    else if (after === "\r\n" && this.#parts < partLimit) this.#state = "header";
    else {
      this.#endsLinesInLf = after.startsWith("\n");
      return this.#break();
    }
    return true;
  }

  /** The line break after the boundary is still there: a boundary may not begin with it either. */
  #readHeader(events: MultipartEvent[]): boolean {
    const end = this.#rest.indexOf(emptyLine, Math.max(2, this.#searched - emptyLine.length + 1));
    const boundary = this.#rest.indexOf(this.#partEnd, Math.max(0, this.#searched - this.#partEnd.length + 1));
    if (boundary !== -1 && (end === -1 || boundary < end)) return this.#break();
    if (end === -1) {
      this.#searched = this.#rest.length;
      return this.#rest.length > partHeaderLimit + 2 + emptyLine.length && this.#break();
    }
    if (end - 2 > partHeaderLimit) return this.#break();
    const part = headerOf(this.#rest.subarray(2, end));
    if (part === undefined) return this.#break();
    this.#parts += 1;
    events.push({ kind: "part", ...part });
    const rest = this.#rest.subarray(end);
    // Content is given away, and the room is used again.
    this.#rest = this.#restIsInRoom ? Buffer.from(rest) : rest;
    this.#restIsInRoom = false;
    this.#searched = 0;
    this.#skipped = emptyLine.length;
    this.#state = "content";
    return true;
  }

  #readContent(events: MultipartEvent[]): boolean {
    const end = this.#rest.indexOf(this.#partEnd);
    if (end !== -1 && end < this.#skipped) return this.#break();
    // The end of what is there may be the beginning of a boundary.
    const until = end === -1 ? this.#rest.length - this.#partEnd.length + 1 : end;
    if (until > this.#skipped) events.push({ kind: "content", bytes: this.#rest.subarray(this.#skipped, until) });
    if (end === -1) {
      if (until <= this.#skipped) return false;
      this.#rest = this.#rest.subarray(until);
      this.#skipped = 0;
      return false;
    }
    events.push({ kind: "end" });
    this.#rest = this.#rest.subarray(end + this.#partEnd.length);
    this.#state = "delimiter";
    return true;
  }

  #break(): true {
    this.#state = "broken";
    this.#restIsInRoom = false;
    return true;
  }
}

const emptyLine = Buffer.from("\r\n\r\n");

/** RFC 2046 wants quotes around a boundary with spaces or colons; EasySDK for PHP sends `boundary=2026-11-22 02:39:09`. */
function boundaryOf(contentType: string): string | undefined {
  const match = /;\s*boundary\s*=\s*(?:"([^"]{1,200})"|([^;]{1,200}))/i.exec(contentType);
  const boundary = match?.[1] ?? match?.[2]?.trim();
  return boundary === "" ? undefined : boundary;
}

function headerOf(bytes: Buffer): { name: string; filename: string | undefined } | undefined {
  // A name in a header is text of an unknown charset; kept one character a byte, it is compared and signed as bytes.
  const disposition = /^content-disposition:\s*form-data\s*;(.*)$/im.exec(bytes.toString("latin1"))?.[1];
  if (disposition === undefined) return undefined;
  const { name, filename } = attributesOf(disposition);
  if (name === undefined || name === "") return undefined;
  return { name, filename: filename === undefined ? undefined : basename(filename) };
}

// One after the other, each from where the last has ended: no two parts of one pattern may take the same white space.
const attributeName = /\s*([A-Za-z0-9_*-]+)\s*=\s*/y;
const quotedValue = /"((?:[^"\\]|\\.)*)"\s*(?:;|$)/y;
const plainValue = /([^;]*)(?:;|$)/y;

/** Read in order, so that what stands inside one quoted value is never taken for another attribute. */
function attributesOf(disposition: string): { name?: string; filename?: string } {
  const attributes: { name?: string; filename?: string } = {};
  let extended: string | undefined;
  let at = 0;
  const read = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(disposition);
    if (match !== null) at = pattern.lastIndex;
    return match?.[1];
  };
  for (let attribute = read(attributeName); attribute !== undefined; attribute = read(attributeName)) {
    const quoted = read(quotedValue);
    const plain = quoted === undefined ? (read(plainValue) ?? "") : "";
    const lower = attribute.toLowerCase();
    if (lower === "name") attributes.name ??= quoted?.replaceAll(/\\(["\\])/g, "$1") ?? plain.trim();
    // A backslash in a file name is most often a Windows path's.
    if (lower === "filename") attributes.filename ??= quoted?.replaceAll('\\"', '"') ?? plain.trim();
    if (lower === "filename*") extended ??= extendedValue(quoted ?? plain.trim());
  }
  // RFC 6266, section 4.3: where both are there, the extended one counts; a part with it alone is a file too.
  return extended === undefined ? attributes : { ...attributes, filename: extended };
}

/** Of `utf-8''%E5%8F%8D.txt` (RFC 8187) the name as bytes; of what is not of that form the text as it came. */
function extendedValue(text: string): string {
  const encoded = /^[A-Za-z0-9_-]*'[A-Za-z0-9-]*'(.*)$/.exec(text)?.[1];
  return (encoded ?? text).replaceAll(/%([0-9A-Fa-f]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}

/** Some clients send the whole path of the file on their machine, with either slash. */
function basename(filename: string): string {
  const last = filename.split(/[\\/]/).at(-1) ?? "";
  // It is kept with the batch and shown again: what no file name needs does not get that far.
  return Buffer.from(last, "latin1")
    .toString("utf8")
    .slice(-255)
    .replaceAll(/[\p{Cc}\p{Cs}]/gu, "\ufffd");
}
