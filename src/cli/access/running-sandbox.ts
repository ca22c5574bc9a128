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

/** A request to the running sandbox; says so plainly when nothing answers. */
export async function fetchSandbox(url: string, init?: RequestInit): Promise<Response> {
  return fetch(url, init).catch(() => {
    throw new CommandError(`nothing answers at ${new URL(url).origin}; is the sandbox running?`);
  });
}

/** Posts JSON to the operator's API, or gets where there is nothing to post, and gives its answer; what it refuses becomes a CommandError. */
export async function askOperatorApi<Answer>(
  sandbox: Pick<SandboxFile, "gateway_url" | "operator">,
  path: string,
  body?: unknown,
): Promise<Answer> {
  const { login, password } = sandbox.operator;
  const reply = await fetchSandbox(new URL(path, sandbox.gateway_url).toString(), {
    method: body === undefined ? "GET" : "POST",
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      authorization: `Basic ${Buffer.from(`${login}:${password}`).toString("base64")}`,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = (await reply.json()) as Answer & { error?: string };
  if (!reply.ok) throw new CommandError(answer.error ?? `the sandbox answered ${reply.status}`);
  return answer;
}
