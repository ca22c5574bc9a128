import { expect, test } from "vitest";
import { importsOf } from "../../../tools/check/import-specifiers.mjs";

const importCases: [name: string, source: string, expected: (string | undefined)[]][] = [
  ["a named import", `import { a, type B as C } from "./a.ts";`, ["./a.ts"]],
  ["a type import", `import type { A } from './a.ts'`, ["./a.ts"]],
  ["a default and a namespace import", `import a, * as b from "a";`, ["a"]],
  ["an import for its effect", `import "./effect.ts";`, ["./effect.ts"]],
  ["an import over several lines", `import {\n  a,\n  b,\n} from "./a.ts";`, ["./a.ts"]],
  ["an import with attributes", `import data from "./data.json" with { type: "json" };`, ["./data.json"]],
  [
    "a re-export",
    `export { a } from "./a.ts"; export * from "./b.ts"; export type { C } from "./c.ts";`,
    ["./a.ts", "./b.ts", "./c.ts"],
  ],
  ["a dynamic import", `const a = await import("./a.ts");`, ["./a.ts"]],
  ["an import type", `let a: import("./a.ts").A;`, ["./a.ts"]],
  ["a computed dynamic import", "await import(`./${name}.ts`); await import(name);", [undefined, undefined]],
  [
    "an import inside a template's substitution",
    "const a = `${(await import('./a.ts')).name} import './b.ts'`;",
    ["./a.ts"],
  ],
  ["an export without a source", `const from = "./a.ts"; export { from }; export const b = "./b.ts";`, []],
  [
    "import.meta and members named import",
    `import.meta.url; loader.import("./a.ts"); const a = { import: "./b.ts" };`,
    [],
  ],
  ["what is commented out", `// import "./a.ts"\n/* import "./b.ts" */`, []],
  ["what stands in a string", `const a = 'import "./a.ts"';`, []],
  ["a quote inside a regular expression", `const quote = /["'\`]/; import("./a.ts");`, ["./a.ts"]],
  ["a division", `const half = total / 2; const s = "/"; import("./a.ts");`, ["./a.ts"]],
];

test.each(importCases)("%s is read", (_name, source, expected) => {
  expect(importsOf(source).map(({ specifier }) => specifier)).toEqual(expected);
});

test("an import carries the line it begins on, and whether it is gone when the program runs", () => {
  const source = `/* 1\n2 */ import { type A, type B } from "a";\n\nimport { type A, b } from "b";\nexport type { C } from "c";`;
  expect(importsOf(source)).toEqual([
    { specifier: "a", line: 2, typeOnly: true },
    { specifier: "b", line: 4, typeOnly: false },
    { specifier: "c", line: 5, typeOnly: true },
  ]);
});

test("text between tags is no code", () => {
  const page = `export const Page = () => <p title='import("a")'>Don't import("b"); {lazy(() => import("./c.tsx"))}</p>;`;
  expect(importsOf(page, "page.tsx").map(({ specifier }) => specifier)).toEqual(["./c.tsx"]);
});

test("what is no TypeScript is said to be none", () => {
  expect(() => importsOf("import {", "src/a.ts")).toThrow("src/a.ts cannot be read");
});
