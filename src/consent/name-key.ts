import { normalForm } from "../protocol/normal-form.ts";

/** Most names: nothing in them could be written otherwise. */
const plainHan = /^[\u3400-\u4dbf\u4e00-\u9fff]+$/;

/**
 * What one name is, however it was written: names of one person are compared by it, and `name_id` hashes it. Written in
 * other ways are the dot in the names of minorities and foreigners, the apostrophe, the hyphen, spaces, width, invisible
 * characters, capitals, a character in GBK's private use, a letter and its accent apart, and in alphabets the order of the
 * parts, with a comma or without. A traditional character is another than the simplified one, é than e, 﨑 than 崎. A name in
 * Han characters alone is its own key. @see docs/decisions/0115-one-name-however-it-is-written.md
 */
export function nameKey(name: string): string {
  if (plainHan.test(name)) return name;
  const bare = plainText(name.replaceAll(invisible, ""));
  // The form NFKC makes full-width letters plain, and has signs of its own that are mapped again.
  const normal = plainText(normalForm(bare)).replaceAll(invisible, "");
  const spaced = foldCase(normal)
    .replaceAll(/[\s\u2800]+/gu, " ")
    .replaceAll(aroundSigns, "$1")
    .replaceAll(besideCharacters, "");
  const joined = bareOfSigns(
    spaced
      .replaceAll(/(?<=[\u3041-\u30ff])-+/gu, "ー")
      .replaceAll(/(?<=\p{Script=Han})[-·]+(?=\p{Script=Han})/gu, "·")
      .replaceAll(/·+/gu, "·"),
  );
  if (joined === "") return normal.trim();
  return unspaced.test(joined)
    ? joined
    : joined
        .split(/[·,\s]+/u)
        .toSorted()
        .join(" ");
}

/** What has no look of its own: zero-width characters, marks of direction, variation selectors, the soft hyphen, fillers. */
const invisible = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

/** Scripts that write no spaces in a name, so that one says nothing. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}ー]/u;
const besideCharacters =
  / (?=[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}ー])|(?<=[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}ー]) /gu;
const aroundSigns = / ?([·'-]) ?/gu;

/** Private-use characters to which GBK and GB18030 up to 2005 gave what Unicode has since got: from U+E815 on, by number. */
const privateUse = `
2e81 20087 20089 200cc 2e84 3473 3447 2e88 2e8b 9fb4 359e 361a 360e 2e8c 2e97 396e 3918 9fb5 39cf 39df 3a73 39d0 9fb6
9fb7 3b4e 3c6e 3ce0 2ea7 215d7 9fb8 2eaa 4056 415f 2eae 4337 2eb3 2eb6 2eb7 2298f 43b1 43ac 2ebb 43dd 44d6 4661 464c
9fb9 4723 4729 477c 478d 2eca 4947 497a 497d 4982 4983 4985 4986 499f 499b 49b7 49b6 9fba 241fe 4ca3 4c9f 4ca0 4ca1
4c77 4ca2 4d13 4d14 4d15 4d16 4d17 4d18 4d19 4dae 9fbb`
  .trim()
  .split(/\s+/)
  .map((hex, index) => [String.fromCodePoint(0xe815 + index), String.fromCodePoint(Number.parseInt(hex, 16))] as const);

/** Radicals that PDF readers copy instead of the characters that they are; NFKC knows some others. */
const radicals = [
  "⺠民⺩王⺝月⻁虎⻄西⻅见⻉贝⻋车⻑長⻓长⻔门⻗雨⻘青⻙韦⻚页⻛风⻜飞⻝食⻢马⻣骨⻤鬼⻥鱼⻦鸟⻧卤⻨麦⻩黄⻪黾⻫斉⻬齐⻭歯⻮齿⻯竜⻰龙⻱龜⻲亀",
].flatMap((pairs) => pairs.match(/../gu)?.map((pair) => [...pair] as [string, string]) ?? []);

/** How signs are written, by the sign that stands for them all. Those that NFKC would take apart are here, too. */
const signs: Readonly<Record<string, string>> = {
  "·": "\u0387\u00b0\u02d9\u02da\u119e\u1427\u16eb\u2022\u2023\u2024\u2025\u2026\u2027\u2043\u2218\u2219\u22c5\u22ef\u25aa\u25cf\u25e6\u26ab\u26ac\u2981\u2e30\u2e31\u2e33\u3002\u30fb\u318d\ua78f\ufe30\ufe45\ufe46\ufe52\uff0e\uff61\uff65\u{10101}.",
  "'": "\u0060\u00b4\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u02ca\u02cb\u0374\u0384\u055a\u055f\u05f3\u07f4\u1fbd\u1fbf\u1fef\u1ffd\u1ffe\u2018\u2019\u201a\u201b\u2032\u2035\ua78b\ua78c\uff07\uff40",
  "-": "\u058a\u05be\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2500\u2501\u2e3a\u2e3b\ufe31\ufe32\ufe58\ufe63\uff0d",
  ",": "\u055d\u060c\u3001\ufe10\ufe11\ufe50\ufe51\uff0c\uff64",
  '"': "\u00ab\u00bb\u201c\u201d\u201e\u201f\u2033\u300c\u300d\u300e\u300f\u301d\u301e\uff02\uff62\uff63",
  // The marks of voice as characters of their own, which NFKC would part from their letter by a space.
  "\u3099": "\u309b",
  "\u309a": "\u309c",
  // The Arabic letters' stretcher.
  "": "\u0640",
};

const standsFor = new Map<string, string>([
  ...privateUse,
  ...radicals,
  ["\ue5e5", " "],
  ["\ue7c7", "\u1e3f"],
  ["\ue7c8", "\u01f9"],
  ...Object.entries(signs).flatMap(([sign, others]) => [...others].map((other) => [other, sign] as const)),
]);
function plainText(text: string): string {
  let plain = "";
  for (const character of text) plain += standsFor.get(character) ?? character;
  return plain;
}

const atNoEnd = "·,'\" -";

function bareOfSigns(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && atNoEnd.includes(text.charAt(start))) start += 1;
  while (end > start && atNoEnd.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** Whether it is one of the private-use characters that stand for a known one. */
export function isKnownPrivateUse(character: string): boolean {
  return standsFor.has(character);
}

/** Unicode's full folding of case, in which ß is ss; and one i, as capitals do not tell the Turkish two apart. */
function foldCase(text: string): string {
  if (!/\p{Cased}/u.test(text)) return text;
  const folded = text.toLowerCase().toUpperCase().toLowerCase().replaceAll("ς", "σ").replaceAll("i\u0307", "i");
  return normalForm(folded);
}
