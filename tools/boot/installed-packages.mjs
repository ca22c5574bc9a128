import { existsSync } from "node:fs";
import { join } from "node:path";
import { contentOf } from "./stamp.mjs";

/**
 * Whether node_modules already holds exactly what package-lock.json asks for, by npm's own note of what it installed.
 * @param {string} root
 */
export function isInstalled(root) {
  const wanted = packagesIn(join(root, "package-lock.json"));
  const present = packagesIn(join(root, "node_modules", ".package-lock.json"));
  if (wanted === undefined || present === undefined) return false;
  if (!manifestFitsLock(root, wanted[""] ?? {})) return false;

  for (const [path, entry] of Object.entries(wanted)) {
    if (path === "") continue;
    const found = present[path];
    if (found === undefined) {
      if (entry["optional"] === true) continue; // Made for another platform.
      return false;
    }
    if (found["version"] !== entry["version"] || found["integrity"] !== entry["integrity"]) return false;
    if (!existsSync(join(root, path, "package.json"))) return false;
  }
  return Object.keys(present).every((path) => path in wanted);
}

/** @param {string} path @returns {Record<string, Record<string, unknown>> | undefined} */
function packagesIn(path) {
  try {
    return JSON.parse(contentOf(path).toString()).packages;
  } catch {
    return undefined;
  }
}

/** @param {string} root @param {Record<string, unknown>} lockRoot */
function manifestFitsLock(root, lockRoot) {
  const manifest = JSON.parse(contentOf(join(root, "package.json")).toString());
  return ["dependencies", "devDependencies", "optionalDependencies"].every(
    (field) => canonical(manifest[field]) === canonical(lockRoot[field]),
  );
}

/** @param {unknown} versions */
function canonical(versions) {
  return JSON.stringify(Object.entries(versions ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
