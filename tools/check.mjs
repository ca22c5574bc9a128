/**
 * Everything about this repository that a machine can hold to, beside its tests.
 *
 *   npm run check            all of it
 *   npm run check -- sql     one, by name
 */
import { dirname } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { dead } from "./check/dead.mjs";
import { format } from "./check/format.mjs";
import { imports } from "./check/imports.mjs";
import { lint } from "./check/lint.mjs";
import { lock } from "./check/lock.mjs";
import { patterns } from "./check/patterns.mjs";
import { prose } from "./check/prose.mjs";
import { purity } from "./check/purity.mjs";
import { secrets } from "./check/secrets.mjs";
import { sizes } from "./check/sizes.mjs";
import { sql } from "./check/sql.mjs";
import { types } from "./check/types.mjs";

/**
 * What a check found. `problems` fail it; `remarks` are worth a look; `skipped` says why there was nothing to check.
 * @typedef {{ problems: string[], remarks?: string[], skipped?: string }} Findings
 * @typedef {(root: string) => Findings | Promise<Findings>} Check
 * @typedef {{ name: string, state: "ok" | "failed" | "skipped", lines: string[], seconds: number }} Result
 */

/** @type {Record<string, Check>} */
const checks = { types, purity, lint, format, imports, dead, patterns, sql, lock, sizes, secrets, prose };

/** More than these hide the first, which is the one to read. */
const linesShown = 60;

/**
 * All run, also after one has failed.
 * @param {string} root
 * @param {string[]} names None means all.
 * @returns {Promise<Result[]>}
 */
export async function runChecks(root, names) {
  const chosen = Object.entries(checks).filter(([name]) => names.length === 0 || names.includes(name));
  return Promise.all(chosen.map(([name, check]) => runCheck(name, check, root)));
}

/** @param {string} name @param {Check} check @param {string} root @returns {Promise<Result>} */
async function runCheck(name, check, root) {
  const startedAt = performance.now();
  /** @type {Findings} */
  let findings;
  try {
    findings = await check(root);
  } catch (error) {
    findings = { problems: [`the check itself broke: ${error instanceof Error ? error.stack : String(error)}`] };
  }
  const { problems, remarks = [], skipped } = findings;
  const seconds = (performance.now() - startedAt) / 1_000;
  const lines = [...problems, ...remarks.map((remark) => `(${remark})`)];
  if (problems.length > 0) return { name, state: "failed", lines, seconds };
  if (skipped !== undefined) return { name, state: "skipped", lines: [skipped, ...lines], seconds };
  return { name, state: "ok", lines, seconds };
}

/** @param {Result} result */
export function printResult({ name, state, lines, seconds }) {
  const hidden = lines.length - linesShown;
  const shown = lines.slice(0, linesShown).map((line) => `    ${line.replaceAll("\n", "\n    ")}`);
  if (hidden > 0) shown.push(`    … and ${hidden} more`);
  process.stdout.write(`${[`${state.padEnd(7)} ${name.padEnd(8)} ${seconds.toFixed(1)} s`, ...shown].join("\n")}\n`);
}

/** @param {string} root @param {string[]} names @returns {Promise<number>} The exit code. */
export async function check(root, names) {
  const unknown = names.filter((name) => !Object.hasOwn(checks, name));
  if (unknown.length > 0) {
    process.stderr.write(`No check named ${unknown.join(", ")}. The checks: ${Object.keys(checks).join(", ")}.\n`);
    return 2;
  }
  const results = await runChecks(root, names);
  for (const result of results) printResult(result);
  return results.some((result) => result.state === "failed") ? 1 : 0;
}

const thisFile = fileURLToPath(import.meta.url);
if (argv[1] === thisFile) process.exitCode = await check(dirname(dirname(thisFile)), argv.slice(2));
