import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type FileFault, isFileFault, readFeedbackFile } from "#kaimen/feedback/reading/feedback-file.ts";
import { type Charset, charsets, encodeJson } from "#kaimen/protocol/charset.ts";
import { JsonNumber, type JsonObject } from "#kaimen/protocol/json.ts";

fc.configureGlobal(process.env["KAIMEN_SEED"] === undefined ? {} : { seed: Number(process.env["KAIMEN_SEED"]) });

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const record = '{"records":[{"user_name":"张三","order_no":1}]}';
const records = [
  new Map<string, string | JsonNumber>([
    ["user_name", "张三"],
    ["order_no", new JsonNumber("1")],
  ]),
];

function recordsOf(content: Uint8Array, charset: Charset): readonly JsonObject[] {
  const read = readFeedbackFile(content, charset);
  if (isFileFault(read)) throw new Error(JSON.stringify(read));
  return read;
}

function faultOf(content: Uint8Array, charset: Charset): FileFault {
  const read = readFeedbackFile(content, charset);
  if (!isFileFault(read)) throw new Error("was accepted");
  return read;
}

describe("the records are read from a file", () => {
  test.each<[string, Uint8Array, Charset]>([
    ["in UTF-8", utf8(record), "utf-8"],
    ["in UTF-8 with a byte order mark", utf8(`\ufeff${record}`), "utf-8"],
    ["in GBK", encodeJson(record, "gbk"), "gbk"],
    ["in GB2312", encodeJson(record, "gb2312"), "gb2312"],
    ["in GB18030", encodeJson(record, "gb18030"), "gb18030"],
    ["in GB18030 with a byte order mark", encodeJson(`\ufeff${record}`, "gb18030"), "gb18030"],
    ["with Windows line ends and space around", utf8(`\r\n${record.replaceAll(",", ",\r\n\t")}\r\n`), "utf-8"],
  ])("%s", (_name, content, charset) => {
    expect(recordsOf(content, charset)).toEqual(records);
  });

  test("without any record in it", () => {
    expect(recordsOf(utf8('{"records":[]}'), "utf-8")).toEqual([]);
  });

  test("in each charset with any Chinese text, the same", () => {
    const text = fc.string({ unit: fc.constantFrom(...'张王李赵刘陈䶮·0\\"/ '), maxLength: 30 });
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), fc.constantFrom(...charsets), (names, charset) => {
        const content = encodeJson(JSON.stringify({ records: names.map((name) => ({ name })) }), charset);
        expect(recordsOf(content, charset).map((each) => each.get("name"))).toEqual(names);
      }),
    );
  });
});

describe("a file is refused", () => {
  const charset: FileFault = { kind: "charset" };
  const looksLike = (look: string): FileFault => ({ kind: "charset", looksLike: look });
  const shape = (reason: string): FileFault => ({ kind: "shape", reason });
  const outermost = shape('最外层应为对象{"records":[…]}');
  const missing = shape("缺少数组records");
  test.each<[string, Uint8Array, Charset, FileFault]>([
    ["in GBK that is called UTF-8", encodeJson(record, "gbk"), "utf-8", looksLike("GBK或GB18030")],
    [
      "in UTF-8 that is called GBK and has an odd number of bytes in a word",
      utf8('{"records":[{"a":"中"}]}'),
      "gbk",
      charset,
    ],
    ["in UTF-16", new Uint8Array(Buffer.from(`\ufeff${record}`, "utf16le")), "utf-8", looksLike("UTF-16")],
    ["cut in the middle of a character", utf8("张").subarray(0, 2), "utf-8", charset],
    ["with an array outermost", utf8("[]"), "utf-8", outermost],
    ["with a text outermost", utf8('"records"'), "utf-8", outermost],
    ["with null outermost", utf8("null"), "utf-8", outermost],
    ["of an empty object", utf8("{}"), "utf-8", missing],
    ["with records under another name", utf8('{"Records":[]}'), "utf-8", missing],
    ["with records that are an object", utf8('{"records":{}}'), "utf-8", missing],
    ["with records that are null", utf8('{"records":null}'), "utf-8", missing],
    [
      "with something beside the records",
      utf8('{"records":[],"total":0}'),
      "utf-8",
      shape("records之外不应有其他字段：total"),
    ],
    ["with a record that is an array", utf8('{"records":[{},[],1]}'), "utf-8", shape("第2条记录不是对象")],
    ["with a record that is null", utf8('{"records":[null]}'), "utf-8", shape("第1条记录不是对象")],
  ])("%s", (_name, content, label, expected) => {
    expect(faultOf(content, label)).toEqual(expected);
  });

  test.each([
    ["nothing", "", 1, 1],
    ["a byte order mark alone", "\ufeff", 1, 1],
    ["two byte order marks", `\ufeff\ufeff${record}`, 1, 1],
    ["records without the object around them", '{"a":1}\n{"a":2}', 2, 1],
    ["a comma after the last record", '{"records":[\n{"a":1},\n]}', 3, 1],
    ["a missing bracket", '{"records":[{"a":1}', 1, 20],
    ["a place that is counted without the byte order mark", '\ufeff{"records":x}', 1, 12],
  ])("that holds %s, with the place of its fault", (_name, text, line, column) => {
    expect(faultOf(utf8(text), "utf-8")).toMatchObject({ kind: "json", fault: { line, column } });
  });
});
