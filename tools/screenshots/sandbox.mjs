import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Failure } from "../boot/failure.mjs";

const startLimitMs = 60_000;
const stopWithParent = fileURLToPath(new URL("../boot/stop-with-parent.mjs", import.meta.url));

/** @typedef {import("../../src/sandbox/sandbox-file.ts").SandboxFile} SandboxFile */

/**
 * A sandbox of its own, with a database in a new folder, on a free port; none of this shell's settings reach it.
 * @param {string} root
 * @returns {Promise<{ sandbox: SandboxFile, stop(): Promise<void> }>}
 */
export async function startSandbox(root) {
  const data = mkdtempSync(join(tmpdir(), "kaimen-screenshots-"));
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:KAIMEN_|DATABASE_URL$)/.test(name)),
  );
  const child = spawn(process.execPath, ["--import", stopWithParent, join(root, "dist", "main.js")], {
    cwd: data,
    env: { ...env, KAIMEN_PORT: "0", KAIMEN_DATA: data },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const gone = once(child, "exit");
  const stop = async () => {
    if (child.exitCode === null) {
      child.kill("SIGTERM");
      await gone;
    }
    rmSync(data, { recursive: true, force: true });
  };
  let log = "";
  child.stderr?.on("data", (chunk) => (log += String(chunk)));
  const deadline = Date.now() + startLimitMs;
  while (!log.includes('"msg":"ready"')) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Failure(`${log.trim()}\n\nThe sandbox did not start: its log is above.`);
    }
    await delay(50);
  }
  return { sandbox: JSON.parse(readFileSync(join(data, "sandbox.json"), "utf8")), stop };
}
