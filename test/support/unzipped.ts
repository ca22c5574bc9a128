import { crc32, inflateRawSync } from "node:zlib";

/** The files of a ZIP archive by their names, read from its directory, each as long as that says and with its checksum. */
export function unzipped(archive: Uint8Array): ReadonlyMap<string, Buffer> {
  const bytes = Buffer.from(archive);
  const end = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  if (end === -1) throw new Error("no archive: it has no end");
  const files = new Map<string, Buffer>();
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (bytes.readUInt32LE(at) !== 0x0201_4b50) throw new Error(`no line of the directory at ${at}`);
    const [flags, method, checksum] = [
      bytes.readUInt16LE(at + 8),
      bytes.readUInt16LE(at + 10),
      bytes.readUInt32LE(at + 16),
    ];
    const [compressed, plain] = [bytes.readUInt32LE(at + 20), bytes.readUInt32LE(at + 24)];
    const [nameLength, extraLength, noteLength] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset));
    const begins = bytes.readUInt32LE(at + 42);
    const nameBytes = bytes.subarray(at + 46, at + 46 + (nameLength ?? 0));
    if ((flags & 0x800) === 0) throw new Error("no flag says that a name is UTF-8");
    const name = nameBytes.toString();
    if (bytes.readUInt32LE(begins) !== 0x0403_4b50 || method !== 8) throw new Error(`${name} is not there, deflated`);
    const contentAt = begins + 30 + bytes.readUInt16LE(begins + 26) + bytes.readUInt16LE(begins + 28);
    const content = inflateRawSync(bytes.subarray(contentAt, contentAt + compressed));
    if (content.length !== plain || crc32(content) !== checksum)
      throw new Error(`${name} is not as the directory says`);
    files.set(name, content);
    at += 46 + (nameLength ?? 0) + (extraLength ?? 0) + (noteLength ?? 0);
  }
  return files;
}
