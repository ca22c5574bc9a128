import { type Bytes, type ByteStream, readStream } from "./bytes.ts";
import { ConfigurationError } from "./call-error.ts";

/** Files are read whole before they are sent, so that a call can be repeated; no gateway takes longer ones. */
export const fileLimitBytes = 104_857_600;

/** A file to upload: by its path (in Node), or as what it holds. Its name ends in .txt or .json where a method asks for that. */
export type FileInput =
  { readonly path: string; readonly name?: string } | { readonly name?: string; readonly content: FileContent };

/** Text is sent as UTF-8. A stream of Node or of the web, or a Blob, is read to its end. */
export type FileContent = string | Uint8Array | Blob | ByteStream;

/** @throws ConfigurationError for a file that cannot be read or is too long. */
export async function readFileInput(file: FileInput): Promise<{ name: string; bytes: Bytes }> {
  if ("path" in file) {
    return { name: file.name ?? file.path.split(/[\\/]/).at(-1) ?? "file.json", bytes: await readPath(file.path) };
  }
  return { name: file.name ?? "feedback.json", bytes: await readContent(file.content) };
}

export async function readContent(content: FileContent): Promise<Bytes> {
  if (typeof content === "string") return limited(new TextEncoder().encode(content));
  if (content instanceof Uint8Array) return limited(new Uint8Array(content));
  if (content instanceof Blob) return limited(new Uint8Array(await content.arrayBuffer()));
  return readStream(content, fileLimitBytes, tooLong);
}

/** Asked of the process instead of imported, so that a bundle for browsers stands without Node's modules. */
async function readPath(path: string): Promise<Bytes> {
  const fileSystem = globalThis.process?.getBuiltinModule?.("node:fs/promises");
  if (fileSystem === undefined)
    throw new ConfigurationError("a path can be read in Node only: give the file's content");
  try {
    return limited(new Uint8Array(await fileSystem.readFile(path)));
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    const code = (error as { code?: string }).code ?? "unknown"; // What the file system throws has a code.
    throw new ConfigurationError(`the file to upload cannot be read (${code}): ${path}`);
  }
}

function limited(bytes: Bytes): Bytes {
  if (bytes.length > fileLimitBytes) throw tooLong();
  return bytes;
}

function tooLong(): ConfigurationError {
  return new ConfigurationError(`the file to upload has more than ${fileLimitBytes} bytes: send it in parts`);
}
