import { createHash, createSign, type KeyObject } from "node:crypto";
import iconv from "iconv-lite";
import { encryptAes } from "#kaimen/keys/aes.ts";
import { parseCertificate, rootSerialNumber } from "#kaimen/keys/certificates.ts";
import type { SandboxFile } from "#kaimen/sandbox/sandbox-file.ts";

/** A request's parameters in order, as bytes of one character each; a name may come twice. */
export type Pairs = readonly (readonly [name: string, value: string])[];

/** Where the parameters of a request travel, and how its body is framed. */
export interface Placement {
  readonly verb: "GET" | "POST";
  readonly place: (name: string) => "query" | "body";
  readonly absoluteTarget?: true;
  readonly chunked?: true;
  /** A body in parts, with a file before its fields, after them or not at all. */
  readonly parts?: "no file" | "file first" | "file last" | "two files";
}

const publicNames = new Set(["app_id", "method", "charset", "sign_type", "sign", "timestamp", "version", "format"]);
const everythingIn = (place: "query" | "body") => (): "query" | "body" => place;
const publicInQuery = (name: string): "query" | "body" => (publicNames.has(name) ? "query" : "body");
const signInBody = (name: string): "query" | "body" => (name === "sign" ? "body" : "query");

/** Every way in which the SDKs known place a call's parameters, and the ways between them. */
export const placements = {
  "a query": { verb: "GET", place: everythingIn("query") },
  "a query with its sign in a body": { verb: "GET", place: signInBody },
  "a form": { verb: "POST", place: everythingIn("body") },
  "a form, all in its query": { verb: "POST", place: everythingIn("query") },
  "a form, public parameters in its query": { verb: "POST", place: publicInQuery },
  "a form in chunks": { verb: "POST", place: everythingIn("body"), chunked: true },
  "a form at an absolute address": { verb: "POST", place: publicInQuery, absoluteTarget: true },
  "a query at an absolute address": { verb: "GET", place: everythingIn("query"), absoluteTarget: true },
  "parts without a file": { verb: "POST", place: everythingIn("body"), parts: "no file" },
  "parts, public parameters in their query": { verb: "POST", place: publicInQuery, parts: "no file" },
  "parts with a file before": { verb: "POST", place: everythingIn("body"), parts: "file first" },
  "parts with a file after": { verb: "POST", place: everythingIn("body"), parts: "file last" },
  "a file alone, all in its query": { verb: "POST", place: everythingIn("query"), parts: "file last" },
  "parts in chunks with a file": { verb: "POST", place: publicInQuery, parts: "file last", chunked: true },
} as const satisfies Record<string, Placement>;
export type PlacementName = keyof typeof placements;
export const placementNames = Object.keys(placements) as PlacementName[]; // The literal's own keys.

/** What else a call may bring that changes the way it is judged. */
export interface Manner {
  readonly more: (context: MannerContext) => Readonly<Record<string, string>>;
  readonly encryptType?: "AES" | "AES_V2";
  readonly signType?: "RSA";
}

export interface MannerContext {
  readonly sandbox: SandboxFile;
  readonly appAuthToken: string;
}

const certificateSns = ({ sandbox }: MannerContext): Record<string, string> => ({
  app_cert_sn: parseCertificate(sandbox.app_cert).sn,
  alipay_root_cert_sn: rootSerialNumber(sandbox.alipay_root_cert),
});

export const manners = {
  "in UTF-8": { more: () => ({}) },
  "in GBK": { more: () => ({ charset: "GBK", note: iconv.encode("备注：张三", "gbk").toString("latin1") }) },
  "in certificate mode": { more: certificateSns },
  "signed with SHA-1": { more: () => ({}), signType: "RSA" },
  "encrypted with AES": { more: () => ({ encrypt_type: "AES" }), encryptType: "AES" },
  "encrypted with AES_V2": { more: () => ({ encrypt_type: "AES_V2" }), encryptType: "AES_V2" },
  "acting for a merchant": { more: ({ appAuthToken }) => ({ app_auth_token: appAuthToken }) },
} as const satisfies Record<string, Manner>;
export type MannerName = keyof typeof manners;
export const mannerNames = Object.keys(manners) as MannerName[]; // As above.

