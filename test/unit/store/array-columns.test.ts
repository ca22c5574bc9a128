import { expect, test } from "vitest";
import { ArrayColumns } from "#kaimen/store/array-columns.ts";

const fruit = new ArrayColumns<{ name: string; grams: number | null }>({
  position: { type: "int", of: (_, position) => position },
  name: { type: "text", of: ({ name }) => name },
  grams: { type: "smallint", of: ({ grams }) => grams },
});

test("the text of a statement and its parameters name the same columns in the same order", () => {
  expect(fruit.names).toBe("position, name, grams");
  expect(fruit.unnest("asked", 3)).toBe(
    "unnest($3::int[], $4::text[], $5::smallint[]) as asked(position, name, grams)",
  );
  const rows = [
    { name: "pear", grams: 180 },
    { name: "fig", grams: null },
  ];
  expect(fruit.parameters(rows)).toEqual([
    [0, 1],
    ["pear", "fig"],
    [180, null],
  ]);
});

test("no row is an empty array for each column", () => {
  expect(fruit.parameters([])).toEqual([[], [], []]);
});
