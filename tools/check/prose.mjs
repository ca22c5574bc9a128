import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { filesOfProject, textOf } from "./source-files.mjs";

const english = "README.md";
const chinese = "README.zh-CN.md";
const readmeLines = 120;

/** The READMEs, and every page of docs/ that there is in both languages, say the same; the READMEs are short; links lead somewhere. @param {string} root @returns {import("../check.mjs").Findings} */
export function prose(root) {
  const pages = filesOfProject(root).filter((path) => path.endsWith(".md"));
  const links = pages.flatMap((path) => brokenLinks(root, path));
  const missing = [english, chinese].filter((path) => !existsSync(join(root, path)));
  if (missing.length > 0)
    return { problems: links, skipped: `${missing.join(" and ")} not written yet; links were checked` };
  const pairs = pages
    .filter((path) => path.endsWith(".zh-CN.md"))
    .map((path) => [path.replace(".zh-CN.md", ".md"), path]);
  const differences = pairs.flatMap(([first = "", second = ""]) =>
    existsSync(join(root, first)) ? differencesOf(root, first, second) : [`${second} is the translation of no page`],
  );
  const long = [english, chinese].filter((path) => textOf(root, path).trimEnd().split("\n").length > readmeLines);
  return {
    problems: [
      ...differences,
      ...long.map((path) => `${path} has more than ${readmeLines} lines: details belong in docs/`),
      ...links,
    ],
  };
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

/** @param {string} root @param {string} first @param {string} second Paths of a page in English and in Chinese. */
function differencesOf(root, first, second) {
  const a = partsOf(textOf(root, first));
  const b = partsOf(textOf(root, second));
  const problems = [];
  if (a.headings.length !== b.headings.length) {
    problems.push(`${first} has ${a.headings.length} headings, ${second} ${b.headings.length}`);
  }
  const count = Math.max(a.blocks.length, b.blocks.length);
  const different = Array.from({ length: count }, (_, index) => index).find(
    (index) => a.blocks[index] !== b.blocks[index],
  );
  if (different !== undefined) problems.push(`code block ${different + 1} of ${first} and ${second} differ`);
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
