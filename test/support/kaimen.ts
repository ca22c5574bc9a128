import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { AlipaySdk, type AlipaySdkConfig } from "alipay-sdk";
import { seededDataDirectory } from "./embedded-data.ts";
import { seededSandboxOnPostgres } from "./seeded-sandbox.ts";
import type { SandboxFile } from "#kaimen/sandbox/sandbox-file.ts";

const entry = new URL("../../dist/main.js", import.meta.url).pathname;
const endWithParent = new URL("./end-with-parent.mjs", import.meta.url).href;
const startLimitMs = 60_000;
const logLimitMs = 5_000;

/** The built server in a process of its own, in sandbox mode, on a port and in a directory of its own. */
export interface RunningKaimen {
  readonly sandbox: SandboxFile;
  readonly dataDirectory: string;
  /** The settings it was started with, besides its port and directory. */
  readonly environment: Record<string, string>;
  readonly process: ChildProcess;
  /** What it has written to its log so far: what a reply tells of may still be on its way. */
  log(): string;
  /** The first line of the log with this in it, as soon as there is one; rejects after five seconds without. */
  logLine(text: string): Promise<string>;
  /** What it has written to standard output so far. */
  output(): string;
  /** Ends it with a signal and gives its exit code; the data directory stays. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** Ends it at once and removes its data, so that nothing is lost by it; how it stops in order is what `end` shows. */
  stop(): Promise<void>;
}

export interface StartOptions {
  /** Settings, besides those that the tests need. With `DATABASE_URL` the server starts on that database as it is. */
  readonly env?: Record<string, string>;
  /** Of an earlier start: it goes on from there, on the embedded database unless `env` names another. */
  readonly dataDirectory?: string;
  /** What keeps a new sandbox's data; where nothing is said, whichever starts sooner on this machine. */
  readonly database?: Database;
}

export type Database = "embedded" | "postgresql";

export async function startKaimen(options: StartOptions = {}): Promise<RunningKaimen> {
  const { dataDirectory, settings } = await newSandbox(options);
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:KAIMEN_|DATABASE_URL$)/.test(name)),
  );
  // A channel between the two tells the server when this process is gone, also where it had no chance to say so.
  // PGlite's WebAssembly is not compiled a second time for speed: a server of a test is gone before that would pay.
  const child = spawn(process.execPath, ["--liftoff-only", "--import", endWithParent, entry], {
    env: { ...env, KAIMEN_PORT: "0", KAIMEN_DATA: dataDirectory, ...settings },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let log = "";
  let output = "";
  child.stderr?.on("data", (chunk: Buffer) => (log += chunk.toString()));
  child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const gone = once(child, "exit");
  const endWithUs = (): boolean => child.kill("SIGKILL");
  process.once("exit", endWithUs);
  child.once("exit", () => process.off("exit", endWithUs));

  await readyOrGone(child, () => log);
  const sandbox = JSON.parse(await readFile(join(dataDirectory, "sandbox.json"), "utf8")) as SandboxFile;
  return {
    sandbox,
    dataDirectory,
    environment: settings,
    process: child,
    log: () => log,
    async logLine(text) {
      for (let waitedMs = 0; waitedMs < logLimitMs; waitedMs += 20) {
        const line = log.split("\n").find((each) => each.includes(text));
        if (line !== undefined) return line;
        await delay(20);
      }
      throw new Error(`nothing in the log with ${text}`);
    },
    output: () => output,
    async end(signal) {
      child.kill(signal);
      const [code] = (await gone) as [number | null];
      return code;
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill("SIGKILL");
        await gone;
      }
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

/** A data directory, and the settings with its database in them: a copy of a seeded sandbox where a new one is wanted, since a first start takes seconds. */
export async function newSandbox(
  options: StartOptions,
): Promise<{ dataDirectory: string; settings: Record<string, string> }> {
  const settings = options.env ?? {};
  if (options.dataDirectory !== undefined) return { dataDirectory: options.dataDirectory, settings };
  if (settings["DATABASE_URL"] !== undefined) {
    return { dataDirectory: await mkdtemp(join(tmpdir(), "kaimen-test-")), settings };
  }
  if (options.database !== "embedded" && process.env["KAIMEN_TEST_DATABASE"] !== "embedded") {
    const seeded = await seededSandboxOnPostgres((sandbox) => startOnce(sandbox.dataDirectory, sandbox.databaseUrl));
    if (seeded !== undefined) {
      return { dataDirectory: seeded.dataDirectory, settings: { DATABASE_URL: seeded.databaseUrl, ...settings } };
    }
    if (options.database === "postgresql") throw new Error("no PostgreSQL: what needs one had better be skipped");
  }
  return { dataDirectory: await seededDataDirectory(startOnce), settings };
}

async function startOnce(dataDirectory: string, databaseUrl?: string): Promise<void> {
  const first = await startKaimen({
    dataDirectory,
    ...(databaseUrl === undefined ? {} : { env: { DATABASE_URL: databaseUrl } }),
  });
  await first.end("SIGTERM");
}

async function readyOrGone(child: ChildProcess, log: () => string): Promise<void> {
  const deadline = Date.now() + startLimitMs;
  while (!log().includes('"msg":"ready"')) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}: ${log()}`);
    if (Date.now() > deadline) {
      child.kill("SIGKILL");
      throw new Error(`the server was not ready in time: ${log()}`);
    }
    await delay(50);
  }
}

/** The official SDK, as an integrator configures it for the sandbox. */
export function officialSdk(sandbox: SandboxFile, config: Partial<AlipaySdkConfig> = {}): AlipaySdk {
  return new AlipaySdk({
    appId: sandbox.app_id,
    keyType: "PKCS8",
    privateKey: sandbox.app_private_key_pkcs8,
    alipayPublicKey: sandbox.alipay_public_key,
    gateway: sandbox.gateway_url,
    timeout: 30_000,
    ...config,
  });
}

export function userByLogin(sandbox: SandboxFile, login: string): SandboxFile["users"][number] {
  const user = sandbox.users.find((each) => each.login.startsWith(login));
  if (user === undefined) throw new Error(`no demo user ${login}`);
  return user;
}
