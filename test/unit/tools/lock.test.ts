import { expect, test } from "vitest";
import { lock } from "../../../tools/check/lock.mjs";
import { fixtureTree } from "./fixture-tree.ts";

interface Entry {
  version: string;
  integrity?: string;
  [field: string]: unknown;
}

const dependencies = { a: "1.0.0" };
const integrity = "sha512-0";

function problemsOf(
  packages: Record<string, Entry>,
  direct: Record<string, string> = dependencies,
  locked = direct,
): string[] {
  return lock(
    fixtureTree({
      "package.json": JSON.stringify({ dependencies: direct }),
      "package-lock.json": JSON.stringify({ packages: { "": { dependencies: locked }, ...packages } }),
    }),
  ).problems;
}

test("optional packages are found where Node would find them: nested first, then further out", () => {
  const problems = problemsOf({
    "node_modules/a": { version: "1.0.0", integrity, resolved: "https://registry.npmjs.org/a/-/a-1.0.0.tgz" },
    "node_modules/a/node_modules/b": {
      version: "1.0.0",
      integrity,
      optionalDependencies: { c: "2.0.0", "@s/d": "^1.0.0" },
    },
    "node_modules/a/node_modules/c": { version: "2.0.0", integrity, optional: true },
    "node_modules/c": { version: "1.0.0", integrity },
    "node_modules/@s/d": { version: "1.2.0", integrity },
  });
  expect(problems).toEqual([]);
});

const refused: [name: string, problem: string, entry: Entry][] = [
  [
    "an optional package without an entry",
    "may need c 2.0.0, which has no entry",
    { version: "1.0.0", integrity, optionalDependencies: { c: "2.0.0" } },
  ],
  [
    "an optional package of another version",
    "but the entry is 1.0.0",
    { version: "1.0.0", integrity, optionalDependencies: { e: "2.0.0" } },
  ],
  [
    "a package with an install script",
    "has an install script",
    { version: "1.0.0", integrity, hasInstallScript: true },
  ],
  [
    "another registry",
    "not from the public registry",
    { version: "1.0.0", integrity, resolved: "https://mirror.example/a.tgz" },
  ],
  [
    "a package from git",
    "not from the public registry",
    { version: "1.0.0", integrity, resolved: "git+ssh://git@github.com/a/a.git#1" },
  ],
  ["no integrity hash", "no integrity hash", { version: "1.0.0" }],
];

test.each(refused)("%s is refused", (_name, problem, entry) => {
  const nested = "node_modules/b/node_modules/c"; // Of another package: it is not what `a` would get.
  const packages = {
    "node_modules/a": entry,
    "node_modules/e": { version: "1.0.0", integrity },
    [nested]: { version: "2.0.0", integrity },
  };
  expect(problemsOf(packages)).toEqual([expect.stringContaining(problem)]);
});

test("the install script of a development dependency passes: it is not run", () => {
  expect(problemsOf({ "node_modules/a": { version: "1.0.0", integrity, dev: true, hasInstallScript: true } })).toEqual(
    [],
  );
});

test.each(["^1.0.0", "1.0", "*", "latest", "file:../a"])(
  "a direct dependency on %s is refused: not one exact version",
  (version) => {
    expect(problemsOf({}, { a: version })).toEqual([expect.stringContaining("not one exact version")]);
  },
);

test("a lock made for another package.json is refused", () => {
  expect(problemsOf({}, { a: "1.0.1" }, { a: "1.0.0" })).toEqual([expect.stringContaining("run npm install")]);
});
