import { createHash, Hash, type KeyObject, sign } from "node:crypto";
import iconv from "iconv-lite";
import { describe, expect, test, vi } from "vitest";
import { generateRsaKeys } from "#kaimen/keys/rsa.ts";
import { toByteText } from "#kaimen/protocol/byte-text.ts";
import type { RawParameter } from "#kaimen/protocol/parameters.ts";
import { stringToSign } from "#kaimen/protocol/signing.ts";
import { diagnoseSignature, type RefusedRequest } from "#kaimen/gateway/signature-doctor/diagnose-signature.ts";

const app = await generateRsaKeys();
const gateway = await generateRsaKeys();
const other = await generateRsaKeys();
const stranger = await generateRsaKeys();

const sent: Record<string, string> = {
  app_id: "2021000000000001",
  biz_content: '{"name": "张三", "url": "https://a.example/b"}',
  charset: "utf-8",
  method: "zhima.credit.score.get",
  notify_url: "",
  records: "0",
  return_url: " https://a.example/?a=1&b=2",
  sign_type: "RSA2",
  timestamp: "2026-11-22 12:00:00",
};
const content = Buffer.from("file");

function parametersOf(values: Record<string, string>): RawParameter[] {
  return Object.entries(values).map(([name, value]) => ({
    name: toByteText(Buffer.from(name)),
    value: toByteText(Buffer.from(value)),
  }));
}

interface Mistake {
  /** What was signed, if not the parameters as sent. */
  readonly signed?: Record<string, string> | Buffer;
  readonly received?: Record<string, string>;
  readonly key?: KeyObject;
  readonly digest?: string;
  readonly sign?: (sign: string) => string;
}

function examine({
  signed = sent,
  received = sent,
  key = app.privateKey,
  digest = "sha256",
  sign: change = (text) => text,
}: Mistake): string[] {
  const bytes = Buffer.isBuffer(signed) ? signed : Buffer.from(stringToSign(parametersOf(signed)), "latin1");
  const request: RefusedRequest = {
    parameters: parametersOf(received),
    files: [{ name: "file", filename: "a.txt", content }],
    sign: change(sign(digest, bytes, key).toString("base64")),
    signType: "RSA2",
    appKeys: [app.publicKey],
    gatewayKeys: [gateway.publicKey],
    otherApps: [{ appId: "2021000000000077", publicKey: other.publicKey }],
  };
  return diagnoseSignature(request).findings.map(({ name }) => name);
}

const string = (values: Record<string, string> = sent): string =>
  Buffer.from(stringToSign(parametersOf(values)), "latin1").toString();
const { sign_type: _, ...withoutSignType } = sent;
const { method: __, ...withoutMethod } = sent;

