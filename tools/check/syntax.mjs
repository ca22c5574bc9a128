import { parseSync } from "vite";

/**
 * What stands in a source, as vite's parser reads it.
 *
 * @typedef {{
 *   type: string, start: number, name?: unknown, value?: unknown, source?: unknown, callee?: unknown, property?: unknown,
 *   arguments?: unknown[], computed?: boolean, shorthand?: boolean, importKind?: string, exportKind?: string,
 *   specifiers?: Node[], quasis?: { value: { raw: string } }[], regex?: { pattern: string, flags: string },
 * }} Node A node of the ESTree, with what the checks look at.
 * @typedef {{ node: Node, parent: Node | undefined, role: string, line: number }} Place `role` is the parent's name for it.
 */

/**
 * Every node of a source, in the order in which they begin, a parent before its children.
 * @param {string} source
 * @param {string} path Its ending tells the language.
 * @returns {Place[]}
 * @throws When the source is not of that language.
 */
export function placesIn(source, path = "source.ts") {
  const { program, errors } = parseSync(path, source, { sourceType: "module" });
  if (errors[0] !== undefined) throw new Error(`${path} cannot be read: ${errors[0].message}`);
  const lineAt = linesOf(source);
  /** @type {Place[]} */
  const places = [];
  visit(/** @type {Node} */ (/** @type {unknown} */ (program)), undefined, "");
  return places.toSorted((one, other) => one.node.start - other.node.start);

  /** @param {Node} node @param {Node | undefined} parent @param {string} role */
  function visit(node, parent, role) {
    places.push({ node, parent, role, line: lineAt(node.start) });
    for (const [name, value] of Object.entries(node)) {
      for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child, node, name);
    }
  }
}

/** @param {unknown} value @returns {value is Node} */
export function isNode(value) {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/**
 * The texts written out in a source: strings, and templates with `$0` for each substitution.
 * @param {Place} place
 */
export function textAt({ node }) {
  if (node.type === "Literal") return typeof node.value === "string" ? node.value : undefined;
  return node.quasis?.map(({ value }) => value.raw).join("$0");
}

/** Which line, from 1, each offset is on. @param {string} source @returns {(offset: number) => number} */
function linesOf(source) {
  const starts = [0];
  for (let at = source.indexOf("\n"); at !== -1; at = source.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}
