import { describe, expect, test } from "vitest";
import { complaintOf, describePart, type PartReport, reportJson, totalOf } from "#kaimen/cli/sent-report.ts";

const counts = (stored: number, changed: number, same: number, refused: number) => ({
  records: stored + changed + same + refused,
  stored,
  changed,
  same,
  refused,
});
const fault = (record: number) => ({ record, column: "create_amt", value: "-5", reason: "应为金额" });
const taken = { code: "10000", batchId: "B1" } as const;
const spoilt = { code: "40004", sub_code: "INVALID_PARAMETER", sub_msg: "第1条…", batchId: "B2" } as const;
const unsigned = { code: "40002", sub_code: "isv.invalid-signature", sub_msg: "验签出错", batchId: undefined } as const;
const report = (answer: PartReport["answer"], more: Partial<PartReport>): PartReport => ({
  answer,
  counts: undefined,
  bad: 0,
  judgedOnly: false,
  faults: [],
  ...more,
});

describe("a part that was sent", () => {
  const mend = "kaimen feedback errors B1 --out mend.csv, mend it, kaimen feedback send mend.csv";
  test.each<[what: string, part: PartReport, lines: string[], complaint: string | undefined]>([
    [
      "taken whole",
      report(taken, { counts: counts(1, 2, 3, 0) }),
      ["accepted  6 records: 1 stored, 2 changed, 3 same, 0 refused  batch B1"],
      undefined,
    ],
    [
      "in a dry run",
      report(taken, { counts: counts(1, 0, 0, 0), judgedOnly: true }),
      ["judged    1 records: 1 to store, 0 to change, 0 same, 0 refused  batch B1"],
      undefined,
    ],
    [
      "taken in part",
      report(taken, { counts: counts(7, 0, 0, 13), faults: [fault(3)] }),
      [
        "partly    20 records: 7 stored, 0 changed, 0 same, 13 refused  batch B1",
        "  record 3: create_amt (-5) 应为金额",
      ],
      `13 of 20 records were refused; ${mend}`,
    ],
    [
      "refused whole for one record",
      report(spoilt, { counts: counts(0, 0, 0, 3), bad: 1, faults: [fault(2), { ...fault(2), value: "" }] }),
      [
        "refused   3 records: 0 stored, 0 changed, 0 same, 3 refused  INVALID_PARAMETER  batch B2",
        "  record 2: create_amt (-5) 应为金额",
        "  record 2: create_amt 应为金额",
        "  the other 2 were refused with them: nothing of it is stored",
      ],
      `3 of 3 records were refused; ${mend.replace("B1", "B2")}`,
    ],
    [
      "refused for its number of records, with a bad one in it",
      report(
        { ...spoilt, sub_code: "INVALID_DATA_ARGUMENTS", sub_msg: "records为4" },
        { counts: counts(0, 0, 0, 1), bad: 1, faults: [fault(1)] },
      ),
      [
        "refused   1 records: 0 stored, 0 changed, 0 same, 1 refused  INVALID_DATA_ARGUMENTS: records为4  batch B2",
        "  record 1: create_amt (-5) 应为金额",
      ],
      `1 of 1 records were refused; ${mend.replace("B1", "B2")}`,
    ],
    [
      "refused before it was read",
      report(unsigned, { counts: counts(0, 0, 0, 3) }),
      ["refused   3 records: 0 stored, 0 changed, 0 same, 3 refused  isv.invalid-signature: 验签出错"],
      "3 of 3 records were refused; mend the file and send it again",
    ],
    [
      "refused with no record that could be counted",
      report({ ...spoilt, sub_code: "JSON_PARSE_ERROR" }, { counts: counts(0, 0, 0, 0) }),
      ["refused   0 records: 0 stored, 0 changed, 0 same, 0 refused  JSON_PARSE_ERROR: 第1条…  batch B2"],
      "the file was refused; mend the file and send it again",
    ],
    [
      "taken, and nobody answers what became of it",
      report(taken, {}),
      ["accepted  what became of the records could not be asked  batch B1"],
      "what became of the records was not told: ask again by kaimen feedback status B1",
    ],
  ])("%s", (_what, part, lines, complaint) => {
    expect(describePart(part, 0, 1)).toBe(`${lines.join("\n")}\n`);
    expect(complaintOf([part])).toBe(complaint);
  });

  test("of which more is wrong than somebody reads is told so far, with where the rest is", () => {
    const faults = Array.from({ length: 25 }, (_, index) => fault(index + 1));
    const lines = describePart(report(taken, { counts: counts(0, 0, 0, 25), faults }), 1, 3).split("\n");
    expect(lines[0]).toMatch(/^partly {4}part 2 of 3, 25 records/);
    expect(lines).toHaveLength(1 + 20 + 1 + 1);
    expect(lines[21]).toBe("  and 5 more faults: kaimen feedback errors B1");
  });
});

test("a file in parts is told in sum, and each part that has refused records is to be mended", () => {
  const parts = [
    report(taken, { counts: counts(2, 1, 0, 1), faults: [fault(4)] }),
    report(spoilt, { counts: counts(0, 0, 0, 3), faults: [fault(5)] }),
    report(taken, { counts: counts(0, 0, 5, 0) }),
  ];
  expect(totalOf(parts)).toEqual({ records: 12, stored: 2, changed: 1, same: 5, refused: 4 });
  expect(complaintOf(parts)).toMatch(/^4 of 12 records were refused; for each batch with refused records, .* BATCH /);
  expect(reportJson(parts)).toMatchObject({
    refused: 4,
    parts: [{ batchId: "B1" }, { subCode: "INVALID_PARAMETER" }, {}],
  });
});
