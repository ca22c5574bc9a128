import { existsSync } from "node:fs";
import { join } from "node:path";
import { filesBelow } from "./build.mjs";
import { runCaptured } from "./captured-process.mjs";
import { Failure } from "./failure.mjs";
import { commandOf } from "./package-command.mjs";
import { contentOf, hashOf, readStamp, removeStamp, writeStamp } from "./stamp.mjs";

const stampName = "built-web";

/** The console's pages, bundled when web/ changed, or a file of src/ that is in them. @param {string} root @returns {import("./prepare.mjs").Step} */
export function buildWebIfChanged(root) {
  const stamp = () =>
    hashOf([
      contentOf(join(root, "package-lock.json")),
      ...[...filesBelow(join(root, "web")).map((path) => `web/${path}`), ...inputsFromSource(root)].flatMap((path) => [
        path,
        contentOf(join(root, path)),
      ]),
    ]);
  return {
    doing: "building the console",
    done: "console built",
    // A package without pages, as the tests make them, has none to build.
    isCurrent: () =>
      !existsSync(join(root, "web")) ||
      (existsSync(join(root, "dist", "web", "index.html")) && readStamp(root, stampName) === stamp()),
    async run() {
      removeStamp(root, stampName);
      const args = [commandOf(root, "vite", "vite"), "build", "--config", join("web", "vite.config.mjs")];
      const { code, output } = await runCaptured(process.execPath, args, { cwd: root });
      if (code !== 0) throw new Failure(`${output.trim()}\n\nThe build of web/ failed: Vite's messages are above.`);
      writeStamp(root, stampName, stamp());
      return [];
    },
  };
}

/** As the build before wrote them down; none before the first. @param {string} root @returns {string[]} */
function inputsFromSource(root) {
  const listed = contentOf(join(root, "dist", "web", "inputs.json")).toString();
  return listed === "" ? [] : JSON.parse(listed);
}
