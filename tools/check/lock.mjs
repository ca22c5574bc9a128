import { textOf } from "./source-files.mjs";

/** Packages with an install script that work without it, and why. Nothing here runs install scripts. @type {Record<string, string>} */
const worksWithoutItsScript = {};

const publicRegistry = "https://registry.npmjs.org/";
const exactVersion = /^\d+\.\d+\.\d+(?:-[\w.-]+)?$/;
const directFields = ["dependencies", "devDependencies", "optionalDependencies"];

/** @typedef {Record<string, any>} Entry One package of the lock; JSON of npm's making. */

/** package-lock.json installs the same, from the public registry, on every platform. @param {string} root @returns {import("../check.mjs").Findings} */
export function lock(root) {
  const manifest = JSON.parse(textOf(root, "package.json"));
  /** @type {Record<string, Entry>} */
  const packages = JSON.parse(textOf(root, "package-lock.json")).packages;
  return {
    problems: [
      ...directVersions(manifest, packages[""] ?? {}),
      ...Object.entries(packages).flatMap(([path, entry]) => (path === "" ? [] : entryProblems(path, entry, packages))),
    ],
  };
}

/** @param {Entry} manifest @param {Entry} lockRoot */
function directVersions(manifest, lockRoot) {
  return directFields.flatMap((field) => {
    /** @type {[string, string][]} */
    const direct = Object.entries(manifest[field] ?? {});
    const loose = direct.filter(([, version]) => !exactVersion.test(version));
    const differs = JSON.stringify(sorted(manifest[field])) !== JSON.stringify(sorted(lockRoot[field]));
    return [
      ...loose.map(([name, version]) => `package.json: ${name} is "${version}", not one exact version`),
      ...(differs ? [`package-lock.json was made for other ${field} than package.json has: run npm install`] : []),
    ];
  });
}

/** @param {Record<string, string> | undefined} versions */
function sorted(versions) {
  return Object.entries(versions ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** @param {string} path @param {Entry} entry @param {Record<string, Entry>} packages */
function entryProblems(path, entry, packages) {
  const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
  const problems = [];
  for (const [optional, range] of Object.entries(entry["optionalDependencies"] ?? {})) {
    const found = resolve(path, optional, packages);
    if (found === undefined)
      problems.push(`${path} may need ${optional} ${range}, which has no entry: npm ci refuses on its platform`);
    else if (exactVersion.test(range) && found["version"] !== range) {
      problems.push(`${path} may need ${optional} ${range}, but the entry is ${found["version"]}`);
    }
  }
  if (entry["hasInstallScript"] === true && entry["dev"] !== true && !(name in worksWithoutItsScript)) {
    problems.push(
      `${path} has an install script; scripts are not run: show that it works without, and say so in tools/check/lock.mjs`,
    );
  }
  if (entry["resolved"] !== undefined && entry["link"] !== true && !entry["resolved"].startsWith(publicRegistry)) {
    problems.push(`${path} is fetched from ${entry["resolved"]}, not from the public registry`);
  }
  if (entry["link"] !== true && entry["integrity"] === undefined) problems.push(`${path} has no integrity hash`);
  return problems;
}

/**
 * As Node resolves: the package's own node_modules first, then its parents'.
 * @param {string} path
 * @param {string} name
 * @param {Record<string, Entry>} packages
 */
function resolve(path, name, packages) {
  for (let base = path; ; base = base.slice(0, Math.max(base.lastIndexOf("node_modules/"), 0)).replace(/\/$/, "")) {
    const found = packages[`${base === "" ? "" : `${base}/`}node_modules/${name}`];
    if (found !== undefined || base === "") return found;
  }
}
