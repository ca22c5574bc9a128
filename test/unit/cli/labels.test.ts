import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readLabels } from "#kaimen/cli/labels.ts";
import { monthIndexOf } from "#kaimen/clock.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "kaimen-labels-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const asOf = monthIndexOf(2026, 6);
const one = "99000019880412001X";
const two = "990000197909230038";

async function read(...lines: string[]) {
  const path = join(directory, "labels.csv");
  await writeFile(path, `${lines.join("\n")}\n`);
  return readLabels(path, asOf, []);
}

describe("labels that cannot be trained on are refused, by line and without naming anybody", () => {
  test.each<[string, string[], RegExp]>([
    ["one kind, good", ["user_credentials_no,label", `${one},0`, `${two},0`], /everybody is good \(0\)/],
    ["one kind, bad", ["user_credentials_no,label", `${one},1`], /everybody is bad \(1\)/],
    ["nobody", ["user_credentials_no,label"], /nobody is labelled/],
    ["twice alike", ["user_credentials_no,label", `${one},1`, `${two},0`, `${one},1`], /:4: the same person .* line 2/],
    ["twice, written otherwise", ["user_credentials_no,label", `${one},1`, `${one.toLowerCase()},1`], /:3: the same/],
    ["contradicting", ["user_credentials_no,label", `${one},1`, `${two},0`, `${one},0`], /:4: .*contradicts .* line 2/],
    ["neither 0 nor 1", ["user_credentials_no,label", `${one},2`], /:2: label is 1 for bad or 0 for good/],
  ])("%s", async (_name, lines, message) => {
    const refusal = await read(...lines).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(Error);
    expect(String(refusal)).toMatch(message);
    expect(String(refusal)).not.toContain(one);
  });
});

test("one person as of two months is two labels", async () => {
  const { rows } = await read("user_credentials_no,label,as_of", `${one},0,2026-01`, `${one},1,2026-03`);
  expect(rows.map(({ bad }) => bad)).toEqual([false, true]);
});
