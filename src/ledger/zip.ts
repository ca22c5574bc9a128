import { type PassThrough, Readable } from "node:stream";
import { ZipFile } from "yazl";

/** A file of an archive; its content comes in pieces. */
export interface ZipEntry {
  readonly name: string;
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * A ZIP archive (PKWARE APPNOTE 4.3) of deflated files, a piece at a time and no faster than it is read. Names are UTF-8, and
 * the flag that says so is set. Every file bears `modifiedAt`, so that the same content makes the same archive. What fails
 * in a content fails the archive.
 */
export function zipArchive(entries: readonly ZipEntry[], modifiedAt: Date): Readable {
  const archive = new ZipFile();
  const output = archive.outputStream as PassThrough; // yazl makes one; its types say less.
  archive.on("error", (error: Error) => output.destroy(error));
  for (const { name, content } of entries)
    archive.addReadStreamLazy(name, { mtime: modifiedAt }, (give) => {
      const source = Readable.from(content);
      source.on("error", (error) => output.destroy(error));
      output.once("close", () => source.destroy());
      give(null, source);
    });
  archive.end();
  return output;
}
