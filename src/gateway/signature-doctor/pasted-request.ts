import { asByteText } from "../../protocol/byte-text.ts";
import { parseForm, type RawParameter } from "../../protocol/parameters.ts";
import { parseMultipart } from "../body/multipart.ts";
import type { SignedFile } from "./hypotheses.ts";

/** What somebody pasted, taken apart as the gateway would. */
export interface PastedRequest {
  readonly query: readonly RawParameter[];
  readonly body: readonly RawParameter[];
  readonly files: readonly SignedFile[];
}

/** What was pasted cannot be taken apart; the message says what would be. */
export class PastedRequestError extends Error {
  override readonly name = "PastedRequestError";
}

/**
 * A URL, a curl command, raw HTTP, the bare `name=value&…` of a form, or a line of a log with one of them in it.
 * @throws PastedRequestError
 */
export function readPastedRequest(bytes: Buffer): PastedRequest {
  const text = bytes.toString("latin1").trimStart();
  if (/^curl\s/.test(text)) return readCurl(text);
  if (/^[A-Z]+ \S+ HTTP\/1\.[01]\r?\n/.test(text)) return readHttp(text);
  const first = text.trim();
  if (/^https?:\/\/\S+$/i.test(first)) return { query: queryOf(first), body: [], files: [] };
  if (/^[\w.-]+=/.test(first)) return { query: parseBytes(first), body: [], files: [] };
  const logged = first.split(/[\s"'<>]+/).find((word) => word.includes("sign=") && word.includes("app_id="));
  if (logged !== undefined)
    return { query: logged.includes("?") ? queryOf(logged) : parseBytes(logged), body: [], files: [] };
  throw new PastedRequestError(
    "not a request: give a URL, a curl command, raw HTTP, the parameters of a form, or a line of a log with one of them",
  );
}

/** What was pasted was read as latin1, a character a byte. */
function parseBytes(text: string): RawParameter[] {
  return parseForm(asByteText(text));
}

function queryOf(target: string): RawParameter[] {
  const start = target.indexOf("?");
  return start === -1 ? [] : parseBytes(target.slice(start + 1).split("#", 1)[0] ?? "");
}

/** A request saved with line feeds only is read too, but for a multipart body, whose line ends are part of it. */
function readHttp(text: string): PastedRequest {
  const end = /\r?\n\r?\n/.exec(text);
  const head = end === null ? text : text.slice(0, end.index);
  const body = end === null ? "" : text.slice(end.index + end[0].length);
  const target = /^[A-Z]+ (\S+)/.exec(head)?.[1] ?? "";
  const contentType = /^content-type:(.*)$/im.exec(head)?.[1]?.trim() ?? "";
  if (/^multipart\/form-data/i.test(contentType)) {
    const parts =
      parseMultipart(Buffer.from(body, "latin1"), contentType) ??
      parseMultipart(Buffer.from(body.replaceAll(/\r?\n/g, "\r\n"), "latin1"), contentType);
    if (parts === undefined)
      throw new PastedRequestError("the multipart body is broken, or its line ends were changed when it was saved");
    return { query: queryOf(target), body: parts.fields, files: parts.files };
  }
  return { query: queryOf(target), body: parseBytes(body.replace(/\r?\n$/, "")), files: [] };
}

const dataOptions = new Set(["-d", "--data", "--data-raw", "--data-ascii", "--data-binary"]);

function readCurl(text: string): PastedRequest {
  const words = shellWords(text);
  const forms: string[] = [];
  const fields: RawParameter[] = [];
  let url = "";
  for (let index = 1; index < words.length; index += 1) {
    const word = words[index] ?? "";
    const next = words[index + 1] ?? "";
    if (dataOptions.has(word)) forms.push(next);
    else if (word === "--data-urlencode") forms.push(urlencoded(next));
    else if (word === "-F" || word === "--form" || word === "--form-string") fields.push(...fieldOf(next));
    else if (/^https?:\/\//i.test(word)) url = word;
    else continue;
    if (word !== url) index += 1;
  }
  if (url === "") throw new PastedRequestError("the curl command names no http or https URL");
  return { query: queryOf(url), body: [...parseBytes(forms.join("&")), ...fields], files: [] };
}

function urlencoded(data: string): string {
  const split = data.indexOf("=");
  const encode = (value: string): string => encodeURIComponent(Buffer.from(value, "latin1").toString("utf8"));
  return split === -1 ? encode(data) : `${data.slice(0, split)}=${encode(data.slice(split + 1))}`;
}

/** A file of `-F file=@path` is not signed, so it is not needed. */
function fieldOf(field: string): RawParameter[] {
  const split = field.indexOf("=");
  const value = field.slice(split + 1);
  return split < 1 || /^[@<]/.test(value)
    ? []
    : [{ name: asByteText(field.slice(0, split)), value: asByteText(value) }];
}

/** The words of a POSIX shell command: quotes of both kinds, backslashes, lines joined by a backslash at their end. */
function shellWords(text: string): string[] {
  const words: string[] = [];
  const pattern = /'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\\r?\n|\\([\s\S])|([^\s'"\\]+)|(\s+)/g;
  let word: string | undefined;
  for (const [all, single, double, escaped, plain, space] of text.matchAll(pattern)) {
    if (space !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (!/^\\\r?\n$/.test(all)) {
      word = (word ?? "") + (single ?? double?.replaceAll(/\\(["\\$`])/g, "$1") ?? escaped ?? plain ?? "");
    }
  }
  return word === undefined ? words : [...words, word];
}
