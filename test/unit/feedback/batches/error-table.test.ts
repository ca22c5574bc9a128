import { expect, test } from "vitest";
import { errorTable, missingRows, type NotStored } from "#kaimen/feedback/batches/error-table.ts";
import { csvOf, feedbackFileOf, tableOfCsv } from "#kaimen/feedback/templates/table-files.ts";

const rows = (...records: number[]) => records.map((record) => ({ record, values: { a: `a${record}` } }));
const faults = (...records: number[]) => records.map((record) => ({ record, column: "a", value: "", reason: "错" }));
const refused = (records: number, recordsBad: number) => ({ state: "refused", records, recordsBad }) as const;
const merged = (records: number, recordsBad: number) => ({ state: "merged", records, recordsBad }) as const;
const note = (missing: number) => ["", "", `另有${missing}条记录同样没有入库，不在本表中：请修改并重新发送原文件`];

test.each<[what: string, batch: NotStored, missing: number, table: string[][]]>([
  [
    "of a file refused whole all records, the bad ones marked",
    { summary: refused(3, 1), faults: faults(2), rows: rows(1, 2, 3) },
    0,
    [
      ["a1", "1", ""],
      ["a2", "2", "a 错"],
      ["a3", "3", ""],
    ],
  ],
  [
    "of a file stored in part the bad ones alone",
    { summary: merged(3, 1), faults: faults(2), rows: rows(2) },
    0,
    [["a2", "2", "a 错"]],
  ],
  [
    "of a file refused whole and too long to be kept the bad ones, and first that the others are not stored either",
    { summary: refused(20_000, 1), faults: faults(2), rows: rows(2) },
    19_999,
    [note(19_999), ["a2", "2", "a 错"]],
  ],
  [
    "of more bad records than are kept those that are, and first how many more there are",
    { summary: merged(9, 5), faults: faults(2, 3), rows: rows(2, 3) },
    3,
    [note(3), ["a2", "2", "a 错"], ["a3", "3", "a 错"]],
  ],
  [
    "of a batch whose records are not kept any more what was wrong in which",
    {
      summary: refused(3, 1),
      faults: [...faults(2), { record: 2, column: "b", value: "", reason: "缺" }],
      rows: undefined,
    },
    3,
    [note(3), ["", "2", "a 错；b 缺"]],
  ],
  [
    "of a file that was refused before it was read the note alone",
    { summary: refused(5, 0), faults: [], rows: undefined },
    5,
    [note(5)],
  ],
])("the errors of a batch are, %s", (_what, batch, missing, expected) => {
  expect(missingRows(batch)).toBe(missing);
  const table = errorTable(["a"], batch);
  expect(table).toEqual({ header: ["a", "_record", "_errors"], rows: expected });
  // What is sent again are the records, never the note.
  const again = feedbackFileOf(tableOfCsv(csvOf(table)));
  expect(again.columns).toEqual(["a"]);
  expect(again.records).toBe(batch.rows?.length ?? 0);
});
