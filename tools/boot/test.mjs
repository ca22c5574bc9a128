import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildIfChanged } from "./build.mjs";
import { buildWebIfChanged } from "./build-web.mjs";
import { Failure } from "./failure.mjs";
import { installIfChanged } from "./install.mjs";
import { commandOf } from "./package-command.mjs";
import { prepare } from "./prepare.mjs";
import { installRecommendedNode, recommendedMajor } from "./recommended-node.mjs";
import { say } from "./progress.mjs";
import { contentOf } from "./stamp.mjs";
import { runSupervised } from "./supervised-process.mjs";

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * Everything that must hold: the build, each check, each test. All of it counts in the closing line, where a check is
 * one test, and a build that fails, a test run that breaks off and a run without a test are one failed test each.
 * @param {string} root
 * @param {string[]} args Passed to vitest: `npm test -- test/unit` runs a part of the tests.
 */
export async function test(root, args) {
  const parts = [await prepareCounted(root)];
  if (parts[0]?.failed === 0) {
    parts.push(await checkCounted(root), await runTests(root, args));
    if (args.length === 0) parts.push(await runOnRecommendedNode(root));
  }
  const total = parts.reduce((sum, part) => add(sum, part));
  process.stdout.write(`${closingLine(total)}\n`);
  return total.failed === 0 ? 0 : 1;
}

/** @param {Counts} counts */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** @param {string} root @returns {Promise<Counts>} */
async function prepareCounted(root) {
  try {
    await prepare(root, [installIfChanged, buildIfChanged, buildWebIfChanged]);
    return { passed: 0, failed: 0, skipped: 0 };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    say(error.message);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

/** @param {string} root @returns {Promise<Counts>} */
async function checkCounted(root) {
  const { runChecks, printResult } = await import("../check.mjs");
  const results = await runChecks(root, []);
  for (const result of results) printResult(result);
  /** @param {"ok" | "failed" | "skipped"} state */
  const count = (state) => results.filter((result) => result.state === state).length;
  return { passed: count("ok"), failed: count("failed"), skipped: count("skipped") };
}

/** The tests that tell one Node from another: what is pure, and the wire. Elsewhere than in CI they are skipped, and say so. @param {string} root @returns {Promise<Counts>} */
async function runOnRecommendedNode(root) {
  const major = recommendedMajor(root);
  if (Number(process.versions.node.split(".")[0]) >= major) return { passed: 0, failed: 0, skipped: 0 };
  if (process.env["CI"] !== "true") {
    say(`The unit and wire tests under Node ${major} run in CI alone (CI=true npm test).`);
    return { passed: 0, failed: 0, skipped: 1 };
  }
  const node = await installRecommendedNode(root);
  if ("missing" in node) {
    say(`Node ${major} could not be had: ${node.missing}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  say(`The unit and wire tests again, under Node ${major}:`);
  return runTests(root, ["test/unit", "test/wire", "--reporter=dot"], node.path);
}

/** @param {string} root @param {string[]} args @param {string} [node] @returns {Promise<Counts>} */
async function runTests(root, args, node) {
  const folder = mkdtempSync(join(tmpdir(), "kaimen-test-counts-"));
  const file = join(folder, "counts.json");
  try {
    const reporters = args.some((arg) => arg.startsWith("--reporter")) ? [] : ["--reporter=default"];
    const vitest = commandOf(root, "vitest", "vitest");
    const code = await runSupervised(
      root,
      [vitest, "run", ...reporters, "--reporter=./tools/closing-line.mjs", ...args],
      {
        KAIMEN_TEST_COUNTS: file,
      },
      node,
    );
    const text = contentOf(file).toString();
    /** @type {Counts} */
    const counts = text === "" ? { passed: 0, failed: 0, skipped: 0 } : JSON.parse(text);
    return counts.failed > 0 ? counts : { ...counts, failed: unseenFailures(counts, code) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {Counts} counts @param {number} code */
function unseenFailures(counts, code) {
  if (counts.passed === 0) say("No test ran to its end.");
  else if (code !== 0) say(`Every test passed, but the test run ended with exit code ${code}.`);
  return counts.passed === 0 || code !== 0 ? 1 : 0;
}

/** @param {Counts} a @param {Counts} b @returns {Counts} */
function add(a, b) {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}
