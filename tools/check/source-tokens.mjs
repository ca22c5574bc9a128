/**
 * Cuts TypeScript into words, strings, templates and single punctuation marks, so that the checks never take a
 * comment or the inside of a string for code. It knows no grammar; where `/` could begin a regular expression or
 * divide, the token before decides, which is right for code as a formatter leaves it.
 *
 * @typedef {{
 *   kind: "word" | "string" | "template" | "mark" | "regex",
 *   text: string,
 *   line: number,
 * }} Token `text` is a string's or template's content (each `${…}` in a template reads `$0`), otherwise the source.
 */

const wordsBeforeRegex = new Set([
  "return",
  "typeof",
  "case",
  "in",
  "of",
  "delete",
  "void",
  "throw",
  "new",
  "else",
  "do",
  "instanceof",
  "yield",
  "await",
]);

/** @param {string} source @returns {Token[]} */
export function tokensOf(source) {
  /** @type {Token[]} */
  const tokens = [];
  let line = 1;
  let position = 0;

  while (position < source.length) position = readOne(position);
  return tokens;

  /** @param {number} start @returns {number} Where the next token begins. */
  function readOne(start) {
    const character = source[start] ?? "";
    if (character === "\n") line++;
    if (/\s/.test(character)) return start + 1;
    if (source.startsWith("//", start) || (start === 0 && source.startsWith("#!"))) return endOfLine(start);
    if (source.startsWith("/*", start)) {
      const close = source.indexOf("*/", start + 2);
      return skip(start, close === -1 ? source.length : close + 2);
    }
    if (character === '"' || character === "'") return readString(start, character);
    if (character === "`") return readTemplate(start);
    if (character === "/" && regexMayBegin()) {
      const end = endOfRegex(start);
      if (end !== undefined) return push("regex", start, end);
    }
    const word = matchAt(/[\p{ID_Start}$_#][\p{ID_Continue}$\u200C\u200D]*|\d[\w.]*/uy, start);
    return push(word === "" ? "mark" : "word", start, start + Math.max(word.length, 1));
  }

  /** @param {Token["kind"]} kind @param {number} start @param {number} end */
  function push(kind, start, end) {
    tokens.push({ kind, text: source.slice(start, end), line });
    return end;
  }

  /** @param {RegExp} sticky @param {number} start */
  function matchAt(sticky, start) {
    sticky.lastIndex = start;
    return sticky.exec(source)?.[0] ?? "";
  }

  /** @param {number} start */
  function endOfLine(start) {
    const end = source.indexOf("\n", start);
    return end === -1 ? source.length : end;
  }

  /** Moves on, counting the lines passed. @param {number} start @param {number} end */
  function skip(start, end) {
    for (let at = source.indexOf("\n", start); at !== -1 && at < end; at = source.indexOf("\n", at + 1)) line++;
    return end;
  }

  /** @param {number} start @param {string} quote */
  function readString(start, quote) {
    let text = "";
    let at = start + 1;
    for (; at < source.length && source[at] !== quote; at++) {
      if (source[at] === "\n") return push("mark", start, start + 1); // Not a string: an apostrophe in JSX text.
      if (source[at] === "\\") {
        at++;
        text += unescaped(source[at] ?? "");
      } else text += source[at];
    }
    tokens.push({ kind: "string", text, line });
    return at + 1;
  }

  /** The tokens inside `${…}` follow the template's own. @param {number} start */
  function readTemplate(start) {
    /** @type {Token} */
    const template = { kind: "template", text: "", line };
    tokens.push(template);
    let at = start + 1;
    while (at < source.length && source[at] !== "`") {
      if (source.startsWith("${", at)) {
        template.text += "$0";
        at = readSubstitution(at + 2);
      } else if (source[at] === "\\") {
        template.text += unescaped(source[at + 1] ?? "");
        at += 2;
      } else {
        if (source[at] === "\n") line++;
        template.text += source[at];
        at++;
      }
    }
    return at + 1;
  }

  /** @param {number} start */
  function readSubstitution(start) {
    let at = start;
    for (let depth = 1; at < source.length;) {
      if (source[at] === "{") depth++;
      if (source[at] === "}") depth--;
      if (depth === 0) break;
      at = readOne(at);
    }
    return at + 1;
  }

  function regexMayBegin() {
    const before = tokens.at(-1);
    if (before === undefined) return true;
    if (before.kind === "word") return wordsBeforeRegex.has(before.text);
    return before.kind === "mark" && !")]}".includes(before.text);
  }

  /** Undefined when no regular expression ends on this line. @param {number} start */
  function endOfRegex(start) {
    let inClass = false;
    for (let at = start + 1; at < source.length && source[at] !== "\n"; at++) {
      if (source[at] === "\\") at++;
      else if (source[at] === "[") inClass = true;
      else if (source[at] === "]") inClass = false;
      else if (source[at] === "/" && !inClass) return at + 1 + matchAt(/[a-z]*/y, at + 1).length;
    }
    return undefined;
  }
}

/** @param {string} escape The character after the backslash. */
function unescaped(escape) {
  return { n: "\n", t: "\t", r: "\r", "\n": "" }[escape] ?? escape;
}
