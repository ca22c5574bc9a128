/**
 * What every npm script calls: makes the checkout ready (install, build), then does what was asked.
 *
 *   node tools/boot.mjs start|test|build|check|derive|bench [arguments]
 *
 * It runs on a bare clone, so nothing here may import a package. This file itself must also parse on a Node too old
 * for everything else, or nobody would read the message below.
 */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const neededMajor = 20;
const neededMinor = 19;
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < neededMajor || (major === neededMajor && minor < neededMinor)) {
  process.stderr.write(
    `Kaimen needs Node ${neededMajor}.${neededMinor} or newer, and this is Node ${process.versions.node} (${process.execPath}).\n` +
      "Get one from https://nodejs.org, or run `nvm install` here: .nvmrc names a version that works.\n",
  );
  process.exitCode = 1;
} else {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  import("./boot/command.mjs").then(({ runCommand }) => runCommand(root, process.argv.slice(2)));
}
