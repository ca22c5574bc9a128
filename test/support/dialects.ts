import { sign as signBytes, createPrivateKey } from "node:crypto";
import iconv from "iconv-lite";
import type { ClientName } from "./clients.ts";

/**
 * How each SDK lays a request out on the wire: written from the table of what was measured or read of each. Every
 * dialect is given the same parameters and places, encodes, signs and frames them as that SDK does.
 */
export interface DialectCall {
  readonly method: string;
  readonly appId: string;
  readonly privateKeyPkcs8: string;
  readonly charset?: string;
  readonly bizContent?: string;
  /** Parameters of the method's own, beside the public ones. */
  readonly fields?: Readonly<Record<string, string>>;
  readonly authToken?: string;
  readonly certificates?: { readonly app: string; readonly root: string };
  readonly file?: { readonly filename: string; readonly content: Buffer };
  readonly timestamp: string;
}

export interface Wire {
  readonly head: string;
  readonly body: Buffer;
}

interface Dialect {
  readonly verb?: "GET";
  /** Which public parameters travel in the query; the rest, and what is the method's own, in the body. */
  readonly inQuery: "all" | "public" | "charset" | "none";
  readonly charset: string;
  /** The address it is given names the charset, and the public parameters do so again. */
  readonly charsetTwice?: true;
  readonly format?: string;
  readonly alipaySdk?: string;
  readonly contentType: (charset: string) => string;
  readonly headers?: readonly string[];
  readonly space: "+" | "%20";
  readonly absoluteTarget?: true;
  /** Parameters sent with an empty value; signed as if they were not there. */
  readonly empties?: readonly string[];
  readonly signsEmpties?: true;
  readonly certificateMode: boolean;
  /** Undefined where it does not upload. */
  readonly multipart?: Multipart;
  /** Whose way of cutting a reply it has; see clients.ts. */
  readonly client: ClientName;
}

interface Multipart {
  readonly boundary: string;
  readonly contentType: (boundary: string) => string;
  readonly disposition: (attributes: string) => string;
  readonly partType?: string;
  readonly fileFirst?: true;
  readonly preamble?: string;
  readonly chunked?: true;
  readonly path?: string;
  readonly expectContinue?: true;
}

const form = (charset: string): string => `application/x-www-form-urlencoded;charset=${charset}`;
const plainForm = (): string => "application/x-www-form-urlencoded";
const standardDisposition = (attributes: string): string => `Content-Disposition: form-data; ${attributes}`;
const standardType = (boundary: string): string => `multipart/form-data; boundary=${boundary}`;
const standard: Multipart = {
  boundary: "----561978c41a5c9c6d",
  contentType: standardType,
  disposition: standardDisposition,
};

const javaMultipart: Multipart = {
  boundary: "1795314812450",
  contentType: (boundary) => `multipart/form-data;boundary=${boundary};charset=UTF-8`,
  disposition: (attributes) => `Content-Disposition:form-data;${attributes.replaceAll("; ", ";")}`,
  partType: "Content-Type:text/plain",
  preamble: "\r\n",
};

/** A Go map has no order: the file may come before what is signed. */
const goMultipart: Multipart = { ...standard, boundary: "a".repeat(60), fileFirst: true };

