import { open, rename } from "node:fs/promises";
import { join } from "node:path";
import type { SandboxAccess } from "./seed.ts";

export interface SandboxFile extends SandboxAccess {
  readonly gateway_url: string;
  readonly authorize_url: string;
  readonly console_url: string;
}

export const sandboxFileName = "sandbox.json";

/** Written whole under another name first: whoever reads sandbox.json never sees half of it. */
export async function writeSandboxFile(dataDirectory: string, content: SandboxFile): Promise<string> {
  const path = join(dataDirectory, sandboxFileName);
  const temporary = `${path}.${process.pid}`;
  const file = await open(temporary, "w", 0o600);
  try {
    await file.writeFile(`${JSON.stringify(content, undefined, 2)}\n`);
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  return path;
}
