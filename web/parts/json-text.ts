/** A piece of JSON as it is shown: names, values and signs look different. */
export interface JsonPiece {
  readonly kind: "name" | "text" | "number" | "word" | "sign";
  readonly text: string;
}

const tokens = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
const indent = "  ";

/**
 * JSON laid out on lines, each value spelt as it came: a number keeps its digits and a text its escapes, which parsing and
 * writing it again would lose. Undefined where the text is no JSON object or list.
 */
export function layOutJson(text: string): readonly JsonPiece[] | undefined {
  if (!/^\s*[{[]/.test(text) || !isJson(text)) return undefined;
  const found = text.match(tokens) ?? [];
  const pieces: JsonPiece[] = [];
  let depth = 0;
  const sign = (shown: string): number => pieces.push({ kind: "sign", text: shown });
  const line = (): string => `\n${indent.repeat(depth)}`;
  for (const [index, token] of found.entries()) {
    const next = found[index + 1];
    if (token === "{" || token === "[") {
      const isEmpty = next === "}" || next === "]";
      if (!isEmpty) depth += 1;
      sign(isEmpty ? token : token + line());
    } else if (token === "}" || token === "]") {
      const before = found[index - 1];
      const isEmpty = before === "{" || before === "[";
      if (!isEmpty) depth -= 1;
      sign(isEmpty ? token : line() + token);
    } else if (token === ",") sign(`,${line()}`);
    else if (token === ":") sign(": ");
    else pieces.push({ kind: kindOf(token, next), text: token });
  }
  return pieces;
}

function kindOf(token: string, next: string | undefined): JsonPiece["kind"] {
  if (token.startsWith('"')) return next === ":" ? "name" : "text";
  return /^[-\d]/.test(token) ? "number" : "word";
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
