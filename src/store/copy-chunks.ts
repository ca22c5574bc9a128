import type { Readable } from "node:stream";

export type CopySource = Readable | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

export type CopyFormat = "text" | "binary";

const chunkBytes = 64 * 1024;

/**
 * Carries what the source of a COPY threw, so that it reaches the caller unchanged and not as the database's error.
 * Its own message is what the server gets to see, and log.
 */
export class SourceFailure extends Error {
  readonly thrown: unknown;

  constructor(thrown: unknown) {
    super("the source of the rows failed");
    this.thrown = thrown;
  }
}

/** Gathers the source's pieces, which may be single rows, into chunks worth a write. Throws a SourceFailure. */
export async function* copyChunks(source: CopySource): AsyncGenerator<Buffer<ArrayBuffer>, void, void> {
  let pieces: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const piece of source as AsyncIterable<string | Uint8Array>) {
      const encoded = typeof piece === "string" ? Buffer.from(piece) : piece;
      if (encoded.byteLength >= chunkBytes) {
        if (bytes > 0) yield Buffer.concat(pieces, bytes);
        pieces = [];
        bytes = 0;
        yield asBuffer(encoded);
        continue;
      }
      pieces.push(encoded);
      bytes += encoded.byteLength;
      if (bytes < chunkBytes) continue;
      yield Buffer.concat(pieces, bytes);
      pieces = [];
      bytes = 0;
    }
  } catch (error) {
    throw new SourceFailure(error);
  }
  if (bytes > 0) yield Buffer.concat(pieces, bytes);
}

/** The same memory: what is large already is not copied. */
function asBuffer(bytes: Uint8Array): Buffer<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer
    ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : Buffer.from(bytes);
}