describe("the doctor names", () => {
  test.each<[string, Mistake, string[]]>([
    [
      "an empty value that was signed",
      { signed: Buffer.from(string().replace("records=0", "notify_url=&records=0")) },
      ["empty_kept"],
    ],
    ["sign_type left out", { signed: withoutSignType }, ["sign_type_left_out"]],
    ["another parameter left out", { signed: withoutMethod }, ["parameter_left_out"]],
    [
      "a + that became a space",
      { signed: { ...sent, timestamp: "2026-11-22+12:00:00" }, received: sent },
      ["plus_as_space"],
    ],
    [
      "values encoded twice",
      { received: Object.fromEntries(Object.entries(sent).map(([name, value]) => [name, encodeURIComponent(value)])) },
      ["encoded_twice"],
    ],
    [
      "values encoded before signing",
      { signed: Object.fromEntries(Object.entries(sent).map(([name, value]) => [name, encodeURIComponent(value)])) },
      ["encoded_before_signing"],
    ],
    ["a value of 0 left out", { signed: { ...sent, records: "" } }, ["zero_dropped"]],
    ["values trimmed", { signed: { ...sent, return_url: "https://a.example/?a=1&b=2" } }, ["trimmed"]],
    ["a line break at the end", { signed: Buffer.from(`${string()}\n`) }, ["trailing_newline"]],
    ["an & at the end", { signed: Buffer.from(`${string()}&`) }, ["trailing_ampersand"]],
    ["the whole string encoded", { signed: Buffer.from(encodeURIComponent(string())) }, ["encoded_whole"]],
    [
      "no order",
      {
        signed: Buffer.from(string({ b: "1", a: "2" }).split("&").toReversed().join("&")),
        received: { b: "1", a: "2" },
      },
      ["not_sorted"],
    ],
    [
      "an order without case",
      { signed: Buffer.from("a=1&B=2"), received: { B: "2", a: "1" } },
      ["sorted_without_case"],
    ],
    ["an order of pairs", { signed: Buffer.from("a1=2&a=1"), received: { a1: "2", a: "1" } }, ["not_sorted"]],
    ["values without names", { signed: Buffer.from("21"), received: { b: "1", a: "2" } }, ["values_only"]],
    [
      "a digest signed",
      { signed: Buffer.from(createHash("sha256").update(string()).digest("hex")) },
      ["digest_signed"],
    ],
    [
      "HTML escapes",
      { signed: Buffer.from(string().replaceAll("&", "&amp;").replaceAll('"', "&quot;")) },
      ["html_escaped"],
    ],
    ["another charset", { signed: iconv.encode(string(), "gbk") }, ["other_charset"]],
    [
      "biz_content written anew",
      { signed: { ...sent, biz_content: JSON.stringify(JSON.parse(sent["biz_content"] ?? "")) } },
      ["biz_content_reserialised"],
    ],
    ["a file signed", { signed: { ...sent, file: "file" } }, ["file_signed"]],
    ["a file's name signed", { signed: { ...sent, file: "@a.txt" } }, ["file_signed"]],
    ["SHA-1 for SHA-256", { digest: "sha1" }, ["digest"]],
    ["two mistakes at once", { digest: "sha1", signed: withoutSignType }, ["digest", "sign_type_left_out"]],
    [
      "two mistakes in the string",
      { signed: Buffer.from(`${string(withoutSignType)}\n`) },
      ["sign_type_left_out", "trailing_newline"],
    ],
    ["the gateway's key", { key: gateway.privateKey }, ["gateway_key"]],
    ["another app's key", { key: other.privateKey }, ["other_app_key"]],
    ["a key nobody knows", { key: stranger.privateKey }, ["key_unknown"]],
    ["a sign of which the + became spaces", { sign: (text) => text.replaceAll("+", " ") }, ["sign_plus_as_space"]],
    ["a sign encoded twice", { sign: encodeURIComponent }, ["sign_encoded_twice"]],
    ["a sign in hexadecimal", { sign: (text) => Buffer.from(text, "base64").toString("hex") }, ["sign_in_hex"]],
    [
      "a string it cannot guess, made with the right key",
      { signed: Buffer.from("something else") },
      ["string_unknown"],
    ],
    [
      "nothing in a biz_content too deep to write again",
      { received: { ...sent, biz_content: "[".repeat(50_000) + "]".repeat(50_000) } },
      ["string_unknown"],
    ],
    ["no signature at all", { sign: () => "x" }, ["key_unknown"]],
  ])("%s", (_what, mistake, expected) => {
    expect(examine(mistake)).toEqual(expected);
  });

  test("the gateway's key and looks no further, for a stranger who sends many files and the signature of a reply", () => {
    const files = Array.from({ length: 190 }, (_, number) => ({
      name: `f${number}`,
      filename: "a.txt",
      content: Buffer.alloc(250_000, number),
    }));
    const signature = sign("sha256", Buffer.from("a reply"), gateway.privateKey).toString("base64");
    const diagnosis = diagnoseSignature({
      parameters: parametersOf(sent),
      files,
      sign: signature,
      signType: "RSA2",
      appKeys: [app.publicKey],
      gatewayKeys: [gateway.publicKey],
      otherApps: [],
    });
    expect(diagnosis.findings.map(({ name }) => name)).toEqual(["gateway_key"]);
  });

  test.each([
    ["short", 1, 1_000],
    ["of 20 kB", 20, 230],
    ["of 60 kB", 60, 90],
    ["of 400 kB", 400, 20],
  ])("nothing after a bounded number of strings, of parameters that are %s", (_what, kilobytes, most) => {
    const parameters = parametersOf({
      ...sent,
      x: "%41 ".repeat(kilobytes * 256),
      ...Object.fromEntries(Array.from({ length: 60 }, (_, number) => [`p${number}`, " "])),
    });
    const tried = vi.spyOn(Hash.prototype, "digest");
    const signature = sign("sha256", Buffer.from("something else"), app.privateKey).toString("base64");
    tried.mockClear();
    const diagnosis = diagnoseSignature({
      parameters,
      files: [],
      sign: signature,
      signType: "RSA2",
      appKeys: [app.publicKey],
      gatewayKeys: [],
      otherApps: [],
    });
    expect(diagnosis.findings.map(({ name }) => name)).toEqual(["string_unknown"]);
    // Two digests a try at most: one hypothesis signs a digest itself.
    expect(tried.mock.calls.length).toBeGreaterThan(1);
    expect(tried.mock.calls.length).toBeLessThanOrEqual(2 * most);
    tried.mockRestore();
  });

  test("the first byte in which what was signed differs", () => {
    const parameters = parametersOf({ a: "1", b: "2" });
    const signature = sign("sha256", Buffer.from("a=1&b=2\n"), app.privateKey).toString("base64");
    const diagnosis = diagnoseSignature({
      parameters,
      files: [],
      sign: signature,
      signType: "RSA2",
      appKeys: [app.publicKey],
      gatewayKeys: [],
      otherApps: [],
    });
    expect(diagnosis).toMatchObject({ differsAt: 7 });
    expect(Buffer.from(diagnosis.signed ?? "").toString()).toBe("a=1&b=2\n");
  });
});
