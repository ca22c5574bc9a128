import { createHash } from "node:crypto";
import { asByteText, toByteText, toBytes } from "../../protocol/byte-text.ts";
import { type Charset, charsets, decodeText, encodeJson } from "../../protocol/charset.ts";
import { parseJson } from "../../protocol/json.ts";

/**
 * A parameter as it may have been signed: texts of one character a byte, like those that came. They are plain strings, since
 * whatever a hypothesis replaces in them is ASCII or made of bytes again.
 */
export interface SignedParameter {
  readonly name: string;
  readonly value: string;
}

/** One way in which clients are known to make another string than the published one. */
export interface Hypothesis {
  readonly name: string;
  readonly en: string;
  readonly zh: string;
  /** What the parameters were when they were signed. */
  readonly parameters?: (parameters: SignedParameter[]) => SignedParameter[];
  readonly keepsEmpty?: boolean;
  /** How the parameters were joined; left out, they were sorted and joined with &. */
  readonly join?: (parameters: SignedParameter[]) => string;
  /** What became of the joined string. */
  readonly text?: (joined: string) => string;
  /** Whether it is tried by itself only: it is one of many of its kind, and pairs with all of them would be too many. */
  readonly alone?: boolean;
}

export interface SignedFile {
  readonly name: string;
  readonly filename: string;
  readonly content: Uint8Array;
}

const singlesLimit = 40;
/** More files than these nobody will have signed. */
export const signedFilesLimit = 4;

/** All hypotheses that fit this request, the likely ones first. */
export function hypotheses(request: {
  readonly parameters: readonly SignedParameter[];
  readonly files: readonly SignedFile[];
}): Hypothesis[] {
  const sent = request.parameters.filter(({ name }) => name !== "sign");
  const bizContent = sent.find(({ name }) => name === "biz_content");
  return [
    {
      name: "empty_kept",
      en: "parameters with an empty value were signed; they are left out",
      zh: "空值参数参与了签名，应剔除",
      keepsEmpty: true,
    },
    without(
      "sign_type",
      "sign_type_left_out",
      "sign_type was not signed; it is part of the string",
      "sign_type没有参与签名，请求签名必须包含它",
    ),
    ...sent
      .filter(({ value }) => value.includes(" "))
      .slice(0, singlesLimit)
      .map(({ name, value }): Hypothesis => ({
        name: "plus_as_space",
        en: `a + of ${printable(name)} was sent without percent-encoding and arrived as a space`,
        zh: `${printable(name)}中的+未做URL编码，到达时变成了空格`,
        alone: true,
        parameters: replaceValue(name, value.replaceAll(" ", "+")),
      })),
    each("encoded_twice", "values were percent-encoded twice on the way", "参数值被URL编码了两次", decodeForm),
    each(
      "encoded_before_signing",
      "values were percent-encoded before signing; raw values are signed",
      "先做了URL编码再签名，应对原始值签名",
      encodeForm("%20"),
    ),
    each(
      "encoded_before_signing",
      "values were form-encoded before signing; raw values are signed",
      "先做了表单编码再签名，应对原始值签名",
      encodeForm("+"),
    ),
    each("zero_dropped", 'the value "0" was left out of the string', "值为0的参数没有参与签名", (text) =>
      text === "0" ? "" : text,
    ),
    each(
      "trimmed",
      "values were trimmed before signing and sent untrimmed",
      "签名前去除了参数值首尾空白，发送时没有去除",
      (text) => text.trim(),
    ),
    {
      name: "trailing_newline",
      en: "the string was signed with a line break at its end",
      zh: "待签名字符串末尾多了换行",
      text: (joined) => `${joined}\n`,
    },
    {
      name: "trailing_ampersand",
      en: "the string was signed with an & at its end",
      zh: "待签名字符串末尾多了&",
      text: (joined) => `${joined}&`,
    },
    {
      name: "encoded_whole",
      en: "the whole string was percent-encoded before signing",
      zh: "对整个待签名字符串做了URL编码后再签名",
      text: encodeForm("%20"),
    },
    { name: "not_sorted", en: "the parameters were not sorted by name", zh: "参数没有按名称排序", join },
    {
      name: "sorted_without_case",
      en: "the parameters were sorted without regard to case; byte order counts",
      zh: "排序时忽略了大小写，应按字节序",
      join: (parameters) => join(sorted(parameters, ({ name }) => name.toLowerCase())),
    },
    {
      name: "sorted_by_pair",
      en: "whole name=value pairs were sorted in place of names",
      zh: "按name=value整体排序，应只按名称排序",
      join: (parameters) => join(sorted(parameters, ({ name, value }) => `${name}=${value}`)),
    },
    {
      name: "values_only",
      en: "only the values were signed, without names",
      zh: "只对参数值签名，缺少参数名",
      join: (parameters) =>
        sorted(parameters, ({ name }) => name)
          .map(({ value }) => value)
          .join(""),
    },
    {
      name: "digest_signed",
      en: "a hexadecimal digest of the string was signed in place of the string",
      zh: "对待签名字符串的摘要签名，应直接对字符串签名",
      text: (joined) => createHash("sha256").update(joined, "latin1").digest("hex"),
    },
    {
      name: "html_escaped",
      en: "the string was HTML-escaped before signing",
      zh: "待签名字符串做了HTML转义",
      text: (joined) => joined.replaceAll("&", "&amp;").replaceAll('"', "&quot;"),
    },
    ...charsetHypotheses(),
    ...(bizContent === undefined ? [] : bizContentHypotheses(bizContent)),
    ...request.files.slice(0, signedFilesLimit).flatMap(fileHypotheses),
    ...sent
      .filter(({ name }) => name !== "sign_type")
      .slice(0, singlesLimit)
      .map(({ name }) => ({
        ...without(
          name,
          "parameter_left_out",
          `${printable(name)} was sent and not signed`,
          `${printable(name)}已发送但没有参与签名`,
        ),
        alone: true,
      })),
  ];
}