export const dialects: Readonly<Record<string, Dialect>> = {
  "Java official 4.10": {
    client: "java",
    inQuery: "public",
    charset: "UTF-8",
    format: "json",
    alipaySdk: "alipay-sdk-java-dynamicVersionNo",
    contentType: form,
    space: "+",
    headers: ["User-Agent: aop-sdk-java", "Accept: text/plain,text/xml,text/javascript,text/html"],
    certificateMode: true,
    multipart: javaMultipart,
  },
  "PHP official AopClient 4.20": {
    client: "php",
    inQuery: "public",
    charset: "UTF-8",
    format: "json",
    alipaySdk: "alipay-sdk-PHP-4.20.880.ALL",
    contentType: form,
    space: "+",
    certificateMode: false,
    multipart: {
      ...standard,
      boundary: "------------------------8fc9d0e1a2b3c4d5",
      path: "/srv/app/data/",
      expectContinue: true,
    },
  },
  "PHP official AopCertClient 4.20": {
    client: "php_cert",
    inQuery: "public",
    charset: "UTF-8",
    format: "json",
    contentType: form,
    space: "+",
    empties: ["terminal_type", "terminal_info", "prod_code", "notify_url"],
    certificateMode: true,
    multipart: { ...standard, path: "C:\\data\\" },
  },
  "Python official 3.7": {
    client: "python",
    inQuery: "public",
    charset: "utf-8",
    format: "json",
    contentType: form,
    space: "+",
    absoluteTarget: true,
    certificateMode: false,
    headers: ["User-Agent: alipay-sdk-python-3.7.1160.ALL", "log-uuid: 9d2c"],
    multipart: {
      ...standard,
      boundary: "ALIPAY_SDK_PYTHON_BOUNDARY",
      partType: "Content-Type: text/plain; charset=utf-8",
    },
  },
  "Node official 4.14": {
    client: "node",
    inQuery: "public",
    charset: "utf-8",
    contentType: plainForm,
    space: "+",
    certificateMode: true,
    headers: ["User-Agent: alipay-sdk-nodejs-4.0.0", "accept: application/json"],
    multipart: { ...standard, boundary: "--------------------------0123456789abcdef01234567", chunked: true },
  },
  "Node official, empty notify_url": {
    client: "node",
    inQuery: "public",
    charset: "utf-8",
    contentType: plainForm,
    space: "+",
    empties: ["notify_url"],
    signsEmpties: true,
    certificateMode: true,
    multipart: standard,
  },
  ".NET official": {
    client: "java",
    inQuery: "charset",
    charset: "utf-8",
    format: "json",
    alipaySdk: "alipay-sdk-net",
    contentType: form,
    space: "+",
    certificateMode: true,
    multipart: {
      ...javaMultipart,
      boundary: "8dc0a1b2c3d4e5f",
      contentType: (boundary) => `multipart/form-data;charset=utf-8;boundary=${boundary}`,
    },
  },
  "EasySDK PHP": {
    client: "easysdk_php",
    inQuery: "public",
    charset: "UTF-8",
    format: "json",
    alipaySdk: "alipay-easysdk-php-2.2.0",
    contentType: form,
    space: "+",
    certificateMode: true,
    multipart: {
      ...standard,
      boundary: "2026-11-22 02:39:09",
      contentType: (boundary) => `multipart/form-data;charset=utf-8;boundary=${boundary}`,
    },
  },
  "Go smartwalle v3": {
    client: "smartwalle",
    inQuery: "none",
    charset: "utf-8",
    format: "JSON",
    contentType: plainForm,
    space: "+",
    headers: ["Accept-Encoding: gzip"],
    certificateMode: true,
    multipart: goMultipart,
  },
  "Go gopay": {
    client: "gopay",
    inQuery: "charset",
    charset: "utf-8",
    format: "JSON",
    contentType: plainForm,
    space: "+",
    certificateMode: true,
    multipart: goMultipart,
  },
  "Go gopay, FileUploadRequest": {
    client: "gopay",
    inQuery: "public",
    charsetTwice: true,
    charset: "utf-8",
    format: "JSON",
    contentType: plainForm,
    space: "+",
    certificateMode: true,
    multipart: goMultipart,
  },
  "Python fzlee 3.4": {
    client: "fzlee",
    verb: "GET",
    inQuery: "all",
    charset: "utf-8",
    contentType: plainForm,
    space: "+",
    certificateMode: true,
  },
  "PHP yansongda v3": {
    client: "yansongda",
    inQuery: "charset",
    charset: "utf-8",
    format: "JSON",
    contentType: plainForm,
    space: "%20",
    headers: ["User-Agent: yansongda/pay-v3"],
    certificateMode: true,
  },
};

