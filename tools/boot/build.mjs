import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmdirSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { Failure } from "./failure.mjs";
import { contentOf, hashOf, readStamp, removeStamp, writeStamp } from "./stamp.mjs";
import { runTypeScript } from "./package-command.mjs";

const stampName = "built";
const configs = ["tsconfig.json", "tsconfig.build.json"];

/** Folders of dist that other steps fill, so this one does not tidy them away. */
const filledByOthers = new Set(["bench", "packages", "web"]);

/** @param {string} root @returns {import("./prepare.mjs").Step} */
export function buildIfChanged(root) {
  const sources = filesBelow(join(root, "src"));
  const stamp = () =>
    hashOf([
      contentOf(join(root, "node_modules", "typescript", "package.json")),
      ...configs.map((name) => contentOf(join(root, name))),
      ...sources.flatMap((source) => [source, contentOf(join(root, "src", source))]),
    ]);
  return {
    doing: "building",
    done: "built",
    isCurrent: () =>
      readStamp(root, stampName) === stamp() &&
      sources.every((source) => outputsOf(source).every((path) => existsSync(join(root, "dist", path)))),
    async run() {
      removeStamp(root, stampName);
      const before = stamp();
      await compile(root);
      copyAssets(root, sources);
      removeLeftovers(root, sources);
      linkCommand(root);
      // A file saved while the compiler ran leaves this stamp behind its source, so the next start builds again.
      writeStamp(root, stampName, before);
      return [];
    },
  };
}

/** @param {string} root */
async function compile(root) {
  const { code, output } = await runTypeScript(root, ["-p", "tsconfig.build.json"]);
  if (code !== 0)
    throw new Failure(`${output.trim()}\n\nThe build failed: the TypeScript compiler's messages are above.`);
}

/** Whatever in src/ is not TypeScript is read at run time (SQL, HTML, CSS, SVG). @param {string} root @param {string[]} sources */
function copyAssets(root, sources) {
  for (const source of sources.filter(isAsset)) {
    const target = join(root, "dist", source);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(join(root, "src", source), target);
  }
}

/** @param {string} root @param {string[]} sources */
function removeLeftovers(root, sources) {
  const dist = join(root, "dist");
  const expected = new Set(
    sources.flatMap((source) => [...outputsOf(source), ...outputsOf(source).map((path) => `${path}.map`)]),
  );
  for (const path of filesBelow(dist)) {
    const top = path.split(sep)[0] ?? "";
    if (filledByOthers.has(top) || expected.has(path)) continue;
    rmSync(join(dist, path), { force: true });
    removeEmptyFolders(dist, dirname(path));
  }
}

/** @param {string} dist @param {string} folder */
function removeEmptyFolders(dist, folder) {
  for (let path = folder; path !== "."; path = dirname(path)) {
    if (readdirSync(join(dist, path)).length > 0) return;
    rmdirSync(join(dist, path));
  }
}

/** `npx kaimen` in the checkout looks in node_modules/.bin; npm links only the bins of dependencies there. @param {string} root */
function linkCommand(root) {
  const command = join(root, "dist", "cli", "main.js");
  if (!existsSync(command)) return;
  chmodSync(command, 0o755);
  if (process.platform === "win32") return;
  const link = join(root, "node_modules", ".bin", "kaimen");
  mkdirSync(dirname(link), { recursive: true });
  if (lstatSync(link, { throwIfNoEntry: false }) === undefined) symlinkSync(relative(dirname(link), command), link);
}

/** @param {string} source A path relative to src. @returns {string[]} What the build makes of it, relative to dist. */
function outputsOf(source) {
  if (source.endsWith(".d.ts")) return [];
  if (source.endsWith(".ts")) return [source.replace(/\.ts$/, ".js")];
  return isAsset(source) ? [source] : [];
}

/** @param {string} source */
function isAsset(source) {
  return !source.endsWith(".ts") && !source.endsWith(".md") && !basename(source).startsWith(".");
}

/** Paths relative to `folder`, sorted; empty when there is no such folder. @param {string} folder */
export function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .toSorted();
}
