import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Stamps live inside node_modules, so that removing it (as `npm ci` does) also forgets them. */
const folder = join("node_modules", ".boot");

/** @param {(string | Uint8Array)[]} parts */
export function hashOf(parts) {
  const hash = createHash("sha256");
  for (const part of parts) {
    const bytes = typeof part === "string" ? Buffer.from(part) : part;
    // Length first, so that moving bytes from one part to the next changes the hash.
    hash.update(`${bytes.length}:`).update(bytes);
  }
  return hash.digest("hex");
}

/** Empty when there is no such file. @param {string} path */
export function contentOf(path) {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}

/** @param {string} root @param {string} name */
export function readStamp(root, name) {
  return contentOf(join(root, folder, name)).toString();
}

/** @param {string} root @param {string} name @param {string} value */
export function writeStamp(root, name, value) {
  const path = join(root, folder, name);
  mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(`${path}.${process.pid}`, value);
  renameSync(`${path}.${process.pid}`, path);
}

/** Called before a step begins: a step that stops half-way must not be taken as done. @param {string} root @param {string} name */
export function removeStamp(root, name) {
  rmSync(join(root, folder, name), { force: true });
}
