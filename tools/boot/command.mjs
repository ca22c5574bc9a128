import { bench } from "./bench.mjs";
import { buildIfChanged } from "./build.mjs";
import { buildWebIfChanged } from "./build-web.mjs";
import { Failure } from "./failure.mjs";
import { installIfChanged } from "./install.mjs";
import { prepare } from "./prepare.mjs";
import { commandOf } from "./package-command.mjs";
import { runToolAfterBuild } from "./run-tool.mjs";
import { start } from "./start.mjs";
import { runSupervised } from "./supervised-process.mjs";
import { test } from "./test.mjs";

/** @typedef {(root: string, args: string[]) => Promise<number>} Command Resolves to the exit code. */

/** @type {Record<string, Command>} */
const commands = {
  start,
  test,
  bench,
  async build(root) {
    await prepare(root, [installIfChanged, buildIfChanged, buildWebIfChanged]);
    return 0;
  },
  async check(root, args) {
    await prepare(root, [installIfChanged]);
    const { check } = await import("../check.mjs");
    return check(root, args);
  },
  async format(root) {
    await prepare(root, [installIfChanged]);
    const { formatted } = await import("../check/format.mjs");
    return runSupervised(root, [commandOf(root, "prettier", "prettier"), "--write", "--log-level=warn", ...formatted]);
  },
  derive: (root, args) => runToolAfterBuild(root, "derive.mjs", args),
  async screenshots(root, args) {
    await prepare(root, [installIfChanged, buildIfChanged, buildWebIfChanged]);
    return runToolAfterBuild(root, "screenshots.mjs", args);
  },
  "pack-sdk": (root, args) => runToolAfterBuild(root, "pack-sdk.mjs", args),
};

/**
 * @param {string} root
 * @param {string[]} words The command and its arguments.
 */
export async function runCommand(root, words) {
  const [name = "", ...args] = words;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    process.stderr.write(`Unknown command "${name}". One of: ${Object.keys(commands).join(", ")}.\n`);
    process.exitCode = 2;
    return;
  }
  try {
    process.exitCode = await command(root, args);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
