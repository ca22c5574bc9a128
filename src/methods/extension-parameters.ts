import { JsonNumber, type JsonValue, parseJson } from "../protocol/json.ts";

/** What the extension parameters of a feedback method ask for, or how they should have been written. */
export type ExtensionParameters = { readonly dryRun: boolean } | { readonly fault: string };

/** A pair as it was read: what is in quotes in JSON is a string, and so is every value of a looser notation. */
type Pair = readonly [name: string, value: JsonValue];

const valuesLimit = 200;
/** JSON that was made text and put into JSON again is unpacked so many times. */
const unpackingLimit = 3;

const unreadable = '应为JSON对象，例如{"extparam1":"value1"}';
const dryRunForm = '中的dry_run应写为{"dry_run":"true"}（只校验不入库），或不传';

/**
 * Reads the extension parameters: JSON, or the notation of the published example, which has single quotes, and what
 * integrators make of both. Only a dry run means anything in them. Whoever names it in whatever notation wants nothing
 * to be stored, so what names it and cannot be read for sure is a fault, and never taken for anything else.
 */
export function readExtensionParameters(text: string | undefined): ExtensionParameters {
  if (text === undefined || text.trim() === "") return { dryRun: false };
  const pairs = readPairs(text);
  if (pairs === undefined) return { fault: namesDryRun(text) ? dryRunForm : unreadable };
  const mentions = Math.max(countMentions(text), countMentions(textsOf(pairs).join("\n")));
  if (mentions === 0) return { dryRun: false };
  const [asked, ...others] = pairs.filter(([name]) => squashed(name) === dryRunName);
  if (asked === undefined || others.length > 0 || mentions > 1) return { fault: dryRunForm };
  const isAsked = wordOf(asked[1]);
  return isAsked === undefined ? { fault: dryRunForm } : { dryRun: isAsked };
}

const dryRunName = "dryrun";

/** The letters and digits alone, in their usual width and lower case: `Dry-Run` and `dry_run` are one name. */
function squashed(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, "");
}

function countMentions(text: string): number {
  return squashed(text).split(dryRunName).length - 1;
}

/** Also behind escapes that make the whole unreadable. */
function namesDryRun(text: string): boolean {
  return countMentions(text) > 0 || countMentions(withoutEscapes(text)) > 0;
}

const yes: ReadonlySet<string> = new Set(["true", "1", "yes", "y", "t", "on", "是", "真"]);
const no: ReadonlySet<string> = new Set(["false", "0", "no", "n", "f", "off", "否", "假", "null", ""]);

function wordOf(value: JsonValue): boolean | undefined {
  if (typeof value === "boolean") return value;
  if (value === null) return false;
  const text = value instanceof JsonNumber ? value.text : value;
  if (typeof text !== "string") return undefined;
  const word = text.normalize("NFKC").trim().toLowerCase();
  if (yes.has(word)) return true;
  return no.has(word) ? false : undefined;
}

/** Every name and value, however deep. */
function textsOf(value: JsonValue | readonly Pair[]): string[] {
  if (typeof value === "string") return [value];
  if (value instanceof Map) return [...value].flatMap(([name, each]) => [name, ...textsOf(each)]);
  // A pair is a list of its name and its value.
  return Array.isArray(value) ? (value as readonly JsonValue[]).flatMap((each) => textsOf(each)) : [];
}

function readPairs(text: string): readonly Pair[] | undefined {
  let rest = text;
  for (let unpacked = 0; unpacked <= unpackingLimit; unpacked += 1) {
    const parsed = parseJson(rest, valuesLimit);
    if ("fault" in parsed) return readLoosely(rest) ?? readLoosely(withoutEscapes(rest));
    if (parsed.value instanceof Map) return [...parsed.value];
    if (typeof parsed.value !== "string") return undefined;
    rest = parsed.value;
  }
  return undefined;
}

/** What a client has escaped once too often: for a URL, for HTML, or as a string of some language. */
function withoutEscapes(text: string): string {
  let plain = text;
  if (/%[0-9A-Fa-f]{2}/.test(plain)) {
    try {
      plain = decodeURIComponent(plain);
    } catch {
      // It stays as it came, and is most likely unreadable.
    }
  }
  return plain
    .replaceAll(/&(?:quot|#34|#x22);/gi, '"')
    .replaceAll(/&(?:apos|#39|#x27);/gi, "'")
    .replaceAll(/\\(?=[\\"'])/g, "");
}

const quoteMarks = /[“”„‟＂]/g;
const apostrophes = /[‘’‚‛＇`´]/g;
/** A piece of a loose notation: a text in either quotes, a bare word, or one character of punctuation. */
const piecePattern = /\s*(?:"([^"]*)"|'([^']*)'|([^\s"'{}[\]:=,;&]+)|([{}:=,;&]))\s*/y;

/** `{'a':'b'}`, `{a:b}`, `a=b&c=d`, `a:b;c:d`: pairs of texts, with braces around them all or none. */
function readLoosely(text: string): Pair[] | undefined {
  const source = text.normalize("NFKC").replaceAll(quoteMarks, '"').replaceAll(apostrophes, "'").trim();
  const pieces: { readonly text: string; readonly isMark: boolean }[] = [];
  for (let at = 0; at < source.length; at = piecePattern.lastIndex) {
    piecePattern.lastIndex = at;
    const match = piecePattern.exec(source);
    if (match === null) return undefined;
    const [, double, single, bare, mark] = match;
    pieces.push({ text: double ?? single ?? bare ?? mark ?? "", isMark: mark !== undefined });
  }
  const opens = pieces[0]?.isMark === true && pieces[0].text === "{";
  if (opens) {
    const last = pieces.at(-1);
    if (last?.isMark !== true || last.text !== "}") return undefined;
    pieces.shift();
    pieces.pop();
  }
  const pairs: Pair[] = [];
  for (let at = 0; at < pieces.length; at += 4) {
    const [name, between, value, after] = pieces.slice(at, at + 4);
    if (name?.isMark !== false || value?.isMark !== false) return undefined;
    if (between?.isMark !== true || !":=".includes(between.text)) return undefined;
    if (after !== undefined && !(after.isMark && ",;&".includes(after.text))) return undefined;
    pairs.push([name.text, value.text]);
  }
  return pairs.length > 0 || opens ? pairs : undefined;
}
