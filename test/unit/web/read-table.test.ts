import { expect, it } from "vitest";
import { readTable, rowsLimit, TableError } from "../../../web/pages/feedback/read-table.ts";

it.each([
  ["a.csv", "name,no\r\n王五,1\r\n", { columns: ["name", "no"], rows: [["王五", "1"]] }],
  ["a.csv", '\ufeffname,no\n"a, b",\n', { columns: ["name", "no"], rows: [["a, b", ""]] }],
  [
    "a.json",
    '[{"no":1,"name":"b"},{"more":null}]',
    {
      columns: ["no", "name", "more"],
      rows: [
        ["1", "b", ""],
        ["", "", ""],
      ],
    },
  ],
  ["a.JSON", '{"records":[{"no":"01"}]}', { columns: ["no"], rows: [["01"]] }],
])("%s %j is read as a table", (name, text, table) => {
  expect(readTable(name, text)).toEqual(table);
});

it.each([
  ["a.csv", "", "There are no records"],
  ["a.csv", "a,b\n1\n", "Line 2 has 1 cells, and the first line 2."],
  ["a.csv", 'a\n"b', "Not a CSV: line 2"],
  ["a.json", "{", "Not JSON"],
  ["a.json", "[1]", "The JSON is a list of records"],
  ["a.csv", `a\n${"1\n".repeat(rowsLimit + 1)}`, "More than 20000 records"],
])("%s %j is refused: %s", (name, text, reason) => {
  expect(() => readTable(name, text)).toThrow(TableError);
  expect(() => readTable(name, text)).toThrow(reason);
});
