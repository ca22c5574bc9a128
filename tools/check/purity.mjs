import { existsSync } from "node:fs";
import { join } from "node:path";
import { runTypeScript } from "../boot/package-command.mjs";
import { importsOf } from "./import-specifiers.mjs";
import { filesIn, textOf } from "./source-files.mjs";
import { isNode, placesIn } from "./syntax.mjs";
import { messagesIn } from "./types.mjs";

/** @typedef {import("./syntax.mjs").Place} Place */

/** Globals that are I/O, a clock or randomness by themselves. */
const impureNames = new Set([
  "process",
  "performance",
  "fetch",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "queueMicrotask",
  "crypto",
  "globalThis",
  "require",
]);

/** @type {Record<string, string>} */
const impureMembers = { Date: "now", Math: "random" };

const pureFolders = ["src/protocol", "src/scoring/card", "src/scoring/training", "src/scoring/interop"];

/** The protocol and the arithmetic of scoring are pure functions: no I/O, clock or randomness. @type {import("../check.mjs").Check} */
export async function purity(root) {
  if (!existsSync(join(root, "src/protocol"))) return { problems: [], skipped: "src/protocol does not exist yet" };
  const textual = impurities(root);
  const { code, output } = await runTypeScript(root, ["-p", "tsconfig.pure.json"]);
  return { problems: [...textual, ...(code === 0 ? [] : messagesIn(output))] };
}

/** @param {string} root */
export function impurities(root) {
  return pureFolders
    .flatMap((folder) => (existsSync(join(root, folder)) ? filesIn(root, folder, /\.ts$/) : []))
    .filter((path) => !path.endsWith(".d.ts"))
    .flatMap((path) => {
      const source = textOf(root, path);
      return [
        ...importsOf(source)
          .filter(({ specifier }) => specifier?.startsWith("node:") === true)
          .map(({ specifier, line }) => `${path}:${line} imports ${specifier}`),
        ...placesIn(source, path).flatMap((place) => {
          const name = impureNameAt(place);
          return name === undefined ? [] : [`${path}:${place.line} names ${name}`];
        }),
      ];
    });
}

/** @param {Place} place */
function impureNameAt({ node, parent, role }) {
  if (node.type === "Identifier" && !isKey(parent, role)) {
    const name = String(node.name);
    if (impureNames.has(name)) return name;
    const member = parent?.type === "MemberExpression" && isNode(parent.property) ? parent.property.name : undefined;
    return member !== undefined && member === impureMembers[name] ? `${name}.${member}` : undefined;
  }
  if (node.type !== "NewExpression" && node.type !== "CallExpression") return undefined;
  const { callee } = node;
  if (!isNode(callee) || callee.name !== "Date") return undefined;
  // `new Date(milliseconds)` only converts; without an argument it reads the clock, and so does `Date()` with any.
  const isGiven = node.type === "NewExpression" && Array.isArray(node.arguments) && node.arguments.length > 0;
  return isGiven ? undefined : "new Date()";
}

/** A property called `process` is no global: `object.process`, `{ process: … }`, `process?: …` in a type. @param {import("./syntax.mjs").Node | undefined} parent @param {string} role */
function isKey(parent, role) {
  if (role === "property") return parent?.computed !== true;
  return role === "key" && parent?.computed !== true && parent?.shorthand !== true;
}
