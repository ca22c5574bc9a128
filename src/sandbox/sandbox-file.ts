import { open, rename } from "node:fs/promises";
import { join } from "node:path";
import type { SandboxAccess } from "./seed.ts";

export interface SandboxFile extends SandboxAccess {
  readonly gateway_url: string;
  readonly authorize_url: string;
  readonly app_authorize_url: string;
  readonly console_url: string;
  /** Opens the console signed in: once, and for a quarter of an hour after the start. */
  readonly console_sign_in_url: string;
  /** Where the three certificates lie as files, as most SDKs want them. */
  readonly app_cert_path?: string;
  readonly alipay_cert_path?: string;
  readonly alipay_root_cert_path?: string;
}

export const sandboxFileName = "sandbox.json";

/** Written whole under another name first: whoever reads sandbox.json never sees half of it. */
export async function writeSandboxFile(dataDirectory: string, content: SandboxFile): Promise<string> {
  const certificates = ["app_cert", "alipay_cert", "alipay_root_cert"] as const;
  const paths = Object.fromEntries(certificates.map((name) => [`${name}_path`, join(dataDirectory, `${name}.crt`)]));
  for (const name of certificates) await writeWhole(join(dataDirectory, `${name}.crt`), content[name]);
  const path = join(dataDirectory, sandboxFileName);
  await writeWhole(path, `${JSON.stringify({ ...content, ...paths }, undefined, 2)}\n`);
  return path;
}

async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}`;
  const file = await open(temporary, "w", 0o600);
  try {
    await file.writeFile(text);
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}
