import { runTypeScript } from "../boot/package-command.mjs";

/** Types of everything: src, test, bench, tools, examples. @type {import("../check.mjs").Check} */
export async function types(root) {
  const { code, output } = await runTypeScript(root, ["-p", "tsconfig.json"]);
  return { problems: code === 0 ? [] : messagesIn(output) };
}

/** @param {string} output */
export function messagesIn(output) {
  return output.trim().split(/\n(?!\s)/);
}
