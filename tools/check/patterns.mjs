import { analyse } from "scslre";
import { filesIn, textOf } from "./source-files.mjs";
import { isNode, placesIn } from "./syntax.mjs";

/**
 * Every regular expression of src/ and web/ takes time in proportion to its text: none can take the same characters in two
 * ways that it would have to try one after the other, and none begins anew at each character of a run.
 * @param {string} root
 * @returns {import("../check.mjs").Findings}
 */
export function patterns(root) {
  const files = ["src", "web"].flatMap((folder) => filesIn(root, folder, /\.tsx?$/));
  return { problems: files.flatMap((path) => problemsOf(path, textOf(root, path))) };
}

/** Its patterns are literals of the methods' specs, judged where they stand; the pages get them as texts. */
const specPatternFile = "web/wire/spec-pattern.ts";

/** @param {string} path @param {string} text @returns {string[]} */
function problemsOf(path, text) {
  return placesIn(text, path).flatMap(({ node, line }) => {
    const { regex } = node;
    if (regex !== undefined) return problemsOfPattern(regex).map((problem) => `${path}:${line} ${problem}`);
    const made = node.type === "NewExpression" || node.type === "CallExpression" ? node.callee : undefined;
    return isNode(made) && made.name === "RegExp" && path !== specPatternFile
      ? [`${path}:${line} a pattern is put together at run time, where nothing can judge it: write it as a literal`]
      : [];
  });
}

/** @param {{ pattern: string, flags: string }} regex @returns {string[]} */
function problemsOfPattern({ pattern, flags }) {
  const { reports } = analyse({ source: pattern, flags });
  const problems = reports.map(
    (report) =>
      `/${pattern}/${flags} is ${report.exponential ? "exponential" : "quadratic"} or worse: ${reasons[report.type]}`,
  );
  return [...new Set(problems)];
}

const reasons = {
  Trade: "two of its repetitions can take the same characters",
  Self: "one of its repetitions can take the same characters in several ways",
  Move: "it begins anew at every character that its first repetition takes",
};
