import { asByteText, toByteText, toBytes } from "../protocol/byte-text.ts";
import { ConfigurationError } from "./call-error.ts";

export type Bytes = Uint8Array<ArrayBuffer>;

/** One after the other, in a piece of memory of their own. */
export function joinBytes(parts: readonly Uint8Array[]): Bytes {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export type ByteStream = AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>;

/** A stream to its end. Past the limit it is given up, and what `tooLong` makes is thrown. */
export async function readStream(stream: ByteStream, limitBytes: number, tooLong: () => Error): Promise<Bytes> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of Symbol.asyncIterator in stream ? stream : chunksOf(stream)) {
    if (!(chunk instanceof Uint8Array)) throw new ConfigurationError("a stream gives bytes, not texts or objects");
    chunks.push(chunk);
    length += chunk.length;
    if (length > limitBytes) throw tooLong();
  }
  return joinBytes(chunks);
}

/** Not every browser's streams can be iterated. */
async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
  } finally {
    await reader.cancel();
  }
}

export function toBase64(bytes: Uint8Array): string {
  return btoa(toByteText(bytes));
}

/** Undefined for anything but base64; white space in it does not matter. */
export function fromBase64(text: string): Bytes | undefined {
  const body = text.replaceAll(/\s+/g, "");
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(body)) return undefined;
  try {
    return new Uint8Array(toBytes(asByteText(atob(body)))); // atob gives a character for each byte.
  } catch {
    return undefined;
  }
}
