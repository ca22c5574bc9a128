import { existsSync } from "node:fs";
import { join } from "node:path";
import { runTypeScript } from "../boot/package-command.mjs";
import { importsOf } from "./import-specifiers.mjs";
import { filesIn, textOf } from "./source-files.mjs";
import { tokensOf } from "./source-tokens.mjs";
import { messagesIn } from "./types.mjs";

/** @typedef {import("./source-tokens.mjs").Token} Token */

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
      const tokens = tokensOf(source);
      return [
        ...importsOf(source)
          .filter(({ specifier }) => specifier?.startsWith("node:") === true)
          .map(({ specifier, line }) => `${path}:${line} imports ${specifier}`),
        ...tokens.flatMap((_, index) => {
          const name = impureNameAt(tokens, index);
          return name === undefined ? [] : [`${path}:${tokens[index]?.line} names ${name}`];
        }),
      ];
    });
}

/** @param {Token[]} tokens @param {number} index */
function impureNameAt(tokens, index) {
  const [before, token, next, afterNext] = [tokens[index - 1], tokens[index], tokens[index + 1], tokens[index + 2]];
  if (token?.kind !== "word") return undefined;
  const isMember = before?.text === "." && before.kind === "mark";
  if (isMember) return undefined;
  if (impureNames.has(token.text)) return isKey(before, next) ? undefined : token.text;
  if (next?.text === "." && afterNext?.text === impureMembers[token.text]) return `${token.text}.${afterNext?.text}`;
  // `new Date(milliseconds)` only converts; without an argument it reads the clock.
  const readsClock = token.text === "Date" && before?.text === "new" && (next?.text !== "(" || afterNext?.text === ")");
  return readsClock ? "new Date()" : undefined;
}

/** A property called `process` is no global: `{ process: … }`, `process?: …` in a type. @param {Token | undefined} before @param {Token | undefined} next */
function isKey(before, next) {
  const opens = before?.kind === "mark" && ["{", ",", ";", "("].includes(before.text);
  return opens && (next?.text === ":" || next?.text === "?");
}
