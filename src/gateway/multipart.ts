import type { UploadedFile } from "../protocol/method-spec.ts";
import { latin1, type RawParameter } from "../protocol/parameters.ts";

/** A multipart/form-data body, taken apart. Text values stay bytes: the signature covers them as they came. */
export interface MultipartBody {
  readonly fields: readonly RawParameter[];
  readonly files: readonly (UploadedFile & { readonly name: string; readonly content: Uint8Array })[];
}

const partLimit = 200;
const partHeaderLimit = 4_096;

/**
 * Parses what the SDKs really send: a boundary of digits only, or unquoted with spaces and colons; part headers without
 * a space after the colon; a line break before the first boundary; file names with a whole path, of which only the last
 * part is kept; parts in any order. Undefined when the body is malformed or ends before its closing boundary.
 */
export function parseMultipart(body: Uint8Array, contentType: string): MultipartBody | undefined {
  const boundary = boundaryOf(contentType);
  if (boundary === undefined) return undefined;
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const delimiter = Buffer.from(`--${boundary}`, "latin1");
  const opening = openingEnd(bytes, delimiter);
  if (opening === undefined) return undefined;

  const fields: RawParameter[] = [];
  const files: (UploadedFile & { name: string; content: Uint8Array })[] = [];
  const partEnd = Buffer.concat([Buffer.from("\r\n"), delimiter]);
  let start = opening;
  for (let count = 0; count <= partLimit; count += 1) {
    if (bytes.subarray(start, start + 2).toString("latin1") === "--") return { fields, files };
    if (bytes.subarray(start, start + 2).toString("latin1") !== "\r\n") return undefined;
    const end = bytes.indexOf(partEnd, start);
    if (end === -1) return undefined;
    const part = parsePart(bytes.subarray(start + 2, end));
    if (part === undefined) return undefined;
    if (part.filename === undefined) fields.push({ name: part.name, value: part.content });
    else files.push({ name: part.name, filename: part.filename, content: part.content });
    start = end + partEnd.length;
  }
  return undefined;
}

/** The place after the first boundary, before which only line breaks may stand. */
function openingEnd(bytes: Buffer, delimiter: Buffer): number | undefined {
  const first = bytes.indexOf(delimiter);
  if (first === -1 || first > 16 || bytes.subarray(0, first).some((byte) => byte !== 0x0d && byte !== 0x0a)) return undefined;
  return first + delimiter.length;
}

/** RFC 2046 wants quotes around a boundary with spaces or colons; EasySDK for PHP sends `boundary=2026-11-22 02:39:09`. */
function boundaryOf(contentType: string): string | undefined {
  const match = /;\s*boundary\s*=\s*(?:"([^"]{1,200})"|([^;]{1,200}))/i.exec(contentType);
  const boundary = match?.[1] ?? match?.[2]?.trim();
  return boundary === "" ? undefined : boundary;
}

interface Part {
  readonly name: string;
  readonly filename: string | undefined;
  readonly content: Uint8Array;
}

function parsePart(part: Buffer): Part | undefined {
  const split = part.indexOf("\r\n\r\n");
  if (split === -1 || split > partHeaderLimit) return undefined;
  // A name in a header is text of an unknown charset; kept one character a byte, it is compared and signed as bytes.
  const header = latin1(part.subarray(0, split));
  const disposition = /^content-disposition:\s*form-data\s*;(.*)$/im.exec(header)?.[1];
  if (disposition === undefined) return undefined;
  const { name, filename } = attributesOf(disposition);
  if (name === undefined || name === "") return undefined;
  return { name, filename: filename === undefined ? undefined : basename(filename), content: part.subarray(split + 4) };
}

/** Read in order, so that what stands inside one quoted value is never taken for another attribute. */
function attributesOf(disposition: string): { name?: string; filename?: string } {
  const pattern = /\s*([A-Za-z0-9_*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))\s*(?:;|$)/y;
  const attributes: { name?: string; filename?: string } = {};
  for (let match = pattern.exec(disposition); match !== null; match = pattern.exec(disposition)) {
    const [, attribute = "", quoted, plain = ""] = match;
    const lower = attribute.toLowerCase();
    if (lower === "name") attributes.name ??= quoted?.replaceAll(/\\(["\\])/g, "$1") ?? plain.trim();
    // A backslash in a file name is most often a Windows path's.
    if (lower === "filename") attributes.filename ??= quoted?.replaceAll('\\"', '"') ?? plain.trim();
  }
  return attributes;
}

/** Some clients send the whole path of the file on their machine, with either slash. */
function basename(filename: string): string {
  const last = filename.split(/[\\/]/).at(-1) ?? "";
  // It is kept with the batch and shown again: what no file name needs does not get that far.
  return Buffer.from(last, "latin1").toString("utf8").slice(-255).replaceAll(/[\p{Cc}\p{Cs}]/gu, "\ufffd");
}
