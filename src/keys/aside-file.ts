import {
  type Cipher,
  createCipheriv,
  createDecipheriv,
  createHash,
  type Hash,
  hash,
  randomBytes,
  randomUUID,
} from "node:crypto";
import { close, open, readSync, unlinkSync, write } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { AsideFile, FileContent } from "../protocol/method-spec.ts";

const algorithm = "aes-256-ctr";
const blockBytes = 16;
/** So many bytes are written at a time, so that the turns of the thread pool cost little beside the writing. */
const writeBytes = 512 * 1024;
/**
 * What a piece of a body that is held in memory costs beside its bytes, so that four megabytes sent a byte at a time are
 * not a gigabyte of small objects that nobody counted.
 */
export const pieceBytes = 300;
/** A writer holds this much in memory at the most, or twice as much where a piece is as large. */
export const asideBufferBytes = writeBytes;
const opened = promisify(open);
const written = promisify(write);
const closed = promisify(close);

/**
 * Takes an upload that is too large to be held, a piece at a time. It goes to a file without a name in the directory
 * for temporary files, encrypted (AES-256-CTR, any part of it can be read by itself) under a key that exists in this
 * process's memory only: what a crash leaves of it on the disk can be read by nobody.
 */
export class AsideFileWriter {
  readonly #descriptor: number;
  readonly #key: Uint8Array;
  readonly #cipher: Cipher;
  readonly #digest: Hash = createHash("sha256");
  #pieces: Uint8Array[] = [];
  #waiting = 0;
  #length = 0;

  private constructor(descriptor: number, key: Uint8Array) {
    this.#descriptor = descriptor;
    this.#key = key;
    this.#cipher = createCipheriv(algorithm, key, counterAt(0));
  }

  static async create(): Promise<AsideFileWriter> {
    const path = join(tmpdir(), `kaimen-${randomUUID()}`);
    const descriptor = await opened(path, "wx+", 0o600);
    unlinkSync(path);
    return new AsideFileWriter(descriptor, new Uint8Array(randomBytes(32)));
  }

  /** Resolves when the next piece may come; what this one lies in may be used again then. */
  async write(piece: Uint8Array): Promise<void> {
    this.#digest.update(piece);
    this.#pieces.push(this.#cipher.update(piece));
    this.#waiting += piece.length + pieceBytes;
    if (this.#waiting >= writeBytes) await this.#flush();
  }

  /** Writes what still waits and hands the file over, which the caller has to close. */
  async finish(): Promise<AsideFile> {
    await this.#flush();
    return {
      length: this.#length,
      sha256: new Uint8Array(this.#digest.digest()),
      descriptor: this.#descriptor,
      key: this.#key,
    };
  }

  /** Gives the disk its space back, for an upload that is not wanted any more: to be called in place of `finish`. */
  discard(): Promise<void> {
    return closed(this.#descriptor);
  }

  async #flush(): Promise<void> {
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#waiting = 0;
    for (const piece of pieces) {
      for (let done = 0; done < piece.length;) {
        const { bytesWritten } = await written(this.#descriptor, piece, done, piece.length - done, this.#length);
        done += bytesWritten;
        this.#length += bytesWritten;
      }
    }
  }
}

/** Gives the disk its space back. Nobody may be reading it any more. */
export function closeAside(file: AsideFile): Promise<void> {
  return closed(file.descriptor);
}

export function isAside(content: FileContent): content is AsideFile {
  return "descriptor" in content;
}

export function sha256Of(content: FileContent): Uint8Array {
  return isAside(content) ? content.sha256 : hash("sha256", content, "buffer");
}

/** The bytes from `start` to `end`, or to the file's end. Waits for the disk: not for the gateway's thread. */
export function readContent(content: FileContent, start: number, end: number): Uint8Array {
  if (!isAside(content)) return content.subarray(start, end);
  const aligned = start - (start % blockBytes);
  const sealed = Buffer.allocUnsafeSlow(Math.max(Math.min(end, content.length) - aligned, 0));
  for (let at = 0; at < sealed.length;) {
    const read = readSync(content.descriptor, sealed, at, sealed.length - at, aligned + at);
    if (read === 0) throw new Error("a file that was put aside has lost its end");
    at += read;
  }
  return createDecipheriv(algorithm, content.key, counterAt(aligned))
    .update(sealed)
    .subarray(start - aligned);
}

/** The counter is the number of the block, as sixteen bytes. */
function counterAt(byte: number): Uint8Array {
  const counter = Buffer.alloc(blockBytes);
  counter.writeBigUInt64BE(BigInt(byte / blockBytes), 8);
  return counter;
}
