import { randomBytes } from "node:crypto";
import { open, readFile } from "node:fs/promises";

/** The key that wraps every other key at rest: 32 bytes. It is never stored beside what it wraps in production. */
export type MasterKey = Uint8Array & { readonly wraps: "data keys" };

/** Reads a master key from 64 hexadecimal digits or 44 characters of base64; undefined for anything else. */
export function parseMasterKey(text: string): MasterKey | undefined {
  const trimmed = text.trim();
  if (/^[0-9a-fA-F]{64}$/.test(trimmed)) return Buffer.from(trimmed, "hex") as Uint8Array as MasterKey; // 64 digits are 32 bytes.
  if (/^[A-Za-z0-9+/]{43}=$/.test(trimmed)) return Buffer.from(trimmed, "base64") as Uint8Array as MasterKey; // 44 characters are 32 bytes.
  return undefined;
}

/** The sandbox's master key: made once, kept in a file that only its owner reads. */
export async function readOrCreateMasterKey(path: string): Promise<MasterKey> {
  const existing = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (existing !== undefined) {
    const key = parseMasterKey(existing);
    if (key === undefined)
      throw new Error(`${path} holds no master key; restore it, or start with an empty KAIMEN_DATA`);
    return key;
  }
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(`${randomBytes(32).toString("base64")}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  return readOrCreateMasterKey(path);
}