/** What the SDK writes to its socket. */
export function wireOf(dialect: Dialect, call: DialectCall, host: string): Wire {
  const charset = call.charset ?? dialect.charset;
  const encode = (text: string): Buffer => iconv.encode(text, charset);
  const publicParameters: Record<string, string> = {
    app_id: call.appId,
    method: call.method,
    charset,
    sign_type: "RSA2",
    timestamp: call.timestamp,
    version: "1.0",
    ...(dialect.format === undefined ? {} : { format: dialect.format }),
    ...(dialect.alipaySdk === undefined ? {} : { alipay_sdk: dialect.alipaySdk }),
    ...(call.authToken === undefined ? {} : { auth_token: call.authToken }),
    ...(call.certificates === undefined
      ? {}
      : { app_cert_sn: call.certificates.app, alipay_root_cert_sn: call.certificates.root }),
    ...Object.fromEntries((dialect.empties ?? []).map((name) => [name, ""])),
  };
  const own: Record<string, string> = {
    ...call.fields,
    ...(call.bizContent === undefined ? {} : { biz_content: call.bizContent }),
  };
  const signed = Object.entries({ ...publicParameters, ...own }).filter(
    ([, value]) => value !== "" || dialect.signsEmpties === true,
  );
  const text = signed
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
  const key = createPrivateKey({ key: Buffer.from(call.privateKeyPkcs8, "base64"), format: "der", type: "pkcs8" });
  publicParameters["sign"] = signBytes("sha256", encode(text), key).toString("base64");

  const pairs = (parameters: Record<string, string>): string =>
    Object.entries(parameters)
      .map(([name, value]) => `${name}=${percentEncode(encode(value), dialect.space)}`)
      .join("&");
  const everything = { ...publicParameters, ...own };
  const query = { all: everything, public: publicParameters, charset: { charset }, none: {} }[dialect.inQuery];
  const rest = dialect.inQuery === "all" ? {} : dialect.inQuery === "public" ? own : everything;
  const twice = dialect.charsetTwice === true ? `charset=${charset}&` : "";
  const target = `${dialect.absoluteTarget === true ? `http://${host}` : ""}/gateway.do${Object.keys(query).length > 0 ? `?${twice}${pairs(query)}` : ""}`;
  const head = (verb: string, lines: readonly string[]): string =>
    [
      `${verb} ${target} HTTP/1.1`,
      `Host: ${host}`,
      "Connection: close",
      ...(dialect.headers ?? []),
      ...lines,
      "",
      "",
    ].join("\r\n");

  if (dialect.verb === "GET") return { head: head("GET", []), body: Buffer.alloc(0) };
  if (call.file === undefined) {
    const body = Buffer.from(pairs(rest));
    return {
      head: head("POST", [`Content-Type: ${dialect.contentType(charset)}`, `Content-Length: ${body.length}`]),
      body,
    };
  }
  if (dialect.multipart === undefined) throw new Error("this dialect does not upload");
  const body = multipartBody(dialect.multipart, rest, call.file, encode);
  const { boundary, contentType, chunked, expectContinue } = dialect.multipart;
  const framing = chunked === true ? "Transfer-Encoding: chunked" : `Content-Length: ${body.length}`;
  const lines = [
    `Content-Type: ${contentType(boundary)}`,
    framing,
    ...(expectContinue === true ? ["Expect: 100-continue"] : []),
  ];
  return { head: head("POST", lines), body: chunked === true ? inChunks(body) : body };
}

function multipartBody(
  multipart: Multipart,
  fields: Record<string, string>,
  file: { filename: string; content: Buffer },
  encode: (text: string) => Buffer,
): Buffer {
  const { boundary, disposition, partType } = multipart;
  const fieldParts = Object.entries(fields).map(([name, value]) =>
    Buffer.concat([
      Buffer.from([disposition(`name="${name}"`), ...(partType === undefined ? [] : [partType]), "", ""].join("\r\n")),
      encode(value),
    ]),
  );
  const filePart = Buffer.concat([
    Buffer.from(
      [
        disposition(`name="file"; filename="${multipart.path ?? ""}${file.filename}"`),
        "Content-Type: application/octet-stream",
        "",
        "",
      ].join("\r\n"),
    ),
    file.content,
  ]);
  const parts = multipart.fileFirst === true ? [filePart, ...fieldParts] : [...fieldParts, filePart];
  const pieces = parts.flatMap((part) => [Buffer.from(`--${boundary}\r\n`), part, Buffer.from("\r\n")]);
  return Buffer.concat([Buffer.from(multipart.preamble ?? ""), ...pieces, Buffer.from(`--${boundary}--\r\n`)]);
}

function inChunks(body: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let start = 0; start < body.length; start += 500) {
    const piece = body.subarray(start, start + 500);
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n"));
  }
  return Buffer.concat([...pieces, Buffer.from("0\r\n\r\n")]);
}

function percentEncode(bytes: Buffer, space: "+" | "%20"): string {
  let text = "";
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    if (/[A-Za-z0-9\-._*]/.test(character)) text += character;
    else if (byte === 0x20) text += space;
    else text += `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return text;
}
