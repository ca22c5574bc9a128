import { spawn } from "node:child_process";
import { availableParallelism, constants } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Ctrl-C arrives here twice: from the terminal, and from npm, which passes on what it got itself. Two of the same
 * within this time are one; a later one is a person who has lost patience.
 */
const echoMs = 300;
/** How often is looked for whether whoever started this is still there. */
const parentCheckMs = 250;

const stopWithParent = fileURLToPath(new URL("./stop-with-parent.mjs", import.meta.url));

/**
 * Runs a Node program with this terminal's input and output until it ends, and resolves to its exit code. The child
 * is in its own process group, so that it gets each signal exactly once, from here; a second one kills it. Between npm and
 * this process stands a shell that passes no signal on and dies of it: a parent that is gone is a signal to stop, too.
 * @param {string} root
 * @param {string[]} args
 * @param {Record<string, string>} [variables]
 * @param {string} [node] Another Node than this one.
 * @returns {Promise<number>}
 */
export function runSupervised(root, args, variables = {}, node = process.execPath) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, ["--import", stopWithParent, ...args], {
      cwd: root,
      stdio: ["inherit", "inherit", "inherit", "ipc"],
      detached: process.platform !== "win32",
      env: {
        // One RSA signature takes a quarter of a millisecond on a thread of this pool; its default is four threads.
        UV_THREADPOOL_SIZE: String(availableParallelism()),
        // From Node 22 on, what was compiled once is not compiled at each start.
        NODE_COMPILE_CACHE: join(root, "node_modules/.cache/compile"),
        ...process.env,
        ...variables,
      },
    });
    let lastSignalMs = -Infinity;
    let stopping = false;
    /** @param {NodeJS.Signals} signal */
    const pass = (signal) => {
      const now = performance.now();
      const isEcho = now - lastSignalMs < echoMs;
      lastSignalMs = now;
      if (stopping && isEcho) return;
      child.kill(stopping ? "SIGKILL" : signal === "SIGHUP" ? "SIGTERM" : signal);
      stopping = true;
    };
    const signals = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);
    for (const signal of signals) process.on(signal, pass);
    const parent = process.ppid;
    const parentCheck = setInterval(() => {
      if (process.ppid !== parent && !stopping) pass("SIGTERM");
    }, parentCheckMs);
    parentCheck.unref();
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      clearInterval(parentCheck);
      for (const name of signals) process.off(name, pass);
      resolve(code ?? 128 + constants.signals[signal ?? "SIGTERM"]);
    });
  });
}
