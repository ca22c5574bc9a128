import { describe, expect, test } from "vitest";
import type { FieldSpec, MethodSpec } from "#kaimen/protocol/method-spec.ts";
import type { ErrorSpec } from "#kaimen/protocol/refusal.ts";
import { type FieldInput, validateFields } from "#kaimen/protocol/validation.ts";

const text = { en: "", zh: "" };
const error = (subMessage: string, namesField = false): ErrorSpec => ({
  code: "40004",
  subMessage,
  cause: text,
  remedy: text,
  namesField,
});
const field = (rules: Partial<FieldSpec>): FieldSpec => ({
  type: "string",
  required: false,
  doc: text,
  example: "",
  ...rules,
});
const file = { filename: "a.txt", content: new Uint8Array(5) };

function specOf(request: Record<string, FieldSpec>): MethodSpec {
  return {
    name: "test.method",
    title: text,
    description: text,
    auth: "app",
    fields: "form",
    reply: "coded",
    response: {},
    request,
    errors: { NAMED: error("公布的文本"), NAMES_FIELD: error("参数有误", true), IS_NULL: error("不可为空") },
  };
}

function outcome(request: Record<string, FieldSpec>, inputs: Record<string, FieldInput>): unknown {
  return validateFields(specOf(request), (name) => inputs[name]);
}

describe("one field is", () => {
  const invalid = (subMessage: string): object => ({
    refused: true,
    code: "40002",
    subCode: "isv.invalid-parameter",
    subMessage,
  });
  const long = "a".repeat(5);
  test.each<[string, Partial<FieldSpec>, FieldInput, unknown]>([
    ["taken as it came", {}, " a ", { someField: " a " }],
    ["absent where it may be", {}, undefined, { someField: undefined }],
    ["absent when empty where it may be", {}, "", { someField: undefined }],
    ["required and absent", { required: true }, undefined, invalid("参数无效：some_field不能为空")],
    ["required and empty", { required: true }, "", invalid("参数无效：some_field不能为空")],
    ["required and a space", { required: true }, " ", { someField: " " }],
    ["of the greatest length", { maxLength: 5 }, long, { someField: long }],
    ["one character too long", { maxLength: 4 }, long, invalid("参数无效：some_field超过最大长度4")],
    ["Chinese, counted in characters", { maxLength: 5 }, "中".repeat(5), { someField: "中".repeat(5) }],
    ["of the pattern", { pattern: /^\d+$/ }, "12", { someField: "12" }],
    ["not of the pattern", { pattern: /^\d+$/ }, "12a", invalid("参数无效：some_field格式不正确")],
    ["one of the choices", { oneOf: ["RSA", "RSA2"] }, "RSA2", { someField: "RSA2" }],
    [
      "none of the choices, which differ by case",
      { oneOf: ["RSA", "RSA2"] },
      "rsa2",
      invalid("参数无效：some_field取值应为RSA或RSA2"),
    ],
    ["unfit", {}, { unfit: "应为字符串" }, invalid("参数无效：some_field应为字符串")],
    [
      "unfit, though it was not required",
      { required: false },
      { unfit: "应为字符串" },
      invalid("参数无效：some_field应为字符串"),
    ],
    ["a file where text was wanted", {}, file, invalid("参数无效：some_field应为文本参数")],
    ["text where a file was wanted", { type: "file" }, "a.txt", invalid("参数无效：some_field应以文件上传")],
    ["a file", { type: "file", required: true }, file, { someField: file }],
    [
      "an empty file",
      { type: "file", required: true },
      { ...file, content: new Uint8Array() },
      { someField: { ...file, content: new Uint8Array() } },
    ],
    [
      "a required file that is absent",
      { type: "file", required: true },
      undefined,
      invalid("参数无效：some_field不能为空"),
    ],
    ["a file of the greatest length in bytes", { type: "file", maxLength: 5 }, file, { someField: file }],
    ["a file one byte too long", { type: "file", maxLength: 4 }, file, invalid("参数无效：some_field超过最大长度4")],
  ])("%s", (_name, rules, input, expected) => {
    expect(outcome({ some_field: field(rules) }, { some_field: input })).toEqual(expected);
  });
});

describe("the sub_code is", () => {
  const rules: Partial<FieldSpec> = { required: true, maxLength: 3, pattern: /^a/, oneOf: ["abc", "abd"] };
  test.each<[string, Partial<FieldSpec>, FieldInput, string, string]>([
    ["the general one where none is named", {}, undefined, "isv.invalid-parameter", "参数无效：f不能为空"],
    ["that of a missing value", { missing: "IS_NULL", invalid: "NAMED" }, undefined, "IS_NULL", "不可为空"],
    ["that of a missing value for an empty one", { missing: "IS_NULL", invalid: "NAMED" }, "", "IS_NULL", "不可为空"],
    [
      "that of an invalid value for a long one",
      { missing: "IS_NULL", invalid: "NAMED" },
      "abcd",
      "NAMED",
      "公布的文本",
    ],
    ["that of an invalid value for the pattern", { invalid: "NAMED" }, "b", "NAMED", "公布的文本"],
    ["that of an invalid value for the choices", { invalid: "NAMED" }, "abe", "NAMED", "公布的文本"],
    ["that of an invalid value for an unfit one", { invalid: "NAMED" }, { unfit: "应为字符串" }, "NAMED", "公布的文本"],
    [
      "with the field and its fault where its text is only a head",
      { invalid: "NAMES_FIELD" },
      "b",
      "NAMES_FIELD",
      "参数有误：f格式不正确",
    ],
    ["with the field that is missing too", { missing: "NAMES_FIELD" }, "", "NAMES_FIELD", "参数有误：f不能为空"],
    [
      "the general one where the missing value has none of its own",
      { invalid: "NAMED" },
      "",
      "isv.invalid-parameter",
      "参数无效：f不能为空",
    ],
    [
      "the general one where the named one is not declared",
      { invalid: "STRANGER" },
      "b",
      "isv.invalid-parameter",
      "参数无效：f格式不正确",
    ],
  ])("%s", (_name, more, input, subCode, subMessage) => {
    expect(outcome({ f: field({ ...rules, ...more }) }, { f: input })).toMatchObject({
      refused: true,
      subCode,
      subMessage,
    });
  });
});

describe("of several faults the answer is", () => {
  test.each<[string, FieldInput, FieldInput, string]>([
    ["the length before the pattern", "12345", "x", "参数无效：first超过最大长度4"],
    ["the pattern before the choices", "12", "x", "参数无效：first格式不正确"],
    ["the choices", "a", "x", "参数无效：first取值应为ab"],
    ["the first field of the spec, though the second is missing", "a", undefined, "参数无效：first取值应为ab"],
    ["the second field once the first is sound", "ab", undefined, "参数无效：second不能为空"],
  ])("%s", (_name, first, second, subMessage) => {
    const request = {
      first: field({ maxLength: 4, pattern: /^[a-z]+$/, oneOf: ["ab"] }),
      second: field({ required: true }),
    };
    expect(outcome(request, { first, second })).toMatchObject({ subMessage });
  });
});

test("the fields are given by their camelCase names, and none beside those of the spec", () => {
  const request = { transaction_id: field({}), a1_b2: field({}), plain: field({}) };
  const inputs = { transaction_id: "1", a1_b2: "2", plain: "3", stranger: "4" };
  expect(outcome(request, inputs)).toEqual({ transactionId: "1", a1B2: "2", plain: "3" });
});
