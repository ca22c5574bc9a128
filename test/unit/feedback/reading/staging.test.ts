import { describe, expect, test } from "vitest";
import { monthIndexOf } from "#kaimen/clock.ts";
import type { FileLayout } from "#kaimen/feedback/reading/record.ts";
import { type StagedFile, stageFile } from "#kaimen/feedback/reading/staging.ts";
import { loanTemplate } from "#kaimen/feedback/templates/loan.ts";
import { createVault } from "#kaimen/keys/vault.ts";
import { type Charset, encodeJson } from "#kaimen/protocol/charset.ts";

const vault = createVault({ sealing: Buffer.alloc(32, 1), lookup: Buffer.alloc(32, 2) });
const layout: FileLayout = {
  template: loanTemplate,
  columns: loanTemplate.columns,
  primaryKey: ["order_no", "pay_month"],
  newestMonth: monthIndexOf(2026, 11),
  today: "2026-11-22",
  testPeople: true,
};

type Row = Record<string, string | number>;
const sound: Row = {
  user_name: "张三",
  user_credentials_type: "0",
  user_credentials_no: "11010519491231002X",
  order_no: "A",
  pay_month: "2026-10",
  create_amt: "1",
};
const other: Row = { user_credentials_no: "440524188001010014", user_name: "李四" };

interface StagedRow {
  readonly stage: string;
  readonly month: number;
  readonly orderNo: string;
  readonly amountFen: number;
}

/** The columns of binary rows, as PostgreSQL's manual has them: a count, then the length and bytes of each. */
function rowsOf(bytes: Uint8Array): Buffer[][] {
  const rows: Buffer[][] = [];
  const buffer = Buffer.from(bytes);
  for (let at = 0; at < buffer.length;) {
    const columns: Buffer[] = [];
    const count = buffer.readInt16BE(at);
    at += 2;
    for (let column = 0; column < count; column += 1) {
      const length = buffer.readInt32BE(at);
      columns.push(buffer.subarray(at + 4, at + 4 + Math.max(length, 0)));
      at += 4 + Math.max(length, 0);
    }
    rows.push(columns);
  }
  return rows;
}

const constants = { merchantId: "m", template: "loan", batchId: "b", fedBackAt: 0 };

function stage(
  file: Uint8Array,
  charset: Charset = "utf-8",
  wholeFile = false,
  portion = { bytes: 1_000_000, records: 2 },
): { rows: StagedRow[]; bytes: Buffer; staged: StagedFile } {
  const portions = stageFile({ file, charset, layout, constants, wholeFile, portion }, vault);
  const rows: StagedRow[] = [];
  const bytes: Uint8Array[] = [];
  for (;;) {
    const next = portions.next();
    if (next.done === true) return { rows, bytes: Buffer.concat(bytes), staged: next.value };
    expect(rowsOf(next.value.rows).length).toBe(next.value.records);
    for (const columns of rowsOf(next.value.rows)) {
      const text = (column: number): string => columns[column]?.toString() ?? "";
      rows.push({
        stage: text(6),
        month: columns[7]?.readInt16BE() ?? 0,
        orderNo: text(8),
        amountFen: Number(columns[12]?.readBigInt64BE()),
      });
    }
    bytes.push(next.value.rows, next.value.notes);
  }
}

const fileOf = (rows: readonly Row[]): Uint8Array => Buffer.from(JSON.stringify({ records: rows }));

