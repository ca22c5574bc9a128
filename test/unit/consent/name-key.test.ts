import iconv from "iconv-lite";
import { describe, expect, test } from "vitest";
import { nameKey } from "#kaimen/consent/name-key.ts";
import { realNames } from "../../support/real-names.ts";

const names = realNames();

const dots = [
  ..."\u00b7\u0387\u2022\u2024\u2027\u2219\u22c5\u30fb\uff65\u02d9\u318d\uff0e\u3002\uff61\ufe52\u25cf\u2218\u2e31\ua78f.",
];
const apostrophes = [..."\u2018\u2019\u02bc\u02bb\u0060\u00b4\u2032\uff07\u02b9\u201b"];
const hyphens = [..."\u2010\u2011\u2012\u2013\u2014\u2212\uff0d\ufe63"];
const spaces = [..."\u0020\u00a0\u3000\u2002\u2003\u2009\u202f\t"];
const unseen = [
  ..."\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u202a\u202c\u2066\u2069\ufe00\ufe0e\ufe0f\u{e0100}\u{e0101}\u180b\u034f\u3164",
];
const hanOnly = /^[\p{Script=Han}]+$/u;
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;
const isAlphabetic = (name: string): boolean => !unspaced.test(name);
const fullWidth = (name: string): string =>
  name.replaceAll(/[!-~]/g, (each) => String.fromCharCode(each.charCodeAt(0) + 0xfee0)).replaceAll(" ", "\u3000");

/** Every way in which a name may be written that some system is known to write it in. */
function writingsOf(name: string): string[] {
  const letters = [...name];
  const alphabetic = isAlphabetic(name);
  const [first = "", last = ""] = name.split(" ");
  return [
    ` ${name}\t`,
    `'${name}`,
    `\ufeff${name}`,
    ...unseen.map((each) => letters.join(each)),
    name.normalize("NFD"),
    name.normalize("NFKD"),
    ...(name.includes("·") || name.includes("・")
      ? dots.flatMap((dot) =>
          [dot, ` ${dot} `, `${dot} `, `\u3000${dot}`, `${dot}${dot}`, `·${dot}`].map((each) =>
            name.replace(/[·・]/u, each),
          ),
        )
      : []),
    ...(name.includes("'") ? apostrophes.map((each) => name.replaceAll("'", each)) : []),
    ...(name.includes("-") ? hyphens.map((each) => name.replaceAll("-", each)) : []),
    ...(alphabetic ? [] : spaces.map((each) => letters.join(each))),
    ...(alphabetic
      ? [
          name.toUpperCase(),
          name.toLowerCase(),
          name.toLowerCase().toUpperCase(),
          fullWidth(name),
          `${last}, ${first}`,
          `${last},${first}`,
          `${last.toUpperCase()}, ${first}`,
          `${last}，${first}`,
          `${first}, ${last}`,
          `${last} ${first}`,
          `${first}·${last}`,
          `${first}.${last}`,
          ...spaces.flatMap((each) => [`${first}${each}${last}`, `${first}${each}${each}${last}`]),
        ]
      : []),
    ...(/[ァ-ヶ]ー/u.test(name) ? ["-", "－", "—", "ｰ"].map((each) => name.replaceAll("ー", each)) : []),
    ...(name.includes("䶮") ? [name.replaceAll("䶮", "\ue863")] : []),
  ];
}

describe("over the names of real people", () => {
  test("there are two thousand and more, all different", () => {
    expect(names.length).toBeGreaterThan(4_000);
    expect(new Set(names).size).toBe(names.length);
  });

  test("any two ways of writing one name give one key", () => {
    const wrong: string[] = [];
    let writings = 0;
    for (const name of names) {
      const key = nameKey(name);
      for (const writing of writingsOf(name)) {
        writings += 1;
        if (nameKey(writing) !== key)
          wrong.push(`${name}: ${JSON.stringify(writing)} is ${nameKey(writing)}, not ${key}`);
      }
    }
    expect(wrong.slice(0, 20)).toEqual([]);
    expect(writings).toBeGreaterThan(100_000);
  });

  test("two different names never do", () => {
    const byKey = new Map<string, string>();
    const merged: string[] = [];
    for (const name of names) {
      const other = byKey.get(nameKey(name));
      if (other !== undefined) merged.push(`${other} and ${name}`);
      byKey.set(nameKey(name), name);
    }
    expect(merged).toEqual([]);
  });

  test("the key of a key is the key, and a name in Han characters alone is its own", () => {
    for (const name of names) {
      expect(nameKey(nameKey(name))).toBe(nameKey(name));
      if (hanOnly.test(name)) expect(nameKey(name)).toBe(name);
    }
  });
});

