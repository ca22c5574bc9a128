import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { filesOfProject, textOf } from "./source-files.mjs";

const english = "README.md";
const chinese = "README.zh-CN.md";

/** The two READMEs say the same, and links lead somewhere. @param {string} root @returns {import("../check.mjs").Findings} */
export function prose(root) {
  const links = filesOfProject(root)
    .filter((path) => path.endsWith(".md"))
    .flatMap((path) => brokenLinks(root, path));
  const missing = [english, chinese].filter((path) => !existsSync(join(root, path)));
  if (missing.length > 0) return { problems: links, skipped: `${missing.join(" and ")} not written yet; links were checked` };
  return { problems: [...readmeDifferences(textOf(root, english), textOf(root, chinese)), ...links] };
}

/** @param {string} text */
function partsOf(text) {
  /** @type {string[]} */
  const headings = [];
  /** @type {string[]} */
  const blocks = [];
  /** @type {string[]} */
  const prose = [];
  /** @type {{ fence: string, lines: string[] } | undefined} */
  let open;
  for (const line of text.split("\n")) {
    const fence = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    if (open !== undefined) {
      if (fence !== undefined && fence.startsWith(open.fence) && line.trim() === fence) {
        blocks.push(open.lines.join("\n"));
        open = undefined;
      } else open.lines.push(line);
    } else if (fence !== undefined) open = { fence, lines: [line.trim()] };
    else {
      if (/^#{1,6}\s/.test(line)) headings.push(line);
      prose.push(line);
    }
  }
  return { headings, blocks, prose: prose.join("\n") };
}

/** @param {string} first @param {string} second */
function readmeDifferences(first, second) {
  const a = partsOf(first);
  const b = partsOf(second);
  const problems = [];
  if (a.headings.length !== b.headings.length) {
    problems.push(`${english} has ${a.headings.length} headings, ${chinese} ${b.headings.length}`);
  }
  const count = Math.max(a.blocks.length, b.blocks.length);
  const different = Array.from({ length: count }, (_, index) => index).find((index) => a.blocks[index] !== b.blocks[index]);
  if (different !== undefined) problems.push(`code block ${different + 1} of ${english} and ${chinese} differ`);
  return problems;
}

/** @param {string} root @param {string} path */
function brokenLinks(root, path) {
  const text = partsOf(textOf(root, path)).prose.replaceAll(/(`+)[^`].*?\1/g, "");
  const targets = [
    ...text.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+["'(][^)]*)?\)/g),
    ...text.matchAll(/^\s{0,3}\[[^\]]+\]:\s*<?(\S+?)>?(?:\s|$)/gm),
    ...text.matchAll(/<(?:a|img)\s[^>]*?(?:href|src)="([^"]+)"/g),
  ].map((match) => match[1] ?? "");
  return targets
    .filter((target) => !/^(?:[a-z][a-z\d+.-]*:|\/\/|#)/i.test(target))
    .filter((target) => !existsSync(pathOf(root, path, target)))
    .map((target) => `${path} links to ${target}, which does not exist`);
}

/** @param {string} root @param {string} path @param {string} target */
function pathOf(root, path, target) {
  const file = decodeURI(target.replace(/[?#].*$/, ""));
  return file.startsWith("/") ? join(root, file) : join(root, dirname(path), file);
}
