import { posix } from "node:path";
import { importsOf } from "./import-specifiers.mjs";
import { filesIn, textOf } from "./source-files.mjs";

/** @typedef {Map<string, Set<string>>} Graph Which nodes each node points to. */
/** @typedef {import("./import-specifiers.mjs").Import & { path: string, target: string | undefined }} SourceImport */

/**
 * Every import in src/ or web/. `target` is the file that a relative import points to, existing or not.
 * @param {string} root
 * @param {"src" | "web"} folder
 */
export function readSource(root, folder) {
  const files = filesIn(root, folder, /\.tsx?$/);
  /** @type {SourceImport[]} */
  const imports = files.flatMap((path) =>
    importsOf(textOf(root, path), path).map((found) => ({
      ...found,
      path,
      target: found.specifier?.startsWith(".") === true ? posix.join(posix.dirname(path), found.specifier) : undefined,
    })),
  );
  return { files, imports };
}

/** @param {Iterable<[from: string, to: string]>} edges @returns {Graph} */
export function graphOf(edges) {
  /** @type {Graph} */
  const graph = new Map();
  for (const [from, to] of edges) {
    const targets = graph.get(from) ?? new Set();
    graph.set(from, targets.add(to));
  }
  return graph;
}

/**
 * The shortest way round from each node that lies on a circle, each circle once.
 * @param {Graph} graph
 * @returns {string[][]} Each begins and ends with the same node.
 */
export function cyclesIn(graph) {
  /** @type {Map<string, string[]>} */
  const cycles = new Map();
  for (const start of graph.keys()) {
    const cycle = shortestWayRound(graph, start);
    if (cycle === undefined) continue;
    const key = cycle.slice(1).toSorted().join("\n");
    if (!cycles.has(key)) cycles.set(key, cycle);
  }
  return [...cycles.values()];
}

/** @param {Graph} graph @param {string} start */
function shortestWayRound(graph, start) {
  /** @type {Map<string, string>} */
  const cameFrom = new Map();
  const queue = [start];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    for (const target of graph.get(next) ?? []) {
      if (target === start) return wayBack(cameFrom, start, next);
      if (cameFrom.has(target)) continue;
      cameFrom.set(target, next);
      queue.push(target);
    }
  }
  return undefined;
}

/** @param {Map<string, string>} cameFrom @param {string} start @param {string} last */
function wayBack(cameFrom, start, last) {
  const path = [start];
  for (let at = last; at !== start; at = cameFrom.get(at) ?? start) path.unshift(at);
  return [start, ...path];
}

/** @param {Graph} graph @param {string[]} roots */
export function reachableFrom(graph, roots) {
  const seen = new Set(roots);
  for (const node of seen) {
    for (const target of graph.get(node) ?? []) seen.add(target); // A Set yields what is added while it is walked.
  }
  return seen;
}
