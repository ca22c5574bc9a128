import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { settleIn } from "./accounts.ts";
import type { Operated } from "./operator.ts";

const server = new URL("../../dist/main.js", import.meta.url).pathname;
const command = new URL("../../dist/cli/main.js", import.meta.url).pathname;
const startLimitMs = 120_000;
const masterKey = "d".repeat(64);

const clean = (): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:KAIMEN_|DATABASE_URL$)/.test(name)));

/** A server in production on a database of its own, with an operator. */
export interface ProductionKaimen extends Operated {
  log(): string;
  stop(): Promise<void>;
}

/** The settings of a production start; what is given overrides them. */
function settingsOf(dataDirectory: string, env: Record<string, string>): Record<string, string | undefined> {
  return {
    ...clean(),
    KAIMEN_MODE: "production",
    KAIMEN_MASTER_KEY: masterKey,
    KAIMEN_PORT: "0",
    KAIMEN_DATA: dataDirectory,
    ...env,
  };
}

export async function startProduction(
  databaseUrl: string,
  env: Record<string, string> = {},
): Promise<ProductionKaimen> {
  const directory = await mkdtemp(join(tmpdir(), "kaimen-production-"));
  const child = spawn(process.execPath, [server], {
    env: settingsOf(directory, { DATABASE_URL: databaseUrl, ...env }),
    stdio: ["ignore", "ignore", "pipe"],
  });
  const gone = once(child, "exit");
  const endWithUs = (): boolean => child.kill("SIGKILL");
  process.once("exit", endWithUs);
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
  const port = await portOf(child, () => log);
  const { stdout } = await promisify(execFile)(process.execPath, [command, "operator", "add", "--login", "chief"], {
    env: { ...clean(), DATABASE_URL: databaseUrl },
    cwd: directory,
  });
  const gatewayUrl = `http://127.0.0.1:${port}/gateway.do`;
  const added = JSON.parse(stdout) as { login: string; password: string }; // What the command prints.
  const { password, token } = await settleIn(gatewayUrl, added, "the sesame that opens production");
  return {
    gateway_url: gatewayUrl,
    operator: { login: added.login, password, token },
    log: () => log,
    async stop() {
      child.kill("SIGTERM");
      await gone;
      process.off("exit", endWithUs);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function portOf(child: ChildProcess, log: () => string): Promise<string> {
  for (let waitedMs = 0; waitedMs < startLimitMs; waitedMs += 50) {
    const port = /"port":(\d+),"mode":"production".*"msg":"ready"/.exec(log())?.[1];
    if (port !== undefined) return port;
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}: ${log()}`);
    await delay(50);
  }
  child.kill("SIGKILL");
  throw new Error(`the server was not ready in time: ${log()}`);
}

/** What a start that cannot be says, and its exit code. No database is reached for. */
export async function refusedStart(env: Record<string, string>): Promise<{ code: number | null; said: string }> {
  const settings = settingsOf(join(tmpdir(), "kaimen-never-made"), {
    DATABASE_URL: "postgresql://127.0.0.1:9/none",
    ...env,
  });
  const child = spawn(process.execPath, [server], { env: settings, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, said };
}
