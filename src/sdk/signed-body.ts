import { asByteText, type ByteText, toByteText, toBytes } from "../protocol/byte-text.ts";
import { stringToSign } from "../protocol/signing.ts";
import { type Bytes, joinBytes } from "./bytes.ts";
import { ConfigurationError } from "./call-error.ts";
import { type Charset, encodeJson, encodeText } from "./charset.ts";
import type { Signer } from "./keys/rsa.ts";

/** A file as it is sent, in the field of this name. */
export interface SentFile {
  readonly field: string;
  readonly name: string;
  readonly bytes: Bytes;
}

export interface Body {
  readonly contentType: string;
  readonly bytes: Bytes;
}

/**
 * The body of a call: its parameters with their signature, and its files, which a signature does not cover. The names are
 * ASCII. Everything travels in the body, since addresses are written into logs on the way.
 */
export async function signedBody(
  parameters: Readonly<Record<string, string>>,
  files: readonly SentFile[],
  { charset, sign }: { charset: Charset; sign: Signer },
): Promise<Body> {
  const raw = Object.entries(parameters)
    .filter(([, value]) => value !== "")
    .map(([name, value]) => ({ name: asByteText(name), value: valueBytes(name, value, charset) }));
  const signature = await sign(new Uint8Array(toBytes(stringToSign(raw))));
  const signed = [...raw, { name: asByteText("sign"), value: asByteText(signature) }];
  if (files.length > 0) return multipart(signed, files, charset);
  return {
    contentType: `application/x-www-form-urlencoded;charset=${charset}`,
    bytes: new TextEncoder().encode(signed.map(({ name, value }) => `${name}=${percentEncode(value)}`).join("&")),
  };
}

function valueBytes(name: string, value: string, charset: Charset): ByteText {
  const bytes = name === "biz_content" ? encodeJson(value, charset) : encodeText(value, charset);
  if (bytes === undefined) {
    throw new ConfigurationError(`${name} has a character that ${charset} does not hold: leave it out, or use utf-8`);
  }
  return toByteText(bytes);
}

function percentEncode(value: ByteText): string {
  return value.replaceAll(
    /[^A-Za-z0-9._~-]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

function multipart(
  parameters: readonly { name: ByteText; value: ByteText }[],
  files: readonly SentFile[],
  charset: Charset,
): Body {
  const boundary = `----kaimen${globalThis.crypto.randomUUID().replaceAll("-", "")}`;
  const parts: Bytes[] = [];
  const add = (text: string): number => parts.push(new Uint8Array(toBytes(asByteText(text)))); // ASCII, or bytes already.
  for (const { name, value } of parameters) {
    add(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`);
  }
  for (const { field, name, bytes } of files) {
    const shown = toByteText(encodeText(name.replaceAll(/[\r\n"\\]/g, "_"), charset, () => "_") ?? new Uint8Array());
    add(`--${boundary}\r\nContent-Disposition: form-data; name="${field}"; filename="${shown}"\r\n`);
    add("Content-Type: application/octet-stream\r\n\r\n");
    parts.push(bytes);
    add("\r\n");
  }
  add(`--${boundary}--\r\n`);
  return { contentType: `multipart/form-data; boundary=${boundary}`, bytes: joinBytes(parts) };
}
