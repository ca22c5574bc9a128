import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type SandboxFile, sandboxFileName } from "../../sandbox/sandbox-file.ts";
import { CommandError } from "../command-error.ts";

/** What the sandbox of this directory (KAIMEN_DATA, or ./.kaimen) wrote down when it started. */
export async function readSandbox(): Promise<SandboxFile> {
  const path = join(resolve(process.env["KAIMEN_DATA"] || "./.kaimen"), sandboxFileName);
  const text = await readFile(path, "utf8").catch(() => {
    throw new CommandError(`there is no ${path}; start a sandbox with npm start, or set KAIMEN_DATA to its directory`);
  });
  return JSON.parse(text) as SandboxFile; // Written by writeSandboxFile.
}
