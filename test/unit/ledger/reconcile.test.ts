import { describe, expect, test } from "vitest";
import { type DifferenceCause, reconcile, ReconcileError } from "#kaimen/ledger/reconcile.ts";

const no = (count: number): string => `ZM20261122120000000001${String(count).padStart(10, "0")}`;
const ours = [
  "biz_no,transaction_id,kind,product_code,app_id,time,amount_yuan,unbilled_because,note",
  `${no(1)},t1,inquiry,w1,a,2026-11-22 12:00:00,0.40,,`,
  `${no(2)},t2,inquiry,w1,a,2026-11-22 12:00:00,0.00,na,`,
  `${no(1)},,adjustment,,,2026-11-22 13:00:00,-0.40,,"AD1 a ""word"", and more"`,
  "# inquiries,2",
  "",
].join("\n");

describe("a merchant's line", () => {
  test.each<[string, string, DifferenceCause | "none"]>([
    ["the same", `${no(1)},t1,0.40`, "none"],
    ["without an amount", `${no(1)},t1,`, "none"],
    ["with its amount by one decimal", `${no(1)},t1,0.4`, "none"],
    ["of another amount by one decimal", `${no(1)},t1,0.5`, "amount_differs"],
    ["of a tenth of its amount", `${no(1)},t1,0.04`, "amount_differs"],
    ["of another amount in whole yuan", `${no(1)},t1,40`, "amount_differs"],
    ["of another amount", `${no(1)},t1,0.41`, "amount_differs"],
    ["a charge for what was not billed", `${no(2)},t2,0.40`, "unbilled"],
    ["another transaction_id", `${no(1)},t9,0.40`, "transaction_differs"],
    ["another biz_no", `${no(3)},t1,0.40`, "biz_no_differs"],
    ["unknown, of that day", `${no(9)},t9,0.40`, "not_in_ledger"],
    ["unknown, of another day", `ZM20261121120000${"0".repeat(16)},t9,0.40`, "other_day"],
    ["no biz_no at all", "hello,t9,0.40", "not_ours"],
  ])("that is %s: %s gives %s", (_, line, cause) => {
    const { differences } = reconcile(ours, `biz_no,transaction_id,amount_yuan\r\n${line}\r\n`);
    const theirs = differences.filter((each) => !["answer_not_received", "unbilled_not_kept"].includes(each.cause));
    expect(theirs.map((each) => each.cause)).toEqual(cause === "none" ? [] : [cause]);
  });

  test("that is missing is told apart by whether it was billed", () => {
    const { differences, matched, ourAmountFen, theirAmountFen } = reconcile(ours, "transaction_id,biz_no\n");
    expect(differences.map(({ cause, bizNo }) => [cause, bizNo])).toEqual([
      ["answer_not_received", no(1)],
      ["unbilled_not_kept", no(2)],
    ]);
    expect([matched, ourAmountFen, theirAmountFen]).toEqual([0, 0, undefined]);
  });

  test("that comes twice counts a repeat", () => {
    const { differences, matched } = reconcile(
      ours,
      `biz_no,transaction_id,amount_fen\n${no(1)},t1,40\n${no(1)},t1,40\n${no(2)},t2,0\n`,
    );
    expect([matched, differences.map(({ cause }) => cause)]).toEqual([2, ["repeat_counted"]]);
  });

  test.each([
    ["id,transaction_id\n1,2", "the first line of their file has to name"],
    ["biz_no,transaction_id,amount_yuan\na,b,0.401", "their file, line 2: amount_yuan"],
    ["biz_no,transaction_id,amount_fen\na,b,1\n\na,b,x", "their file, line 4: amount_fen"],
    ['biz_no,transaction_id\na,"b', "their file, line 2: a quote does not end"],
  ])("of a file that cannot be read is refused with its place: %j", (theirs, message) => {
    expect(() => reconcile(ours, theirs)).toThrow(ReconcileError);
    expect(() => reconcile(ours, theirs)).toThrow(message);
  });
});
