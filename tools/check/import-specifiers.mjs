import { isNode, placesIn } from "./syntax.mjs";

/** @typedef {import("./syntax.mjs").Node} Node */
/** @typedef {{ specifier: string | undefined, line: number, typeOnly: boolean }} Import `specifier` is undefined when it is computed; `typeOnly` is gone when the program runs. */

/** What names another module as its source. */
const namesModule = new Set([
  "ImportDeclaration",
  "ExportNamedDeclaration",
  "ExportAllDeclaration",
  "ImportExpression",
  "TSImportType",
]);

/**
 * Everything a file imports: `import …`, `export … from`, `import("…")` as an expression or in a type.
 * @param {string} source
 * @param {string} [path] Its ending tells the language.
 * @returns {Import[]}
 */
export function importsOf(source, path) {
  return placesIn(source, path).flatMap(({ node, line }) =>
    namesModule.has(node.type) && isNode(node.source)
      ? [{ specifier: literalIn(node.source), line, typeOnly: isTypeOnly(node) }]
      : [],
  );
}

/** @param {Node} node */
function literalIn({ type, value, quasis = [] }) {
  if (type === "Literal") return String(value);
  return quasis.length === 1 ? quasis[0]?.value.raw : undefined;
}

/** @param {Node} node */
function isTypeOnly(node) {
  if (node.type === "TSImportType" || node.importKind === "type" || node.exportKind === "type") return true;
  const { specifiers: names = [] } = node;
  return names.length > 0 && names.every((name) => name.importKind === "type" || name.exportKind === "type");
}

/** The package a bare specifier names: `@scope/name/file` is of `@scope/name`. @param {string} specifier */
export function packageNameOf(specifier) {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

/** @param {string} specifier */
export function isBare(specifier) {
  return (
    !specifier.startsWith(".") &&
    !specifier.startsWith("#") &&
    !specifier.startsWith("/") &&
    !/^[a-z]+:/.test(specifier)
  );
}
