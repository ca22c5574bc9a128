import { expect, test } from "vitest";
import { imports } from "../../../tools/check/imports.mjs";
import { fixtureTree } from "./fixture-tree.ts";

const manifest = JSON.stringify({ dependencies: { pg: "8.23.1" }, devDependencies: { vitest: "4.1.12" } });

function problemsOf(files: Record<string, string>): string[] {
  return imports(fixtureTree({ "package.json": manifest, ...files })).problems;
}

test("imports down the order, of packages and of Node pass", () => {
  const problems = problemsOf({
    "src/main.ts": `import "./gateway/server.ts"; import { now } from "./clock.ts"; import "node:fs";`,
    "src/gateway/server.ts": `import "../methods/index.ts"; import "../protocol/signing.ts"; import pg from "pg/lib/client.js";`,
    "src/methods/index.ts": `import "../inquiry/a.ts"; export * from "../store/store.ts";`,
    "src/inquiry/a.ts": `import "../feedback/a.ts";`,
    "src/feedback/a.ts": `import "../consent/a.ts"; import "../clock.ts";`,
    "src/consent/a.ts": "",
    "src/store/store.ts": `import "../keys/rsa.ts";`,
    "src/keys/rsa.ts": `import "../protocol/signing.ts"; import "../config.ts";`,
    "src/sdk/index.ts": `import "../protocol/signing.ts";`,
    "src/protocol/signing.ts": "",
    "src/clock.ts": "",
    "src/config.ts": "",
  });
  expect(problems).toEqual([]);
});

const target = { "src/store/store.ts": "", "src/gateway/server.ts": "", "src/clock.ts": "", "test/a.ts": "" };

const refused: [name: string, path: string, source: string, problem: string][] = [
  ["upwards", "src/store/a.ts", `import "../gateway/server.ts";`, "store may not import gateway"],
  [
    "upwards for a type only",
    "src/store/a.ts",
    `import type { A } from "../gateway/server.ts";`,
    "store may not import gateway",
  ],
  ["upwards when asked for", "src/store/a.ts", `await import("../gateway/server.ts");`, "store may not import gateway"],
  [
    "from protocol/ to the foundations",
    "src/protocol/a.ts",
    `import "../clock.ts";`,
    "protocol may not import clock.ts",
  ],
  ["from protocol/ to Node", "src/protocol/a.ts", `import "node:crypto";`, "protocol/ is pure"],
  ["from sdk/ to the server", "src/sdk/a.ts", `import "../store/store.ts";`, "sdk may not import store"],
  ["out of src/", "src/gateway/a.ts", `import "../../test/a.ts";`, "outside src/"],
  ["without .ts", "src/gateway/a.ts", `import "./server";`, "relative imports end in .ts"],
  ["of a file that is not there", "src/gateway/a.ts", `import "./missing.ts";`, "does not exist"],
  ["by the tests' alias", "src/gateway/a.ts", `import "#kaimen/store/store.ts";`, "a relative path is needed"],
  ["of a development dependency", "src/gateway/a.ts", `import "vitest";`, "not in package.json's dependencies"],
  ["by a computed name", "src/gateway/a.ts", `await import(name);`, "computed name"],
  ["in a folder without a place", "src/helpers/a.ts", "", "src/helpers has no place"],
];

test.each(refused)("an import %s is refused", (_name, path, source, problem) => {
  expect(problemsOf({ ...target, [path]: source })).toEqual([expect.stringContaining(problem)]);
});

test("a circle of files is refused, and named once", () => {
  const problems = problemsOf({
    "src/store/a.ts": `import "./b.ts";`,
    "src/store/b.ts": `import "./c.ts";`,
    "src/store/c.ts": `import "./a.ts";`,
  });
  expect(problems).toEqual([
    "files import each other in a circle: src/store/a.ts → src/store/b.ts → src/store/c.ts → src/store/a.ts",
  ]);
});

test("a circle of folders is refused, even where no files go round", () => {
  const problems = problemsOf({
    "src/inquiry/a.ts": `import "../consent/a.ts";`,
    "src/inquiry/b.ts": "",
    "src/consent/a.ts": "",
    "src/consent/b.ts": `import "../inquiry/b.ts";`,
  });
  expect(problems).toEqual([expect.stringMatching(/^folders import each other in a circle: /)]);
});

test("pages take of src/ types, and what runs in a browser", () => {
  const src = { "src/console/routes/index.ts": "", "src/protocol/signing.ts": "", "src/store/store.ts": "" };
  const pages = (source: string): string[] => problemsOf({ ...src, "web/api/a.ts": source, "web/api/b.tsx": "" });
  expect(pages(`import type { A } from "../../src/store/store.ts"; import "../../src/protocol/signing.ts";`)).toEqual(
    [],
  );
  expect(pages(`import { store } from "../../src/store/store.ts";`)).toEqual([expect.stringContaining("forPages")]);
  expect(pages(`import { C } from "./c.tsx";`)).toEqual([expect.stringContaining("does not exist")]);
  expect(pages(`const page = import(name);`)).toEqual([expect.stringContaining("computed")]);
});

test("pages import each other in no circle; a type is none", () => {
  const circle = (kind: string): string[] =>
    problemsOf({ "web/a.ts": `import { b } from "./b.ts";`, "web/b.ts": `import ${kind} { A } from "./a.ts";` });
  expect(circle("type")).toEqual([]);
  expect(circle("")).toEqual([expect.stringContaining("circle")]);
});
