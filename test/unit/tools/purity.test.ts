import { expect, test } from "vitest";
import { impurities } from "../../../tools/check/purity.mjs";
import { fixtureTree } from "./fixture-tree.ts";

function problemsOf(source: string): string[] {
  return impurities(fixtureTree({ "src/protocol/a.ts": source }));
}

test.each([
  [`import { createHash } from "node:crypto";`, "node:crypto"],
  ["const now = Date.now();", "Date.now"],
  ["const now = new Date();", "new Date()"],
  ["const now = new Date;", "new Date()"],
  ["const dice = Math.random();", "Math.random"],
  ["const mode = process.env.MODE;", "process"],
  ["const at = performance.now();", "performance"],
  ["setTimeout(run, 1);", "setTimeout"],
  ["const reply = await fetch(url);", "fetch"],
  ["const text = `${fetch(url)}`;", "fetch"],
])("%s is refused in protocol/", (source, name) => {
  expect(problemsOf(source)).toEqual([expect.stringContaining(name)]);
});

test.each([
  "// Date.now() in a comment",
  `const text = "process.exit and fetch";`,
  "const at = new Date(milliseconds); const parsed = Date.parse(text);",
  "const largest = Math.max(1, 2);",
  "const step: { process: string; fetch?: number } = { process: text }; step.process = step.fetch;",
])("%s passes in protocol/", (source) => {
  expect(problemsOf(source)).toEqual([]);
});
