import { expect, test } from "vitest";
import { importsOf } from "../../../tools/check/import-specifiers.mjs";
import { tokensOf } from "../../../tools/check/source-tokens.mjs";

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

test.each(importCases)("the scanner reads %s", (_name, source, expected) => {
  expect(importsOf(source).map(({ specifier }) => specifier)).toEqual(expected);
});

test("a token carries the line it begins on", () => {
  const source = "/* 1\n2 */ a\n`3\n4` b\n'5' c";
  expect(tokensOf(source).map(({ text, line }) => `${line} ${text.replace("\n", "|")}`)).toEqual([
    "2 a",
    "3 3|4",
    "4 b",
    "5 5",
    "5 c",
  ]);
});

test("a template's substitutions are tokens too, also when they hold templates", () => {
  const tokens = tokensOf("`a ${b + `c ${d}`} e`");
  expect(tokens.map(({ kind, text }) => `${kind} ${text}`)).toEqual([
    "template a $0 e",
    "word b",
    "mark +",
    "template c $0",
    "word d",
  ]);
});
