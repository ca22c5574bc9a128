/** @typedef {{ text: string, line: number }} Statement */

/**
 * Cuts SQL at its semicolons. Comments become blanks and string literals empty, so that only code is left to look
 * at; everything is in lower case. A function's dollar-quoted body stays in one piece with its statement.
 * @param {string} source
 * @param {number} firstLine The line of the file on which `source` begins.
 * @returns {Statement[]}
 */
export function statementsIn(source, firstLine) {
  const code = source
    .toLowerCase()
    .replaceAll(
      /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|\$(\w*)\$[\s\S]*?\$\1\$/g,
      (part, /** @type {string | undefined} */ tag) => {
        if (tag !== undefined) return part.replaceAll(";", " ");
        return (part.startsWith("'") ? "''" : "") + part.replaceAll(/[^\n]/g, "");
      },
    );
  /** @type {Statement[]} */
  const statements = [];
  let line = firstLine;
  for (const text of code.split(";")) {
    const blank = /^\s*/.exec(text)?.[0] ?? "";
    if (blank.length < text.length) statements.push({ text: text.trim(), line: line + newlinesIn(blank) });
    line += newlinesIn(text);
  }
  return statements;
}

/** @param {string} text */
function newlinesIn(text) {
  return text.split("\n").length - 1;
}
