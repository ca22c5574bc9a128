import { runTypeScript } from "../boot/package-command.mjs";

/** Types of everything: src, test, bench, tools, examples, web. @type {import("../check.mjs").Check} */
export async function types(root) {
  const problems = [];
  for (const config of ["tsconfig.json", "web/tsconfig.json"]) {
    const { code, output } = await runTypeScript(root, ["-p", config]);
    if (code !== 0) problems.push(...messagesIn(output));
  }
  return { problems };
}

/** @param {string} output */
export function messagesIn(output) {
  return output.trim().split(/\n(?!\s)/);
}
