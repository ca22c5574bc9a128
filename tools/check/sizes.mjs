import { filesIn, textOf } from "./source-files.mjs";

const lookLines = 300;
const limitLines = 400;

/** One file holds one thing. @param {string} root @returns {import("../check.mjs").Findings} */
export function sizes(root) {
  /** @type {string[]} */
  const problems = [];
  /** @type {string[]} */
  const remarks = [];
  for (const path of [...filesIn(root, "src", /\.(ts|sql)$/), ...filesIn(root, "web", /\.tsx?$/)]) {
    const lines = textOf(root, path).trimEnd().split("\n").length;
    if (lines > limitLines)
      problems.push(`${path} has ${lines} lines, more than ${limitLines}: it holds more than one thing`);
    else if (lines > lookLines) remarks.push(`${path} has ${lines} lines: a place to look`);
  }
  return { problems, remarks };
}
