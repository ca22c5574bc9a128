import { existsSync } from "node:fs";
import { join } from "node:path";
import { buildIfChanged } from "./build.mjs";
import { buildWebIfChanged } from "./build-web.mjs";
import { Failure } from "./failure.mjs";
import { installIfChanged } from "./install.mjs";
import { prepare } from "./prepare.mjs";
import { runSupervised } from "./supervised-process.mjs";

/** @param {string} root @param {string[]} args */
export async function start(root, args) {
  await prepare(root, [installIfChanged, buildIfChanged, buildWebIfChanged]);
  const main = join(root, "dist", "main.js");
  if (!existsSync(main)) throw new Failure("There is nothing to start: src/main.ts is missing.");
  return runSupervised(root, [main, ...args]);
}
