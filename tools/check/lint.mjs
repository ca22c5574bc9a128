import { existsSync } from "node:fs";
import { join } from "node:path";
import { runCaptured } from "../boot/captured-process.mjs";
import { commandOf } from "../boot/package-command.mjs";

const folders = ["src", "web", "test", "bench", "tools", "examples", "vitest.config.ts"];

/** The rules are in .oxlintrc.json. @type {import("../check.mjs").Check} */
export async function lint(root) {
  const present = folders.filter((folder) => existsSync(join(root, folder)));
  const args = [
    commandOf(root, "oxlint", "oxlint"),
    "--deny-warnings",
    "--report-unused-disable-directives",
    "--format=unix",
    ...present,
  ];
  const { code, output } = await runCaptured(process.execPath, args, { cwd: root });
  return {
    problems:
      code === 0
        ? []
        : output
            .trim()
            .split("\n")
            .filter((line) => line !== ""),
  };
}
