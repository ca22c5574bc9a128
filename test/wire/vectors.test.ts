import { createHash, type KeyObject } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseMultipart } from "#kaimen/gateway/body/multipart.ts";
import { parsePublicKey } from "#kaimen/keys/formats.ts";
import { verifySignature } from "#kaimen/keys/rsa.ts";
import { asByteText, toByteText } from "#kaimen/protocol/byte-text.ts";
import { parseForm, type RawParameter } from "#kaimen/protocol/parameters.ts";
import { type SigningDeviation, stringToSign } from "#kaimen/protocol/signing.ts";

type Value = string | { base64: string };

/** Fields as vectors/README.md describes them; only those that are used here. */
interface Vector {
  name: string;
  request: { target: string; headers: [string, string][]; body_base64: string };
  sign_type: "RSA2" | "RSA";
  parameters: { query: [string, Value][]; body: [string, Value][] };
  files: { name: string; filename: string; size: number; sha256: string }[];
  string_to_sign_base64: string;
  verifies: Record<"empty_dropped" | "empty_kept" | "zero_dropped" | "sign_type_left_out", boolean>;
  reply: { signed_base64: string; sign: string } | null;
}

const folder = new URL("../../vectors/", import.meta.url);
const read = (file: string): unknown => JSON.parse(readFileSync(new URL(file, folder), "utf8"));
const keys = read("keys.json") as Record<"app_public_key" | "gateway_public_key", string>;
const vectors = readdirSync(folder)
  .filter((file) => /^request-.*\.json$/.test(file))
  .map((file) => read(file) as Vector);

const base64 = (text: string): Buffer => Buffer.from(text, "base64");

interface Parsed {
  query: readonly RawParameter[];
  body: readonly RawParameter[];
  files: Vector["files"];
}

function parse(vector: Vector): Parsed {
  const [, query = ""] = vector.request.target.split("?");
  const contentType = vector.request.headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "";
  const body = base64(vector.request.body_base64);
  const queryParameters = parseForm(asByteText(query));
  if (!contentType.startsWith("multipart/"))
    return { query: queryParameters, body: parseForm(toByteText(body)), files: [] };
  const parts = parseMultipart(body, contentType);
  if (parts === undefined) throw new Error(`${vector.name}: not read as multipart`);
  const files = parts.files.map(({ name, filename, content }) => ({
    name,
    filename,
    size: content.length,
    sha256: createHash("sha256").update(content).digest("hex"),
  }));
  return { query: queryParameters, body: parts.fields, files };
}

function plain(parameters: readonly RawParameter[]): [string, string][] {
  return parameters.map(({ name, value }) => [name, Buffer.from(value, "latin1").toString("base64")]);
}

function recorded(parameters: [string, Value][]): [string, string][] {
  return parameters.map(([name, value]) => [
    name,
    typeof value === "string" ? Buffer.from(value).toString("base64") : value.base64,
  ]);
}

async function verifies(vector: Vector, parameters: RawParameter[], deviation?: SigningDeviation): Promise<boolean> {
  const appKey: KeyObject = parsePublicKey(keys.app_public_key);
  const sign = parse(vector).query.find(({ name }) => name === "sign")?.value ?? "";
  const signature = base64(sign);
  return verifySignature(vector.sign_type, appKey, stringToSign(parameters, deviation), signature);
}

test("there are twelve recorded requests", () => {
  expect(vectors.length).toBe(12);
});

describe.each(vectors.map((vector) => [vector.name, vector] as const))("%s", (_name, vector) => {
  const parsed = parse(vector);
  const parameters = [...parsed.query, ...parsed.body];

  test("every parameter and file is read as it was sent", () => {
    expect(plain(parsed.query)).toEqual(recorded(vector.parameters.query));
    expect(plain(parsed.body)).toEqual(recorded(vector.parameters.body));
    const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
    expect(parsed.files).toEqual(vector.files.map((file) => ({ ...file, filename: baseName(file.filename) })));
  });

  test("the string to sign is the recorded one, byte for byte", () => {
    expect(Buffer.from(stringToSign(parameters), "latin1").toString("base64")).toBe(vector.string_to_sign_base64);
  });

  test("the signature verifies with just the strings it was recorded to verify with", async () => {
    const withoutSignType = parameters.filter(({ name }) => name !== "sign_type");
    expect({
      empty_dropped: await verifies(vector, parameters),
      empty_kept: await verifies(vector, parameters, { keepEmpty: true }),
      zero_dropped: await verifies(vector, parameters, { dropZero: true }),
      sign_type_left_out: await verifies(vector, withoutSignType),
    }).toEqual(vector.verifies);
    expect(vector.verifies.sign_type_left_out).toBe(false);
  });
});

test("every recorded reply's signature verifies", async () => {
  const gatewayKey = parsePublicKey(keys.gateway_public_key);
  const replies = vectors.flatMap(({ reply, sign_type }) => (reply === null ? [] : [{ ...reply, sign_type }]));
  expect(replies.length).toBe(7);
  for (const { signed_base64, sign, sign_type } of replies) {
    expect(await verifySignature(sign_type, gatewayKey, toByteText(base64(signed_base64)), base64(sign))).toBe(true);
  }
});
