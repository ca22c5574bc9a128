import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buildIfChanged, filesBelow } from "./build.mjs";
import { Failure } from "./failure.mjs";
import { installIfChanged } from "./install.mjs";
import { runTypeScript } from "./package-command.mjs";
import { prepare } from "./prepare.mjs";
import { contentOf, hashOf, readStamp, removeStamp, writeStamp } from "./stamp.mjs";
import { runSupervised } from "./supervised-process.mjs";

const stampName = "built-bench";

/** @param {string} root @param {string[]} args The benchmark's name, then its own arguments. */
export async function bench(root, args) {
  const [name = "", ...rest] = args;
  const names = namesIn(root);
  if (!names.includes(name)) {
    throw new Failure(
      `${name === "" ? "Which benchmark?" : `There is no benchmark "${name}".`} One of: ${names.join(", ") || "none yet"}.`,
    );
  }
  await prepare(root, [installIfChanged, buildIfChanged, buildBenchIfChanged]);
  return runSupervised(root, [join(root, "dist", "bench", `${name}.js`), ...rest]);
}

/** One file a question; what several share lies in a folder beside them. @param {string} root */
function namesIn(root) {
  const folder = join(root, "bench");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"))
    .map((file) => file.slice(0, -".ts".length))
    .toSorted();
}

/** @param {string} root @returns {import("./prepare.mjs").Step} */
function buildBenchIfChanged(root) {
  const sources = filesBelow(join(root, "bench"));
  const stamp = () => hashOf(sources.flatMap((source) => [source, contentOf(join(root, "bench", source))]));
  return {
    doing: "building bench",
    done: "built bench",
    isCurrent: () => readStamp(root, stampName) === stamp() && existsSync(join(root, "dist", "bench")),
    async run() {
      removeStamp(root, stampName);
      const before = stamp();
      rmSync(join(root, "dist", "bench"), { recursive: true, force: true });
      // Here types are only erased, file by file; following imports would compile src/ a second time into dist/bench.
      // The check named `types` is what checks them.
      const erase = ["--noEmit", "false", "--noCheck", "--noResolve", "--rootDir", "bench"];
      const { code, output } = await runTypeScript(root, ["-p", "bench/tsconfig.json", ...erase]);
      if (code !== 0) throw new Failure(`${output.trim()}\n\nBuilding the benchmarks failed.`);
      writeStamp(root, stampName, before);
      return [];
    },
  };
}
