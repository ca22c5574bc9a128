import iconv from "iconv-lite";
import { describe, expect, test } from "vitest";
import { nameFault } from "#kaimen/consent/name-fault.ts";
import { realNames } from "../../support/real-names.ts";

const names = realNames();

test("no name of a real person is taken for a destroyed one", () => {
  const refused = names.filter((name) => nameFault(name) !== undefined);
  expect(refused).toEqual([]);
});

test.each([
  ["吴\ufffd安", "replaced"],
  ["???", "replaced"],
  ["吴?安", "replaced"],
  ["吴？安", "replaced"],
  ["?", "replaced"],
  ["吴□安", "replaced"],
  ["吴〓安", "replaced"],
  ["阿依古丽?买买提", "replaced"],
  ["锟斤拷", "misread"],
  ["吴锟斤拷安", "misread"],
  ["烫烫烫", "misread"],
  ["烫烫", "misread"],
  ["屯屯屯", "misread"],
  ["王屯屯屯屯", "misread"],
  ["葺葺葺", "misread"],
  ["锘挎张三", "misread"],
  ["ï¿½", "misread"],
  ["JosÃ©", "misread"],
  ["阿依古丽Â·买买提", "misread"],
  ["ÕÅÈý", "misread"],
  ["å¼ ä¸‰", "misread"],
  ["吴\ue000安", "private"],
  ["&#24352;三", "escaped"],
  ["阿依古丽&middot;买买提", "escaped"],
  ["%E5%BC%A0%E4%B8%89", "escaped"],
  ["\\u5f20\\u4e09", "escaped"],
  ["张*", "masked"],
  ["张＊三", "masked"],
  ["张××", "masked"],
  ["张○○", "masked"],
  ["", "empty"],
  [" ", "empty"],
  ["-", "empty"],
  ["123", "empty"],
  ["\u200b", "empty"],
])("%j is no name: %s", (name, kind) => {
  expect(nameFault(name)?.kind).toBe(kind);
});

describe("real names, destroyed as programs destroy them, are refused:", () => {
  const destroyed: readonly (readonly [string, (name: string) => string])[] = [
    ["UTF-8 read as GBK", (name) => iconv.decode(Buffer.from(name), "gbk")],
    ["UTF-8 read as Latin-1", (name) => Buffer.from(name).toString("latin1")],
    ["UTF-8 read as windows-1252", (name) => iconv.decode(Buffer.from(name), "win1252")],
    ["GBK read as UTF-8", (name) => iconv.encode(name, "gbk").toString("utf8")],
    ["GBK read as Latin-1", (name) => iconv.encode(name, "gbk").toString("latin1")],
  ];
  const han = names.filter((name) => /^[\u4e00-\u9fa5]{2,}$/u.test(name));
  test.each(destroyed)("%s", (_how, destroy) => {
    expect(han.length).toBeGreaterThan(2_000);
    const passed = han.filter((name) => nameFault(destroy(name)) === undefined);
    // A few short words of GBK are sound UTF-8 of other letters by accident, or letters of names in Latin-1.
    expect(passed.length / han.length, passed.slice(0, 10).join(" ")).toBeLessThan(0.07);
  });
});
