import { describe, expect, test } from "vitest";
import { findConflicts, recordIdOf } from "#kaimen/feedback/merge.ts";
import type { FeedbackRecord } from "#kaimen/feedback/record.ts";

function recordOf(changes: Partial<FeedbackRecord>): FeedbackRecord {
  const orderNo = changes.orderNo ?? "A";
  return {
    credentialsType: "0",
    credentialsNo: "11010519491231002X",
    name: "张三",
    orderNo,
    bizType: "1",
    orderStatus: "04",
    stage: "performance",
    settled: false,
    month: null,
    createAmtFen: 100,
    overdueCnt: 0,
    overdueSince: null,
    overdueAmtFen: null,
    payAmtFen: null,
    creditLimitFen: null,
    extra: null,
    key: [orderNo, "2026-10"],
    ...changes,
  };
}

const other = { credentialsNo: "440524188001010014", name: "李四" };
const numbered = (records: readonly FeedbackRecord[]): { record: FeedbackRecord; number: number }[] =>
  records.map((record, index) => ({ record, number: index + 1 }));

describe("records of one file", () => {
  const differs = (record: number, earlier: number): object => ({ record, column: "order_no,pay_month", value: "", reason: `与第${earlier}条记录主键相同而内容不同` });
  const twoPeople = (record: number, earlier: number, value = "A"): object => ({ record, column: "order_no", value, reason: `与第${earlier}条记录订单号相同而信息主体不同` });
  const november = { key: ["A", "2026-11"] };
  test.each<[string, Partial<FeedbackRecord>[], number[], object[]]>([
    ["may be none", [], [], []],
    ["with keys of their own are all kept", [{}, november, { orderNo: "B" }], [1, 2, 3], []],
    ["that are the same to the letter are one", [{}, {}, {}], [1], []],
    ["with one key and another content are an error", [{}, { createAmtFen: 101 }], [1], [differs(2, 1)]],
    ["with one key are an error each time", [{}, { createAmtFen: 101 }, {}, { createAmtFen: 102 }], [1], [differs(2, 1), differs(4, 1)]],
    ["that differ only in what has no role are an error", [{ extra: { memo: "a" } }, { extra: { memo: "b" } }], [1], [differs(2, 1)]],
    ["may not give an order to two people", [{}, { ...november, ...other }], [1, 2], [twoPeople(2, 1)]],
    ["may not give an order to one number under two names", [{}, { ...november, name: "李四" }], [1, 2], [twoPeople(2, 1)]],
    ["may not give an order to two numbers of one name", [{}, { ...november, credentialsNo: other.credentialsNo }], [1, 2], [twoPeople(2, 1)]],
    ["may give two orders to one person", [{}, { orderNo: "B" }], [1, 2], []],
    ["may give two orders to two people", [{}, { orderNo: "B", ...other }], [1, 2], []],
    ["with one key and two people are wrong in both ways", [{}, other], [1], [differs(2, 1), twoPeople(2, 1)]],
    ["with a long order number show its first forty characters", [{ orderNo: "A".repeat(64) }, { orderNo: "A".repeat(64), key: ["x"], ...other }], [1, 2], [twoPeople(2, 1, "A".repeat(40))]],
    ["have keys that are cut where the columns are", [{ orderNo: "1", key: ["a", "b,c"] }, { orderNo: "2", key: ["a,b", "c"] }], [1, 2], []],
  ])("%s", (_name, changes, kept, faults) => {
    const records = changes.map((each) => recordOf(each));
    const found = findConflicts(numbered(records), "order_no,pay_month");
    expect(found.distinct).toEqual(kept.map((number) => records[number - 1]));
    expect(found.faults).toEqual(faults);
  });

  test("are named by the numbers they have in the file, where faulty ones were left out before", () => {
    const { faults } = findConflicts([{ record: recordOf({}), number: 4 }, { record: recordOf({ createAmtFen: 1 }), number: 9 }], "order_no");
    expect(faults).toEqual([{ record: 9, column: "order_no", value: "", reason: "与第4条记录主键相同而内容不同" }]);
  });

  test("show no name and no number in a fault", () => {
    const shown = JSON.stringify(findConflicts(numbered([recordOf({}), recordOf(other)]), "order_no").faults);
    expect(shown).not.toMatch(/张三|李四|11010519491231002X|440524188001010014/);
  });
});

describe("a record's id", () => {
  test("is a fixed uuid of the merchant and the key", () => {
    expect(recordIdOf("2088000000000001", ["A", "2026-10"])).toMatch(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(recordIdOf("2088000000000001", ["A", "2026-10"])).toBe(recordIdOf("2088000000000001", ["A", "2026-10"]));
  });

  test("differs wherever merchant or key differ, also in where one value ends and the next begins", () => {
    const keys: [string, string[]][] = [
      ["m", ["A", "2026-10"]], ["m", ["A", "2026-11"]], ["m", ["2026-10", "A"]], ["m", ["A2026-10"]], ["m", ["A,2026-10"]],
      ["m", ['A","2026-10']], ["m", ["A"]], ["m", ["A", ""]], ["m", []], ["n", ["A", "2026-10"]], ["mA", ["2026-10"]], ["m", ["a", "2026-10"]],
      ["m", ["\\"]], ["m", ["\\\\"]], ["m", ["\ud800"]], ["m", ["\ud801"]], ["m", ["\ufffd"]],
    ];
    expect(new Set(keys.map(([merchantId, key]) => recordIdOf(merchantId, key))).size).toBe(keys.length);
  });
});
