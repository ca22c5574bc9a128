import { runCaptured } from "../boot/captured-process.mjs";
import { commandOf } from "../boot/package-command.mjs";

/** What is code; documents and SQL are written by hand. */
export const formatted = ["{src,web,test,bench,tools,examples}/**/*.{ts,tsx,mjs,css}", "*.config.ts"];

/** The width is in .prettierrc.json. `npm run format` writes what this asks for. @type {import("../check.mjs").Check} */
export async function format(root) {
  const prettier = commandOf(root, "prettier", "prettier");
  const args = [prettier, "--list-different", "--no-error-on-unmatched-pattern", ...formatted];
  const { code, output } = await runCaptured(process.execPath, args, { cwd: root });
  if (code === 0) return { problems: [] };
  const files = output
    .trim()
    .split("\n")
    .filter((line) => line !== "");
  return { problems: files.map((file) => `${file} is not formatted; npm run format does it`) };
}
