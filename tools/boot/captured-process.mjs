import { spawn } from "node:child_process";

/** More than npm or tsc ever print; what comes later is dropped, the beginning tells the cause. */
const outputLimit = 1_000_000;

/**
 * Runs a program to its end and keeps what it prints.
 * @param {string} command
 * @param {string[]} args
 * @param {import("node:child_process").SpawnOptions} options
 * @returns {Promise<{ code: number, output: string }>}
 */
export function runCaptured(command, args, options) {
  return new Promise((resolve) => {
    let output = "";
    /** @param {Buffer} chunk */
    const keep = (chunk) => {
      if (output.length < outputLimit) output += chunk.toString();
    };
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    // Ctrl-C reaches the child by itself; a signal sent to this process alone is passed on, then obeyed.
    const stops = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]).map((signal) => {
      const stop = () => {
        child.kill(signal);
        process.exit(signal === "SIGINT" ? 130 : 143);
      };
      process.once(signal, stop);
      return () => process.off(signal, stop);
    });
    /** @param {number} code */
    const finish = (code) => {
      for (const stop of stops) stop();
      resolve({ code, output });
    };
    child.stdout?.on("data", keep);
    child.stderr?.on("data", keep);
    child.on("error", (error) => {
      output += String(error);
      finish(127);
    });
    child.on("close", (code) => finish(code ?? 1));
  });
}