/** The published rule, written anew: a test that signs with the gateway's own function would share its mistakes. */
export function signPairs(pairs: Pairs, key: KeyObject, digest: "RSA-SHA256" | "RSA-SHA1"): string {
  const signed = pairs
    .filter(([name, value]) => name !== "sign" && value !== "")
    .toSorted(([left], [right]) => (left < right ? -1 : 1));
  const text = signed.map(([name, value]) => `${name}=${value}`).join("&");
  return createSign(digest).update(text, "latin1").sign(key, "base64");
}

/** The parameters of a call in a manner, biz_content encrypted where it says so; not yet signed. */
export function pairsOf(manner: Manner, context: MannerContext, call: Readonly<Record<string, string>>): Pairs {
  const all: Record<string, string> = { ...call, sign_type: manner.signType ?? "RSA2", ...manner.more(context) };
  const bizContent = all["biz_content"];
  if (manner.encryptType !== undefined && bizContent !== undefined) {
    all["biz_content"] = encryptAes(
      manner.encryptType,
      Buffer.from(context.sandbox.encrypt_key, "base64"),
      Buffer.from(bizContent, "latin1"),
    );
  }
  return Object.entries(all);
}

const boundary = "----KaimenTestBoundary7MA4YWxk";

/** The request's bytes, for a connection of its own. `digest` adds the headers that say what the body is. */
export function writeRequest(
  placement: Placement,
  port: number,
  pairs: Pairs,
  options: { digest?: "right" | "wrong MD5" | "wrong SHA-256" } = {},
): Buffer {
  const { verb, place, absoluteTarget, chunked, parts } = placement;
  const query = pairs.filter(([name]) => place(name) === "query");
  const rest = pairs.filter(([name]) => place(name) === "body");
  const target = `/gateway.do${query.length === 0 ? "" : `?${urlencoded(query)}`}`;
  const body = parts === undefined ? Buffer.from(urlencoded(rest)) : inParts(parts, rest);
  const type = parts === undefined ? "application/x-www-form-urlencoded" : `multipart/form-data; boundary=${boundary}`;
  const hasBody = verb === "POST" || rest.length > 0;
  const lines = [
    `${verb} ${absoluteTarget === true ? `http://127.0.0.1:${port}${target}` : target} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    "Connection: close",
    ...(hasBody
      ? [`Content-Type: ${type}`, chunked === true ? "Transfer-Encoding: chunked" : `Content-Length: ${body.length}`]
      : []),
    ...(options.digest === undefined ? [] : digestLines(body, options.digest)),
  ];
  const sent = chunked === true ? inChunks(body) : body;
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`), ...(hasBody ? [sent] : [])]);
}

function digestLines(body: Buffer, kind: "right" | "wrong MD5" | "wrong SHA-256"): string[] {
  const of = (algorithm: string, wrong: boolean): string =>
    createHash(algorithm)
      .update(body)
      .update(wrong ? "x" : "")
      .digest("base64");
  return [
    `Content-MD5: ${of("md5", kind === "wrong MD5")}`,
    `Digest: SHA-256=${of("sha256", kind === "wrong SHA-256")}`,
  ];
}

function urlencoded(pairs: Pairs): string {
  const encode = (text: string): string =>
    text.replaceAll(/[^A-Za-z0-9._*-]/g, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
  return pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&");
}

function inParts(parts: NonNullable<Placement["parts"]>, pairs: Pairs): Buffer {
  const fields = pairs.map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const file = (name: string, filename: string): string =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${filename}"\r\nContent-Type: text/plain\r\n\r\n{}\r\n`;
  const first = parts === "file first" ? [file("attached", "a.txt")] : [];
  const last =
    parts === "file last"
      ? [file("attached", "a.txt")]
      : parts === "two files"
        ? [file("attached", "a.txt"), file("other", "b.exe")]
        : [];
  return Buffer.from(`${[...first, ...fields, ...last].join("")}--${boundary}--\r\n`, "latin1");
}

function inChunks(body: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let start = 0; start < body.length; start += 300) {
    const piece = body.subarray(start, start + 300);
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n"));
  }
  return Buffer.concat([...pieces, Buffer.from("0\r\n\r\n")]);
}
