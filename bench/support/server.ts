import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { SandboxFile } from "#kaimen/sandbox/sandbox-file.ts";
import type { Bench } from "./run.ts";

const startLimitMs = 60_000;
const stopLimitMs = 10_000;

/** Compiled, this file is dist/bench/support/server.js. */
const root = fileURLToPath(new URL("../../../", import.meta.url));

export interface Server {
  readonly pid: number;
  readonly sandbox: SandboxFile;
  /** Its KAIMEN_DATA, for commands. */
  readonly dataDirectory: string;
  /** Seconds of processor time, of all its threads, since its start. */
  cpuSeconds(): Promise<number>;
}

/** The built gateway in sandbox mode on a database of the benchmark's, with none of the caller's settings. */
export async function startServer(bench: Bench, settings: Readonly<Record<string, string>>): Promise<Server> {
  const data = await mkdtemp(join(tmpdir(), "kaimen-bench-data-"));
  bench.atEnd(() => rm(data, { recursive: true, force: true }));
  const inherited = Object.entries(process.env).filter(([name]) => !/^(KAIMEN_|PG|DATABASE_URL$)/.test(name));
  const child = fork(join(root, "dist", "main.js"), {
    cwd: root,
    // Killed without a chance to say so, this process still takes the server with it.
    execArgv: ["--import", join(root, "tools", "boot", "stop-with-parent.mjs")],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    env: {
      ...Object.fromEntries(inherited),
      KAIMEN_MODE: "sandbox",
      KAIMEN_HOST: "127.0.0.1",
      KAIMEN_PORT: "0",
      KAIMEN_DATA: data,
      KAIMEN_LOG_LEVEL: "warn",
      // As in production, where no whole request is kept.
      KAIMEN_REQUEST_LOG_CALLS: "100000",
      KAIMEN_REQUEST_LOG_PER_S: "10",
      KAIMEN_REQUEST_LOG_MB: "0",
      ...settings,
    },
  });
  let exited = false;
  const exit = once(child, "exit").then(() => (exited = true));
  bench.atEnd(async () => {
    const patience = setTimeout(() => child.kill("SIGKILL"), stopLimitMs);
    child.kill("SIGTERM");
    await exit;
    clearTimeout(patience);
  });

  const sandboxPath = join(data, "sandbox.json");
  const deadline = performance.now() + startLimitMs;
  while (!existsSync(sandboxPath)) {
    if (exited) throw new Error("the server ended while starting; its message is above");
    if (performance.now() > deadline) throw new Error(`the server was not ready within ${startLimitMs / 1_000} s`);
    await sleep(50);
  }
  const sandbox = JSON.parse(await readFile(sandboxPath, "utf8")) as SandboxFile; // Written by that very server.
  await untilReady(sandbox, deadline);
  return { pid: child.pid ?? 0, sandbox, dataDirectory: data, cpuSeconds: () => readCpuSeconds(sandbox) };
}

/** It says so once the file is there, give or take a turn of its event loop. */
async function untilReady(sandbox: SandboxFile, deadline: number): Promise<void> {
  while (!(await fetch(new URL("/health/ready", sandbox.gateway_url))).ok) {
    if (performance.now() > deadline) throw new Error("the server does not become ready");
    await sleep(50);
  }
}

async function readCpuSeconds(sandbox: SandboxFile): Promise<number> {
  const metrics = await (await fetch(new URL("/metrics", sandbox.gateway_url))).text();
  const value = /^process_cpu_seconds_total (\S+)/m.exec(metrics)?.[1];
  if (value === undefined) throw new Error("/metrics has no process_cpu_seconds_total");
  return Number(value);
}
