/**
 * JSON read with the place of every value, for tests that ask what bytes a client would cut out of a reply. Kept apart
 * from the product's own reader on purpose: a test must not trust what it tests.
 */
export type JsonSpan = { readonly start: number; readonly end: number } & (
  | { readonly kind: "object"; readonly members: ReadonlyMap<string, JsonSpan> }
  | { readonly kind: "array"; readonly items: readonly JsonSpan[] }
  | { readonly kind: "string"; readonly text: string }
  | { readonly kind: "number"; readonly text: string }
  | { readonly kind: "word"; readonly text: string }
);

const space = /[ \t\r\n]*/y;
// oxlint-disable-next-line no-control-regex -- control characters are just what a JSON string may not hold raw
const quoted = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/;
const token = new RegExp(`${quoted.source}|${number.source}|true|false|null|[{}[\\],:]`, "y");
const depthLimit = 64;

/** The value in `text`; `start` and `end` count the text's own units. Throws when the text is not one JSON value. */
export function readSpans(text: string): JsonSpan {
  let offset = 0;

  function next(): { text: string; start: number } {
    space.lastIndex = offset;
    space.test(text);
    token.lastIndex = space.lastIndex;
    const found = token.exec(text);
    if (found === null) throw new Error(`not JSON at ${space.lastIndex}`);
    offset = token.lastIndex;
    return { text: found[0], start: found.index };
  }

  function expect(wanted: string): void {
    const found = next();
    if (found.text !== wanted) throw new Error(`not JSON at ${found.start}: ${wanted} expected`);
  }

  function value(depth: number, first = next()): JsonSpan {
    if (depth > depthLimit) throw new Error("nested too deep");
    const { start } = first;
    if (first.text === "{") {
      const members = new Map<string, JsonSpan>();
      for (let follow = next(); follow.text !== "}"; follow = next()) {
        if (members.size > 0 && follow.text !== ",") throw new Error(`not JSON at ${follow.start}: , expected`);
        const name = members.size > 0 ? next() : follow;
        if (!name.text.startsWith('"')) throw new Error(`not JSON at ${name.start}: a name expected`);
        expect(":");
        members.set(unquote(name.text), value(depth + 1));
      }
      return { kind: "object", members, start, end: offset };
    }
    if (first.text === "[") {
      const items: JsonSpan[] = [];
      for (let follow = next(); follow.text !== "]"; follow = next()) {
        if (items.length > 0 && follow.text !== ",") throw new Error(`not JSON at ${follow.start}: , expected`);
        items.push(items.length > 0 ? value(depth + 1) : value(depth + 1, follow));
      }
      return { kind: "array", items, start, end: offset };
    }
    if (first.text.startsWith('"')) return { kind: "string", text: unquote(first.text), start, end: offset };
    if (/^[}\],:]$/.test(first.text)) throw new Error(`not JSON at ${start}: a value expected`);
    if (/^[tfn]/.test(first.text)) return { kind: "word", text: first.text, start, end: offset };
    return { kind: "number", text: first.text, start, end: offset };
  }

  const root = value(0);
  space.lastIndex = offset;
  space.test(text);
  if (space.lastIndex !== text.length) throw new Error(`not JSON at ${space.lastIndex}: the value has ended`);
  return root;
}

function unquote(literal: string): string {
  const text: unknown = JSON.parse(literal);
  if (typeof text !== "string") throw new Error("a quoted string was expected");
  return text;
}

/**
 * What PHP's json_decode to arrays and json_encode with JSON_UNESCAPED_UNICODE make of a value: `/` becomes `\/`,
 * U+2028 and U+2029 are escaped, an empty object becomes `[]`, a number with a fraction is a double.
 */
export function reserialiseAsPhp(span: JsonSpan): string {
  if (span.kind === "string") return phpString(span.text);
  if (span.kind === "word") return span.text;
  if (span.kind === "number") return phpNumber(span.text);
  if (span.kind === "array") return `[${span.items.map(reserialiseAsPhp).join(",")}]`;
  const members = [...span.members];
  const isList = members.every(([name], index) => name === String(index));
  if (isList) return `[${members.map(([, member]) => reserialiseAsPhp(member)).join(",")}]`;
  return `{${members.map(([name, member]) => `${phpString(name)}:${reserialiseAsPhp(member)}`).join(",")}}`;
}

function phpString(text: string): string {
  const escaped = JSON.stringify(text).replaceAll("/", "\\/");
  return escaped.replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}

function phpNumber(text: string): string {
  const fitsInteger = /^-?\d+$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
  if (fitsInteger && text !== "-0") return text;
  const [mantissa = "", exponent] = String(Number(text)).split("e");
  if (exponent === undefined) return mantissa;
  return `${mantissa.includes(".") ? mantissa : `${mantissa}.0`}e${exponent}`;
}
