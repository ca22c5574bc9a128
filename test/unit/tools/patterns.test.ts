import { expect, test } from "vitest";
import { patterns } from "../../../tools/check/patterns.mjs";
import { fixtureTree } from "./fixture-tree.ts";

const problemsOf = (code: string): string[] => patterns(fixtureTree({ "src/a.ts": code })).problems;

test.each([
  ["two neighbours that take the same", String.raw`/^[A-Za-z0-9+/\s]{22,}={0,2}\s*$/`, "quadratic"],
  ["white space before and after what may be white space", String.raw`/^content-type:\s*(.*?)\s*$/im`, "quadratic"],
  ["white space on both sides of a value that may be empty", String.raw`/a\s*([^;]*)\s*;b/`, "quadratic"],
  ["a repetition of repetitions", "/^(?:a+)+$/", "exponential"],
  ["a run that is looked for from each of its characters", String.raw`/\/+$/`, "quadratic"],
  ["a list of names, each with a sign after it", String.raw`/([\w:.-]+)\s*=/g`, "quadratic"],
])("%s is refused", (_name, pattern, how) => {
  const [first] = problemsOf(`const a = 1;\nconst b = ${pattern};`);
  expect(first).toMatch(new RegExp(`^src/a\\.ts:2 .* is ${how} or worse`));
});

test("a pattern put together at run time is refused, since nobody can judge it", () => {
  expect(problemsOf("const a = new RegExp(`${b}+$`);\nconst c = RegExp(b);")).toEqual([
    expect.stringMatching(/^src\/a\.ts:1 /),
    expect.stringMatching(/^src\/a\.ts:2 /),
  ]);
});

test.each([
  String.raw`/^\s*\d{1,9}\s*$/`,
  String.raw`/"((?:[^"\\]|\\.)*)"/y`,
  String.raw`/^(\d{4}-\d\d-\d\d) (?:[01]\d|2[0-3])$/`,
  "/a|b|c/",
  String.raw`/\s+/g`,
])("%s passes", (pattern) => {
  expect(problemsOf(`const a = ${pattern};`)).toEqual([]);
});

test("a page's patterns are judged too, and text between tags is none", () => {
  const page = `export const Page = () => <p>a/b+/ {value.replace(/a+$/, "")}</p>;`;
  expect(patterns(fixtureTree({ "web/page.tsx": page })).problems).toEqual([
    expect.stringMatching(/^web\/page\.tsx:1 .* is quadratic or worse/),
  ]);
});
