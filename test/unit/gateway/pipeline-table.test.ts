import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { pipeline } from "#kaimen/gateway/pipeline.ts";

/** ARCHITECTURE.md's table of the steps: name, files, what holds afterwards, codes. */
const table = readFileSync("ARCHITECTURE.md", "utf8")
  .split("\n")
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .filter((cells) => cells.length === 6 && cells[2]?.includes(".ts`"))
  .map(([, step = "", files = "", , codes = ""]) => ({
    step: step.replaceAll("`", ""),
    files: [...files.matchAll(/`([^`]+\.ts)`/g)].map((match) => `src/gateway/${match[1]}`),
    codes: [...codes.matchAll(/`((?:isv|aop|app)[.-][^`]*)`/g)].map((match) => match[1] ?? ""),
    andMore: codes.endsWith("…"),
  }));

/** A fault may come of any step. */
const fault = "aop.unknow-error";

test("the document's table has the pipeline's steps in their order, and files that there are", () => {
  expect(table.map(({ step }) => step)).toEqual(Object.keys(pipeline));
  expect(table.flatMap(({ files }) => files).filter((path) => !existsSync(path))).toEqual([]);
});

test.each(Object.entries(pipeline))("%s refuses what the document says, and with nothing else", (name, { refuses }) => {
  const row = table.find(({ step }) => step === name);
  const matches = (written: string, code: string): boolean =>
    written.endsWith("…") ? code.startsWith(written.slice(0, -1)) : written === code;
  const known: readonly string[] = [...refuses, fault];
  expect(row?.codes.filter((written) => !known.some((code) => matches(written, code)))).toEqual([]);
  expect(
    row?.andMore === true
      ? []
      : refuses.filter((code) => row?.codes.some((written) => matches(written, code)) !== true),
  ).toEqual([]);
});
