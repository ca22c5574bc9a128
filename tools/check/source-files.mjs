import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";

const neverOurs = new Set(["node_modules", "dist", ".git", ".kaimen"]);

/**
 * Files below a folder of the checkout, as paths from its root with forward slashes, sorted.
 * @param {string} root
 * @param {string} folder
 * @param {RegExp} name
 */
export function filesIn(root, folder, name) {
  return walk(join(root, folder))
    .map((path) => relative(root, path).replaceAll(sep, "/"))
    .filter((path) => name.test(path))
    .toSorted();
}

/**
 * What git tracks or would track; in an unpacked archive, everything. Sorted as git does.
 * @param {string} root
 */
export function filesOfProject(root) {
  if (!existsSync(join(root, ".git"))) return filesIn(root, ".", /./);
  const list = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  });
  return [...new Set(list.split("\0"))].filter((path) => path !== "" && existsSync(join(root, path)));
}

/** @param {string} root @param {string} path */
export function textOf(root, path) {
  return readFileSync(join(root, path), "utf8");
}

/** @param {string} folder @returns {string[]} */
function walk(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (neverOurs.has(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return walk(path);
    return entry.isFile() ? [path] : [];
  });
}
