import { existsSync } from "node:fs";
import { join } from "node:path";
import { buildIfChanged } from "./build.mjs";
import { Failure } from "./failure.mjs";
import { installIfChanged } from "./install.mjs";
import { prepare } from "./prepare.mjs";
import { runSupervised } from "./supervised-process.mjs";

/** A tool that reads the product's own code, and so needs it built. @param {string} root @param {string} fileName @param {string[]} args */
export async function runToolAfterBuild(root, fileName, args) {
  const tool = join(root, "tools", fileName);
  if (!existsSync(tool)) throw new Failure(`tools/${fileName} does not exist.`);
  await prepare(root, [installIfChanged, buildIfChanged]);
  return runSupervised(root, [tool, ...args]);
}
