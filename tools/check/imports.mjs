import { existsSync } from "node:fs";
import { join } from "node:path";
import { cyclesIn, graphOf, readSource } from "./import-graph.mjs";
import { isBare, packageNameOf } from "./import-specifiers.mjs";
import { forPages, only, placeOf, rows } from "./layers.mjs";
import { textOf } from "./source-files.mjs";

/** @typedef {import("./import-graph.mjs").SourceImport} SourceImport */

/** Imports in src/ point one way, in the order of layers.mjs, and never round; pages take of src/ only what runs in a browser. @param {string} root @returns {import("../check.mjs").Findings} */
export function imports(root) {
  const { files, imports: all } = readSource(root, "src");
  const { imports: ofPages } = readSource(root, "web");
  const { dependencies = {} } = JSON.parse(textOf(root, "package.json"));
  const problems = [
    ...unplaced(files),
    ...all.flatMap((found) => {
      const problem = problemWith(found, root, new Set(Object.keys(dependencies)));
      return problem === undefined ? [] : [`${found.path}:${found.line} ${problem}`];
    }),
    ...circles(all),
    ...ofPages.flatMap((found) => problemOfPages(found, root)),
    ...circlesOfFiles(ofPages.filter(({ typeOnly }) => !typeOnly)),
  ];
  return { problems };
}

/** @param {string[]} files */
function unplaced(files) {
  const places = new Set(files.map(placeOf));
  return [...places]
    .filter((place) => rowOf(place) === -1)
    .map((place) => `src/${place} has no place in the order drawn in tools/check/layers.mjs`);
}

/** @param {SourceImport} found @param {string} root @param {Set<string>} dependencies */
function problemWith({ path, specifier, target }, root, dependencies) {
  const place = placeOf(path);
  if (specifier === undefined) return "imports a computed name, which no check can follow: write the names out";
  if (specifier.startsWith("#")) return `imports "${specifier}": inside src/ a relative path is needed`;
  if (specifier.startsWith("node:"))
    return place === "protocol" ? `imports "${specifier}": protocol/ is pure` : undefined;
  if (isBare(specifier)) {
    return dependencies.has(packageNameOf(specifier))
      ? undefined
      : `imports "${specifier}", which is not in package.json's dependencies`;
  }
  if (target === undefined) return `imports "${specifier}": neither a relative path nor a package`;
  if (!target.startsWith("src/")) return `imports "${specifier}", outside src/`;
  if (!target.endsWith(".ts") && !target.endsWith(".json"))
    return `imports "${specifier}": relative imports end in .ts`;
  if (!existsSync(join(root, target))) return `imports "${specifier}", which does not exist`;
  return mayImport(place, placeOf(target))
    ? undefined
    : `imports "${specifier}": ${place} may not import ${placeOf(target)}`;
}

/** @param {SourceImport} found @param {string} root @returns {string[]} */
function problemOfPages({ path, line, specifier, target, typeOnly }, root) {
  if (specifier === undefined) return [`${path}:${line} imports a computed name, which no check can follow`];
  if (target === undefined) return [];
  // Vite gives a file's text for `?raw`.
  if (!existsSync(join(root, target.replace(/\?raw$/, ""))))
    return [`${path}:${line} imports "${specifier}", which does not exist`];
  const runs = target.startsWith("web/") || forPages.some((pattern) => pattern.test(target));
  return runs || typeOnly
    ? []
    : [`${path}:${line} imports "${specifier}": of src/, pages take types and what layers.mjs lists as forPages`];
}

/** @param {string} from @param {string} to */
function mayImport(from, to) {
  if (from === to) return true;
  if (only[from] !== undefined) return only[from].includes(to);
  return rowOf(from) <= rowOf(to);
}

/** @param {string} place */
function rowOf(place) {
  return rows.findIndex((row) => row.includes(place));
}

/** @param {SourceImport[]} all */
function circlesOfFiles(all) {
  return [...cyclesIn(graphOf(edgesOf(all)))].map(
    (cycle) => `files import each other in a circle: ${cycle.join(" → ")}`,
  );
}

/** @param {SourceImport[]} all @returns {[string, string][]} */
function edgesOf(all) {
  return all.flatMap(({ path, target }) => (target === undefined ? [] : [[path, target]]));
}

/** @param {SourceImport[]} all */
function circles(all) {
  /** @type {[string, string][]} */
  const folderEdges = edgesOf(all).flatMap(([from, to]) =>
    placeOf(from) === placeOf(to) ? [] : [[placeOf(from), placeOf(to)]],
  );
  return [
    ...circlesOfFiles(all),
    ...cyclesIn(graphOf(folderEdges)).map((cycle) => `folders import each other in a circle: ${cycle.join(" → ")}`),
  ];
}
