import { sign } from "node:crypto";
import { parsePrivateKey } from "#kaimen/keys/formats.ts";
import type { SandboxFile } from "#kaimen/sandbox/sandbox-file.ts";

export interface BytesCall {
  readonly parameters: Readonly<Record<string, Buffer | string>>;
  /** Sent in parts with these, the parameters in the address. */
  readonly file?: { readonly filename: Buffer | string; readonly content: Buffer | string };
}

/** A call whose values are bytes that need be no text, signed as the protocol says. Gives the node of the reply. */
export async function callWithBytes(
  sandbox: SandboxFile,
  { parameters, file }: BytesCall,
): Promise<Record<string, unknown>> {
  const all: Record<string, Buffer> = {};
  const fixed = {
    app_id: sandbox.app_id,
    charset: "utf-8",
    timestamp: "2026-11-22 12:00:00",
    version: "1.0",
    sign_type: "RSA2",
  };
  for (const [name, value] of Object.entries({ ...fixed, ...parameters })) all[name] = Buffer.from(value as string); // Copies bytes as well.
  const names = Object.keys(all)
    .filter((name) => name !== "sign" && all[name]?.length !== 0)
    .sort();
  const signed = Buffer.concat(
    names.flatMap((name, index) => [Buffer.from(`${index === 0 ? "" : "&"}${name}=`), all[name] ?? Buffer.alloc(0)]),
  );
  all["sign"] ??= Buffer.from(
    sign("sha256", signed, parsePrivateKey(sandbox.app_private_key_pkcs8)).toString("base64"),
  );
  const encoded = Object.entries(all)
    .map(([name, value]) => `${name}=${[...value].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("")}`)
    .join("&");
  if (file === undefined) return nodeOf(await post(sandbox.gateway_url, encoded, "application/x-www-form-urlencoded"));
  const fields = Object.entries(all).map(([name, value]) => part(`name="${name}"`, value));
  const body = Buffer.concat([
    ...fields,
    part(
      Buffer.concat([Buffer.from('name="file"; filename="'), Buffer.from(file.filename as string), Buffer.from('"')]),
      Buffer.from(file.content as string),
    ),
    Buffer.from("--b--\r\n"),
  ]);
  return nodeOf(await post(sandbox.gateway_url, body, "multipart/form-data; boundary=b"));
}

function part(disposition: string | Buffer, content: Buffer): Buffer {
  const head = Buffer.from(disposition as string);
  return Buffer.concat([
    Buffer.from("--b\r\nContent-Disposition: form-data; "),
    head,
    Buffer.from("\r\n\r\n"),
    content,
    Buffer.from("\r\n"),
  ]);
}

async function post(url: string, body: string | Buffer, type: string): Promise<string> {
  const reply = await fetch(url, {
    method: "POST",
    body: typeof body === "string" ? body : new Uint8Array(body),
    headers: { "content-type": type },
  });
  return reply.text();
}

function nodeOf(text: string): Record<string, unknown> {
  const reply = JSON.parse(text) as Record<string, Record<string, unknown>>;
  return Object.entries(reply).find(([name]) => name.endsWith("response"))?.[1] ?? {};
}