describe("records of one file", () => {
  const differs = (record: number, earlier: number): object => ({
    record,
    column: "order_no,pay_month",
    value: "",
    reason: `与第${earlier}条记录主键相同而内容不同`,
  });
  const twoPeople = (record: number, earlier: number, value = "A"): object => ({
    record,
    column: "order_no",
    value,
    reason: `与第${earlier}条记录订单号相同而信息主体不同`,
  });
  const november = { pay_month: "2026-11" };
  test.each<[string, Row[], number[], object[]]>([
    ["may be none", [], [], []],
    ["with keys of their own are all kept", [{}, november, { order_no: "B" }], [1, 2, 3], []],
    ["that are the same to the letter are one", [{}, {}, {}], [1], []],
    ["with one key and another content are an error", [{}, { create_amt: "1.01" }], [1], [differs(2, 1)]],
    [
      "with one key are an error each time",
      [{}, { create_amt: "2" }, {}, { create_amt: "3" }],
      [1],
      [differs(2, 1), differs(4, 1)],
    ],
    ["that differ only in what has no role are an error", [{ memo: "a" }, { memo: "b" }], [1], [differs(2, 1)]],
    ["may not give an order to two people", [{}, { ...november, ...other }], [1], [twoPeople(2, 1)]],
    [
      "may not give an order to one number under two names",
      [{}, { ...november, user_name: "李四" }],
      [1],
      [twoPeople(2, 1)],
    ],
    ["may give two orders to one person", [{}, { order_no: "B" }], [1, 2], []],
    ["may give two orders to two people", [{}, { order_no: "B", ...other }], [1, 2], []],
    ["with one key and two people are wrong in both ways", [{}, other], [1], [differs(2, 1), twoPeople(2, 1)]],
    [
      "with a long order number show its first forty characters",
      [{ order_no: "A".repeat(64) }, { order_no: "A".repeat(64), ...november, ...other }],
      [1],
      [twoPeople(2, 1, "A".repeat(40))],
    ],
    [
      "are named by the numbers they have in the file",
      [{ pay_month: "x" }, {}, { create_amt: "x" }, { create_amt: "2" }],
      [2],
      [expect.objectContaining({ record: 1 }), expect.objectContaining({ record: 3 }), differs(4, 2)],
    ],
  ])("%s", (_name, changes, kept, faults) => {
    const { rows, staged } = stage(fileOf(changes.map((each) => ({ ...sound, ...each }))));
    const keptChanges = kept.map((number) => ({ ...sound, ...changes[number - 1] }));
    const expected = keptChanges.map(({ order_no, pay_month, create_amt }) => `${order_no} ${pay_month} ${create_amt}`);
    const found = rows.map(
      ({ orderNo, month, amountFen }) =>
        `${orderNo} ${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, "0")} ${amountFen / 100}`,
    );
    expect(found.toSorted()).toEqual(expected.toSorted());
    expect(staged.faults).toEqual(faults);
    expect(staged.count).toBe(changes.length);
  });

  test("hold however many blocks lie between them", () => {
    const many = Array.from({ length: 5_000 }, (_, index) => ({ ...sound, order_no: `N${index}` }));
    const { rows, staged } = stage(
      fileOf([sound, ...many, { ...sound, create_amt: "7" }, { ...sound, ...november, ...other }, sound]),
    );
    expect(rows.length).toBe(5_001);
    expect(staged).toMatchObject({
      count: 5_004,
      badRecords: 2,
      repeated: 1,
      faults: [differs(5_002, 1), twoPeople(5_003, 1)],
    });
  });

  test("show no name and no number in a fault, and no name in a row", () => {
    const { bytes, staged } = stage(fileOf([sound, { ...sound, ...other }]));
    expect(JSON.stringify(staged.faults) + bytes.toString()).not.toMatch(
      /张三|李四|11010519491231002X|440524188001010014/,
    );
  });

  test("make no more rows once one is bad, where the file is stored whole or not at all", () => {
    const { rows, staged } = stage(
      fileOf([sound, { ...sound, create_amt: "x" }, { ...sound, order_no: "B" }]),
      "utf-8",
      true,
    );
    expect(rows.map(({ orderNo }) => orderNo)).toEqual(["A"]);
    expect(staged.badRecords).toBe(1);
  });
});

