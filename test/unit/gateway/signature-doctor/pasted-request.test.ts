import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readPastedRequest } from "#kaimen/gateway/signature-doctor/pasted-request.ts";
import { toByteText } from "#kaimen/protocol/byte-text.ts";
import type { RawParameter } from "#kaimen/protocol/parameters.ts";

type Value = string | { base64: string };
interface Vector {
  request: { target: string; headers: [string, string][]; body_base64: string };
  parameters: { query: [string, Value][]; body: [string, Value][] };
  files: { name: string }[];
}

const folder = new URL("../../../../vectors/", import.meta.url);
const vectors = readdirSync(folder).filter((file) => /^request-.*\.json$/.test(file));
const plain = (parameters: readonly RawParameter[]): string[][] =>
  parameters.map(({ name, value }) => [name, Buffer.from(value, "latin1").toString("base64")]);
const recorded = (parameters: [string, Value][]): string[][] =>
  parameters.map(([name, value]) => [
    name,
    typeof value === "string" ? Buffer.from(value).toString("base64") : value.base64,
  ]);

describe("raw HTTP of the recorded requests is read as they were sent", () => {
  test.each(vectors)("%s", (file) => {
    const { request, parameters, files } = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Vector;
    const head = [
      `POST ${request.target} HTTP/1.1`,
      ...request.headers.map(([name, value]) => `${name}: ${value}`),
    ].join("\r\n");
    const read = readPastedRequest(
      Buffer.concat([Buffer.from(`${head}\r\n\r\n`, "latin1"), Buffer.from(request.body_base64, "base64")]),
    );
    expect(plain(read.query)).toEqual(recorded(parameters.query));
    expect(plain(read.body)).toEqual(recorded(parameters.body));
    expect(read.files.map(({ name }) => ({ name }))).toMatchObject(files.map(({ name }) => ({ name })));
  });
});

const parameter = (name: string, value: string): RawParameter => ({
  name: toByteText(Buffer.from(name)),
  value: toByteText(Buffer.from(value)),
});

test.each<[string, readonly RawParameter[], readonly RawParameter[]]>([
  ["https://a.example/gateway.do?a=1&b=%E4%B8%AD+x#part", [parameter("a", "1"), parameter("b", "中 x")], []],
  [
    '2026-11-30 10.0.0.1 "POST /gateway.do?app_id=1&sign=%2B HTTP/1.1" 200',
    [parameter("app_id", "1"), parameter("sign", "+")],
    [],
  ],
  ["WARN refused app_id=1&sign=x <- 10.0.0.1", [parameter("app_id", "1"), parameter("sign", "x")], []],
  ["a=1&b=%2B", [parameter("a", "1"), parameter("b", "+")], []],
  [
    "curl 'https://a.example/gateway.do?a=1' -d 'b=2' --data-raw \"c=\\\"3\\\"\"",
    [parameter("a", "1")],
    [parameter("b", "2"), parameter("c", '"3"')],
  ],
  ["curl -X POST \\\n  -H 'accept: x' https://a.example/ --data-urlencode 'a=1 2+3'", [], [parameter("a", "1 2+3")]],
  ["curl https://a.example/ -F a=1 -F file=@b.txt", [], [parameter("a", "1")]],
  ["POST /gateway.do?a=1 HTTP/1.1\nHost: x\n\nb=2\n", [parameter("a", "1")], [parameter("b", "2")]],
])("%j is read", (text, query, body) => {
  const read = readPastedRequest(Buffer.from(text));
  expect(plain(read.query)).toEqual(plain(query));
  expect(plain(read.body)).toEqual(plain(body));
});

test.each(["", "hello", "curl -d a=1", "ftp://a.example/?a=1"])("%j is refused with what to give", (text) => {
  expect(() => readPastedRequest(Buffer.from(text))).toThrow(/curl|request/);
});
