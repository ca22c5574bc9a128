import { tokensOf } from "./source-tokens.mjs";

/** @typedef {import("./source-tokens.mjs").Token} Token */
/** @typedef {{ specifier: string | undefined, line: number }} Import `specifier` is undefined when it is computed. */

/** What may stand between `import` or `export` and `from`. */
const clauseMarks = new Set(["{", "}", ",", "*"]);

/**
 * Everything a file imports: `import …`, `export … from`, `import("…")` as an expression or in a type.
 * @param {string} source
 * @returns {Import[]}
 */
export function importsOf(source) {
  const tokens = tokensOf(source);
  /** @type {Import[]} */
  const imports = [];
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== "word" || tokens[index - 1]?.text === ".") continue;
    if (token.text === "import" && tokens[index + 1]?.text === "(") {
      const argument = tokens[index + 2];
      imports.push({
        specifier: argument?.kind === "mark" ? undefined : literalIn(argument, tokens[index + 3]),
        line: token.line,
      });
    } else if (token.text === "import" || token.text === "export") {
      const found = specifierAfterClause(tokens, index);
      if (found !== undefined) imports.push({ specifier: found.text, line: token.line });
    }
  }
  return imports;
}

/** @param {Token | undefined} argument @param {Token | undefined} next */
function literalIn(argument, next) {
  const isLiteral = argument?.kind === "string" || (argument?.kind === "template" && !argument.text.includes("$0"));
  return isLiteral && (next?.text === ")" || next?.text === ",") ? argument.text : undefined;
}

/** @param {Token[]} tokens @param {number} start Where `import` or `export` stands. */
function specifierAfterClause(tokens, start) {
  const isImport = tokens[start]?.text === "import";
  if (isImport && tokens[start + 1]?.kind === "string") return tokens[start + 1];
  for (let index = start + 1; index < tokens.length; index++) {
    const token = tokens[index];
    if (token === undefined) return undefined;
    if (token.text === "from" && token.kind === "word" && tokens[index + 1]?.kind === "string")
      return tokens[index + 1];
    if (token.kind === "mark" && !clauseMarks.has(token.text)) return undefined;
    if (token.kind === "regex" || token.kind === "template") return undefined;
    // `export const …` and the like: a declaration, and no clause.
    if (!isImport && index === start + 1 && token.kind === "word" && token.text !== "type") return undefined;
    const closed = tokens[index - 1]?.text === "}" && tokens[index - 1]?.kind === "mark";
    if (!isImport && closed && token.text !== "from") return undefined; // `export { a }` without a source.
  }
  return undefined;
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