describe("a file is read alike", () => {
  const text = JSON.stringify({
    records: [
      { ...sound, memo: '｛"}\\]䶮' },
      { ...sound, order_no: "B" },
    ],
  });
  test.each<[string, Uint8Array, Charset]>([
    ["in UTF-8", Buffer.from(text), "utf-8"],
    ["with a byte order mark", Buffer.from(`\ufeff${text}`), "utf-8"],
    ["in GBK", encodeJson(text, "gbk"), "gbk"],
    ["in GB18030 with a byte order mark", encodeJson(`\ufeff${text}`, "gb18030"), "gb18030"],
    [
      "with white space wherever JSON has it",
      Buffer.from(`\r\n ${JSON.stringify(JSON.parse(text), null, 2)} \n`),
      "utf-8",
    ],
    ["with an amount as a bare number", Buffer.from(text.replace('"create_amt":"1"', '"create_amt":1.00')), "utf-8"],
    ["with an escaped name of its list", Buffer.from(text.replace("records", "\\u0072ecords")), "utf-8"],
  ])("%s", (_name, file, charset) => {
    const { rows, staged } = stage(file, charset);
    expect(staged).toMatchObject({ count: 2, badRecords: 0, fileFault: undefined });
    const alike = { stage: "performance", month: 24_321, amountFen: 100 };
    expect(rows.toSorted((left, right) => (left.orderNo < right.orderNo ? -1 : 1))).toEqual([
      { ...alike, orderNo: "A" },
      { ...alike, orderNo: "B" },
    ]);
  });

  test("a number of many digits without quotes loses none of them", () => {
    const { rows } = stage(
      Buffer.from(JSON.stringify({ records: [sound] }).replace('"A"', "201512100936588040000000465158")),
    );
    expect(rows[0]?.orderNo).toBe("201512100936588040000000465158");
  });
});

describe("what is wrong with a file is found at its place", () => {
  const good = JSON.stringify(sound);
  test.each<[string, string, object]>([
    [
      "a comma too many in a record",
      `{"records":[${good},\n{"a":1,}]}`,
      { kind: "json", fault: { line: 2, column: 8 } },
    ],
    ["a comma after the last record", `{"records":[${good},\n ]}`, { kind: "json", fault: { line: 2, column: 2 } }],
    [
      "no comma between two",
      `{"records":[${good}${good}]}`,
      { kind: "json", fault: { line: 1, column: 13 + good.length } },
    ],
    ["the end of the file inside a string", `{"records":[${good},{"a":"b`, { kind: "json", fault: { line: 1 } }],
    [
      "something after the end",
      `{"records":[${good}]}x`,
      { kind: "json", fault: { line: 1, column: 15 + good.length } },
    ],
    ["a record that is none", `{"records":[${good},1]}`, { kind: "shape", reason: "第2条记录不是对象" }],
    ["another field", `{"records":[${good}],"total":1}`, { kind: "shape", reason: "records之外不应有其他字段：total" }],
    [
      "a key twice",
      `{"records":[${good},${good.replace("{", '{"user_name":"李四",')}]}`,
      { kind: "json", fault: { repeatedKey: "user_name", line: 1 } },
    ],
    [
      "a key twice, once escaped",
      `{"records":[${good.replace("{", '{"user\\u005fname":"李四",')}]}`,
      { kind: "json", fault: { repeatedKey: "user_name" } },
    ],
    ["two lists", `{"records":[${good}],"records":[]}`, { kind: "json", fault: { repeatedKey: "records" } }],
    ["no list", "{}", { kind: "shape", reason: "缺少数组records" }],
    ["bytes of another charset", '{"records":[{"a":"\ufffd"}]}', { kind: "charset" }],
  ])("%s", (_name, text, fault) => {
    const file =
      (fault as { kind: string }).kind === "charset"
        ? Buffer.from(text.replace("\ufffd", "\xff"), "latin1")
        : Buffer.from(text);
    expect(stage(file).staged.fileFault).toMatchObject(fault);
  });

  test("far into the file, with the line and column of the whole", () => {
    const lines = Array.from({ length: 4_000 }, (_, index) => JSON.stringify({ ...sound, order_no: `N${index}` }));
    lines[3_500] = '{"user_name" "x"}';
    const { staged } = stage(Buffer.from(`\ufeff{"records":[\n${lines.join(",\n")}\n]}`));
    expect(staged.fileFault).toMatchObject({ kind: "json", fault: { line: 3_502, column: 14 } });
  });
});
