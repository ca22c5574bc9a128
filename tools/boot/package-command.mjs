import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runCaptured } from "./captured-process.mjs";
import { Failure } from "./failure.mjs";

/**
 * Runs the checkout's own TypeScript compiler.
 * @param {string} root
 * @param {string[]} args
 */
export function runTypeScript(root, args) {
  return runCaptured(process.execPath, [commandOf(root, "typescript", "tsc"), ...args, "--pretty", "false"], {
    cwd: root,
  });
}

/**
 * The file behind a package's command, from its own manifest: node_modules/.bin holds shell scripts on some systems.
 * @param {string} root
 * @param {string} packageName
 * @param {string} command
 */
export function commandOf(root, packageName, command) {
  const folder = join(root, "node_modules", packageName);
  if (!existsSync(folder)) throw new Failure(`${packageName} is not installed: run \`npm ci --ignore-scripts\`.`);
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return join(folder, typeof bin === "string" ? bin : bin[command]);
}
