import { analyse } from "scslre";
import { filesIn, textOf } from "./source-files.mjs";
import { tokensOf } from "./source-tokens.mjs";

/**
 * Every regular expression of src/ takes time in proportion to its text: none can take the same characters in two ways
 * that it would have to try one after the other, and none begins anew at each character of a run.
 * @param {string} root
 * @returns {import("../check.mjs").Findings}
 */
export function patterns(root) {
  return { problems: filesIn(root, "src", /\.ts$/).flatMap((path) => problemsOf(path, textOf(root, path))) };
}

/** @param {string} path @param {string} text @returns {string[]} */
function problemsOf(path, text) {
  return tokensOf(text).flatMap((token, at, tokens) => {
    if (token.kind === "regex")
      return problemsOfPattern(token.text).map((problem) => `${path}:${token.line} ${problem}`);
    // One put together at run time is out of sight here; a literal name of a class is not made one.
    const isMade = token.kind === "word" && token.text === "RegExp" && tokens[at + 1]?.text === "(";
    return isMade
      ? [
          `${path}:${token.line} a pattern is put together at run time, where nothing can judge it: write it as a literal`,
        ]
      : [];
  });
}

/** @param {string} literal @returns {string[]} */
function problemsOfPattern(literal) {
  const end = literal.lastIndexOf("/");
  const { reports } = analyse({ source: literal.slice(1, end), flags: literal.slice(end + 1) });
  const problems = reports.map(
    (report) => `${literal} is ${report.exponential ? "exponential" : "quadratic"} or worse: ${reasons[report.type]}`,
  );
  return [...new Set(problems)];
}

const reasons = {
  Trade: "two of its repetitions can take the same characters",
  Self: "one of its repetitions can take the same characters in several ways",
  Move: "it begins anew at every character that its first repetition takes",
};
