import { graphOf, reachableFrom, readSource } from "./import-graph.mjs";
import { importsOf, isBare, packageNameOf } from "./import-specifiers.mjs";
import { entryFiles } from "./layers.mjs";
import { filesIn, textOf } from "./source-files.mjs";

/** Packages used by running a command of theirs. @type {Record<string, string>} */
const usedAsCommand = {
  typescript: "tsc builds and checks",
  oxlint: "the check named lint",
  prettier: "the check named format",
};

/** Nothing lies about that no entry leads to: files of src/ and web/, and packages. @param {string} root @returns {import("../check.mjs").Findings} */
export function dead(root) {
  return { problems: [...deadFiles(root, "src"), ...deadFiles(root, "web"), ...deadPackages(root)] };
}

/** @param {string} root @param {"src" | "web"} folder */
function deadFiles(root, folder) {
  const { files, imports } = readSource(root, folder);
  const graph = graphOf(imports.flatMap(({ path, target }) => (target === undefined ? [] : [[path, target]])));
  const entries = files.filter((path) => entryFiles.some((pattern) => pattern.test(path)));
  const alive = reachableFrom(graph, entries);
  return files
    .filter((path) => !alive.has(path) && !path.endsWith(".d.ts"))
    .map((path) => `${path}: no entry of ${folder}/ leads to it`);
}

/** @param {string} root */
function deadPackages(root) {
  const manifest = JSON.parse(textOf(root, "package.json"));
  const inProduct = packagesImportedIn(root, ["src", "web"]);
  const anywhere = packagesImportedIn(root, ["src", "web", "test", "bench", "tools", "examples"]);
  for (const path of filesIn(root, ".", /^[^/]+\.config\.[cm]?[jt]s$/)) addPackages(root, path, anywhere);
  return [
    ...Object.keys(manifest.dependencies ?? {})
      .filter((name) => !inProduct.has(name))
      .map((name) => `package.json: the dependency ${name} is imported nowhere in src/ or web/`),
    ...Object.keys(manifest.devDependencies ?? {})
      .filter((name) => !anywhere.has(typedPackage(name)) && !(name in usedAsCommand))
      .map((name) => `package.json: the development dependency ${name} is used nowhere`),
  ];
}

/** @param {string} root @param {string[]} folders */
function packagesImportedIn(root, folders) {
  /** @type {Set<string>} */
  const names = new Set();
  for (const folder of folders) {
    for (const path of filesIn(root, folder, /\.[cm]?[jt]sx?$/)) addPackages(root, path, names);
  }
  return names;
}

/** @param {string} root @param {string} path @param {Set<string>} names */
function addPackages(root, path, names) {
  for (const { specifier } of importsOf(textOf(root, path), path)) {
    if (specifier === undefined) continue;
    if (specifier.startsWith("node:")) names.add("node");
    else if (isBare(specifier)) names.add(packageNameOf(specifier));
  }
}

/** `@types/x` is used where `x` is; `@types/a__b` is of `@a/b`. @param {string} name */
function typedPackage(name) {
  const match = /^@types\/(?:(.+)__)?(.+)$/.exec(name);
  if (match === null) return name;
  return match[1] === undefined ? `${match[2]}` : `@${match[1]}/${match[2]}`;
}