function charsetHypotheses(): Hypothesis[] {
  const pairs: [Charset, Charset][] = charsets
    .flatMap((from) => charsets.map((to): [Charset, Charset] => [from, to]))
    .filter(([from, to]) => from !== to && (from === "utf-8" || to === "utf-8"));
  return pairs.map(([from, to]) => ({
    name: "other_charset",
    en: `the string was signed in ${to} and sent in ${from}`,
    zh: `签名使用${to}编码，发送使用${from}编码`,
    parameters: (parameters) =>
      parameters.map(({ name, value }) => {
        const text = decodeText(toBytes(asByteText(value)), from);
        return { name, value: text === undefined ? value : toByteText(encodeJson(text, to)) };
      }),
  }));
}

function bizContentHypotheses({ value }: SignedParameter): Hypothesis[] {
  const text = Buffer.from(value, "latin1").toString();
  // JSON that nests too deep is left out as well: below it is written again by recursion.
  if ("fault" in parseJson(text)) return [];
  const parsed: unknown = JSON.parse(text);
  const compact = JSON.stringify(parsed);
  const forms = [
    compact,
    JSON.stringify(sortKeys(parsed)),
    JSON.stringify(parsed, undefined, 2),
    JSON.stringify(parsed, undefined, 4),
    compact.replaceAll("/", "\\/"),
    spaced(parsed),
    compact.replaceAll(
      /[\u0080-\uffff]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
    ),
  ];
  return [...new Set(forms)].map((form) => ({
    name: "biz_content_reserialised",
    en: "biz_content was signed in another spelling of the same JSON than it was sent in",
    zh: "biz_content签名时与发送时的JSON文本不一致（被重新序列化）",
    parameters: replaceValue("biz_content", utf8(form)),
  }));
}

function fileHypotheses(file: SignedFile): Hypothesis[] {
  const signed = (value: () => string) => (parameters: SignedParameter[]) => [
    ...parameters,
    { name: file.name, value: value() },
  ];
  const en = "the file was signed; files are left out";
  const zh = "文件参与了签名，应剔除";
  return [
    // Long, as a rule.
    {
      name: "file_signed",
      en,
      zh,
      alone: true,
      parameters: signed(() => Buffer.from(file.content).toString("latin1")),
    },
    { name: "file_signed", en, zh, parameters: signed(() => utf8(file.filename)) },
    { name: "file_signed", en, zh, parameters: signed(() => utf8(`@${file.filename}`)) },
  ];
}

function each(name: string, en: string, zh: string, change: (text: string) => string): Hypothesis {
  return {
    name,
    en,
    zh,
    parameters: (parameters) =>
      parameters.map((parameter) => ({ name: parameter.name, value: change(parameter.value) })),
  };
}

function without(leftOut: string, name: string, en: string, zh: string): Hypothesis {
  return { name, en, zh, parameters: (parameters) => parameters.filter((parameter) => parameter.name !== leftOut) };
}

function replaceValue(name: string, value: string): (parameters: SignedParameter[]) => SignedParameter[] {
  return (parameters) => parameters.map((parameter) => (parameter.name === name ? { name, value } : parameter));
}

function sorted(
  parameters: readonly SignedParameter[],
  key: (parameter: SignedParameter) => string,
): SignedParameter[] {
  return parameters.toSorted((left, right) => (key(left) < key(right) ? -1 : key(left) > key(right) ? 1 : 0));
}

function join(parameters: readonly SignedParameter[]): string {
  return parameters.map(({ name, value }) => `${name}=${value}`).join("&");
}

/** JSON as Python writes it by default, with a space after each comma and colon. */
function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, inner]) => `${JSON.stringify(key)}: ${spaced(inner)}`)
    .join(", ")}}`;
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, inner]) => [key, sortKeys(inner)]),
  );
}

function decodeForm(text: string): string {
  return text
    .replaceAll("+", " ")
    .replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Every byte but the unreserved of RFC 3986, which encoders agree on save for the space. */
function encodeForm(space: "+" | "%20"): (text: string) => string {
  return (text) =>
    text.replaceAll(/[^A-Za-z0-9\-._*~]/g, (character) =>
      character === " " ? space : `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
    );
}

function printable(name: string): string {
  return name.slice(0, 64).replaceAll(/[^\w.-]/g, "?");
}

function utf8(text: string): string {
  return Buffer.from(text).toString("latin1");
}