describe("one name, written in two ways:", () => {
  test.each([
    ["阿依古丽·买买提", "阿依古丽•买买提"],
    ["阿依古丽·买买提", "阿依古丽-买买提"],
    ["阿依古丽·买买提", "阿依古丽—买买提"],
    ["阿依古丽·买买提·艾力", "阿依古丽．买买提・ 艾力"],
    ["张三", "张　三"],
    ["张三", "张\u200b三"],
    ["张三", "“张三”"],
    ["刘䶮", "刘\ue863"],
    ["马龙", "⻢⻰"],
    ["文青", "⽂⻘"],
    ["ANNA TESTA", "ANNA, TESTA"],
    ["ANNA TESTA", "Testa, Anna"],
    ["ANNA TESTA", "anna  testa"],
    ["ANNA TESTA", "ＡＮＮＡ　ＴＥＳＴＡ"],
    ["J.R.R. Tolkien", "J R R Tolkien"],
    ["Straße", "STRASSE"],
    ["Straße", "STRAẞE"],
    ["Yıldız", "YILDIZ"],
    ["İbrahim", "ibrahim"],
    ["ﬁona ﬂynn", "Fiona Flynn"],
    ["O' Brien", "O’Brien"],
    ["Jean - Pierre", "Jean-Pierre"],
    ["ｶﾞﾌﾞﾘｴﾙ", "ガブリエル"],
    ["カ゛フ゛リエル", "ガブリエル"],
    ["김 민준", "김민준"],
    ["김민준", "김민준".normalize("NFD")],
    ["John Smith Ⅲ", "john smith iii"],
    ["محمد", "محـــمد"],
    ["神谷", "神谷"],
    ["lǹ ḿa", "l\ue7c8 \ue7c7a"],
  ])("%j and %j", (one, other) => {
    expect(nameKey(other)).toBe(nameKey(one));
  });
});

describe("two names:", () => {
  test.each([
    ["张三", "張三"],
    ["高", "髙"],
    ["山崎", "山﨑"],
    ["佐々木", "佐佐木"],
    ["吕", "呂"],
    ["Pena", "Peña"],
    ["Jose", "José"],
    ["Müller", "Mueller"],
    ["Anna Maria", "Annamaria"],
    ["O'Brien", "OBrien"],
    ["阿依古丽·买买提", "阿依古丽买买提"],
    ["张三丰", "张三"],
    ["马合木提·艾力", "艾力·马合木提"],
    ["マリー", "マリ"],
    ["さくら", "サクラ"],
    ["ハ", "パ"],
  ])("%j is not %j", (one, other) => {
    expect(nameKey(other)).not.toBe(nameKey(one));
  });
});

test("private-use characters of GBK are those that its own tables give, by two programs' tables and the standard's six", () => {
  const standard = {
    0xe816: 0x20087,
    0xe817: 0x20089,
    0xe818: 0x200cc,
    0xe831: 0x215d7,
    0xe83b: 0x2298f,
    0xe855: 0x241fe,
  };
  const since2022: Readonly<Record<number, string>> = Object.fromEntries(
    Object.entries(standard).map(([from, to]) => [from, String.fromCodePoint(to)]),
  );
  const platform = new TextDecoder("gbk");
  let seen = 0;
  for (let second = 0x50; second <= 0xa0; second += 1) {
    if (second === 0x7f) continue;
    const bytes = Buffer.of(0xfe, second);
    const inPrivateUse = String.fromCharCode(0xe815 + second - 0x50 - (second > 0x7f ? 1 : 0));
    const unicode = since2022[inPrivateUse.charCodeAt(0)] ?? new TextDecoder("gb18030").decode(bytes);
    expect([platform.decode(bytes), iconv.decode(bytes, "gb18030"), unicode]).toContain(
      inPrivateUse === unicode ? "" : unicode,
    );
    if (/\p{Co}/u.test(unicode)) continue;
    expect(nameKey(`张${inPrivateUse}`)).toBe(nameKey(`张${unicode}`));
    seen += 1;
  }
  expect(seen).toBeGreaterThan(60);
});
