import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { monthIndexOf, parseMonth } from "#kaimen/clock.ts";
import { identityCheckCharacter } from "#kaimen/consent/people.ts";
import type { FeedbackRecord, FileLayout, RecordFault } from "#kaimen/feedback/reading/record.ts";
import { createRecordReader, type RawRecord } from "#kaimen/feedback/reading/record-reader.ts";
import { loanTemplate } from "#kaimen/feedback/templates/loan.ts";
import { sceneTemplate } from "#kaimen/feedback/templates/scene.ts";
import { JsonNumber, type JsonValue } from "#kaimen/protocol/json.ts";

fc.configureGlobal(process.env["KAIMEN_SEED"] === undefined ? {} : { seed: Number(process.env["KAIMEN_SEED"]) });

const newestMonth = parseMonth("2026-11");
if (newestMonth === undefined) throw new Error("no month");
const layout: FileLayout = {
  template: loanTemplate,
  columns: loanTemplate.columns,
  primaryKey: ["order_no", "pay_month"],
  newestMonth,
  today: "2026-11-22",
  testPeople: true,
};

const sound: Record<string, JsonValue> = {
  user_name: "张三丰",
  user_credentials_type: "0",
  user_credentials_no: "11010519491231002X",
  order_no: "ORDER-1",
  biz_type: "1",
  order_status: "04",
  create_amt: "1200.50",
  pay_month: "2026-10",
  gmt_ovd_date: "",
  overdue_cnt: "0",
};
const number = (text: string): JsonNumber => new JsonNumber(text);
const recordWith = (changes: Record<string, JsonValue>): Record<string, JsonValue> => ({ ...sound, ...changes });
const readRecord = (of: FileLayout, record: RawRecord, at: number): FeedbackRecord | RecordFault[] =>
  createRecordReader(of)(record, at);

function faultsOf(changes: Record<string, JsonValue>, of: FileLayout = layout): RecordFault[] {
  const read = readRecord(of, recordWith(changes), 7);
  return Array.isArray(read) ? read : [];
}

function accepted(changes: Record<string, JsonValue>, of: FileLayout = layout): FeedbackRecord {
  const read = readRecord(of, recordWith(changes), 7);
  if (Array.isArray(read)) throw new Error(JSON.stringify(read));
  return read as FeedbackRecord; // Faults are the only arrays.
}

test("a sound record is read whole", () => {
  expect(accepted({})).toEqual({
    credentialsType: "0",
    credentialsNo: "11010519491231002X",
    name: "张三丰",
    nameKey: "张三丰",
    orderNo: "ORDER-1",
    bizType: "1",
    orderStatus: "04",
    stage: "performance",
    settled: false,
    month: monthIndexOf(2026, 10),
    createAmtFen: 120_050,
    reportedOn: null,
    overdueCnt: 0,
    overdueSince: null,
    overdueAmtFen: null,
    payAmtFen: null,
    creditLimitFen: null,
    adverse: false,
    endedOn: null,
    rectify: null,
    mayNotFollow: 0,
    extra: null,
    key: ["ORDER-1", "2026-10"],
  } satisfies FeedbackRecord);
});

const amount = "应为不小于0、最多两位小数的金额（元）";
const count = "应为不小于0的整数";
const month = "应为yyyy-MM格式的月份，例如2026-03";
const day = "应为yyyy-MM-dd格式的真实日期，例如2026-03-08";
const form = "应为18位或15位居民身份证号码";
const kind = "应为文本或数字";
const empty = "不能为空";
const control = "含有控制字符或无效字符";
const type = "取值应为0（居民身份证）";

describe("a column's fault is named with its masked value:", () => {
  test.each<[string, JsonValue, string, string]>([
    ["user_name", "", "", empty],
    ["user_name", " \u3000\n", "", empty],
    ["user_name", null, "", empty],
    ["user_name", true, "", kind],
    ["user_name", ["张三丰"], "", kind],
    ["user_name", new Map([["a", "张三丰"]]), "", kind],
    ["user_name", "张\0三", "张**", control],
    ["user_name", "张三\u0085丰", "张***", control],
    ["user_name", "张".repeat(65), `张${"*".repeat(39)}`, "超过最大长度64"],
    ["user_credentials_type", "", "", empty],
    ["user_credentials_type", "1", "1", type],
    ["user_credentials_type", "W", "W", type],
    ["user_credentials_type", "00", "00", "取值应为0（居民身份证）"],
    ["user_credentials_type", number("1"), "1", type],
    ["user_credentials_no", "", "", empty],
    ["user_credentials_no", "110105194912310021", "110*************21", "证件号码校验位不正确"],
    ["user_credentials_no", "110105194902290029", "110*************29", "证件号码中的出生日期不存在"],
    ["user_credentials_no", "110105490231002", "110**********02", "证件号码中的出生日期不存在"],
    ["user_credentials_no", "1101054912310", "110********10", form],
    ["user_credentials_no", "1", "*", form],
    ["user_credentials_no", "123", "***", form],
    ["user_credentials_no", "1234", "1**4", form],
    ["user_credentials_no", "12345678", "12****78", form],
    ["user_credentials_no", number("110105194912310021"), "110*************21", "证件号码校验位不正确"],
    ["user_credentials_no", "1".repeat(33), `111${"*".repeat(28)}11`, "超过最大长度32"],
    ["order_no", "", "", empty],
    ["order_no", "A\tB", "A\ufffdB", control],
    ["order_no", "A".repeat(65), "A".repeat(40), "超过最大长度64"],
    ["biz_type", "1".repeat(33), "1".repeat(33), "超过最大长度32"],
    ["biz_type", false, "", kind],
    ["order_status", "a\nb", "a\ufffdb", control],
    ["order_status", "x".repeat(33), "x".repeat(33), "超过最大长度32"],
    ["create_amt", "-1", "-1", amount],
    ["create_amt", "+1", "+1", amount],
    ["create_amt", "1.005", "1.005", amount],
    ["create_amt", "1.", "1.", amount],
    ["create_amt", ".5", ".5", amount],
    ["create_amt", "1,200", "1,200", amount],
    ["create_amt", "1e3", "1e3", amount],
    ["create_amt", number("1e3"), "1e3", amount],
    ["create_amt", number("-0.01"), "-0.01", amount],
    ["create_amt", "１２", "１２", amount],
    ["create_amt", "¥12", "¥12", amount],
    ["create_amt", "NaN", "NaN", amount],
    ["create_amt", "12345678901234", "12345678901234", amount],
    ["create_amt", "0000000000000000001", "0000000000000000001", "应为不小于0、最多两位小数的金额（元）"],
    ["create_amt", new Map(), "", kind],
    ["pay_month", "2026-13", "2026-13", month],
    ["pay_month", "2026/10", "2026/10", month],
    ["pay_month", "202610", "202610", month],
    ["pay_month", "0", "0", month],
    ["pay_month", "2026-10-01", "2026-10-01", month],
    ["pay_month", "2026-12", "2026-12", "月份晚于当前月份"],
    ["gmt_ovd_date", "2026-02-29", "2026-02-29", day],
    ["gmt_ovd_date", "2026/02/28", "2026/02/28", day],
    ["gmt_ovd_date", "0000-00-00", "0000-00-00", day],
    // PostgreSQL's type date has no year 0.
    ["gmt_ovd_date", "0000-01-01", "0000-01-01", day],
    ["gmt_ovd_date", "2026-02-28 24:00:00", "2026-02-28 24:00:00", day],
    ["gmt_ovd_date", "2026-02-28 10:00", "2026-02-28 10:00", day],
    ["gmt_ovd_date", "2026-02-28T10:00:00", "2026-02-28T10:00:00", day],
    ["gmt_ovd_date", "2026-02-28 10:00:00Z", "2026-02-28 10:00:00Z", day],
    ["overdue_cnt", "-1", "-1", count],
    ["overdue_cnt", "1.0", "1.0", count],
    ["overdue_cnt", number("1e1"), "1e1", count],
    ["overdue_cnt", "M1", "M1", count],
    ["overdue_cnt", "1000", "1000", "超过最大长度3"],
    ["overdue_days", "-1", "-1", count],
    ["overdue_days", "100000", "100000", "超过最大长度5"],
    ["overdue_amt", "x", "x", amount],
    ["pay_amt", "x", "x", amount],
    ["credit_limit", "x", "x", amount],
    ["gmt_pay", "2026-02-30", "2026-02-30", day],
    ["memo", "a\0", "a\ufffd", control],
    ["memo", "a\ud800", "a\ufffd", control],
    ["memo", "x".repeat(257), "x".repeat(40), "超过最大长度256"],
  ])("%s %j is masked as %j: %s", (column, value, masked, reason) => {
    expect(faultsOf({ [column]: value })).toEqual([{ record: 7, column, value: masked, reason }]);
  });

  test.each(["user_name", "user_credentials_type", "user_credentials_no", "order_no"])(
    "%s may not be left out",
    (column) => {
      const record = recordWith({});
      Reflect.deleteProperty(record, column);
      expect(readRecord(layout, record, 7)).toEqual([{ record: 7, column, value: "", reason: empty }]);
    },
  );

  test.each<[string, Record<string, JsonValue>, [string, string][]]>([
    ["a column that was not announced", { phone_no: "13800000000" }, [["phone_no", "不在columns参数中"]]],
    [
      "one whose name is of the language",
      { ["__proto__x"]: "1", constructor: "1" },
      [
        ["__proto__x", "不在columns参数中"],
        ["constructor", "不在columns参数中"],
      ],
    ],
    [
      "a primary key column that may be empty otherwise",
      { pay_month: "", order_status: "01" },
      [["pay_month", "主键列不能为空"]],
    ],
    [
      "a performance without a month, also by its status",
      { pay_month: "", order_status: "" },
      [["pay_month", "主键列不能为空"]],
    ],
    [
      "everything that is wrong, in the order of the columns",
      { user_name: "", create_amt: "x", stranger: "1", pay_month: "" },
      [
        ["user_name", empty],
        ["create_amt", amount],
        ["stranger", "不在columns参数中"],
        ["pay_month", "主键列不能为空"],
      ],
    ],
  ])("%s", (_name, changes, expected) => {
    expect(faultsOf(changes).map(({ column, reason }) => [column, reason])).toEqual(expected);
  });

  test("a performance has a month", () => {
    expect(faultsOf({ pay_month: "" }, { ...layout, primaryKey: ["order_no"] })).toEqual([
      { record: 7, column: "pay_month", value: "", reason: "履约记录须有月份" },
    ]);
  });

  test("a record that is not overdue has no date since when it is", () => {
    expect(faultsOf({ overdue_cnt: "0", gmt_ovd_date: "2026-10-08 00:00:00" })).toEqual([
      { record: 7, column: "gmt_ovd_date", value: "2026-10-08", reason: "未逾期的记录不应有逾期日期" },
    ]);
  });
});

describe("by the day the file comes in,", () => {
  test("nothing is overdue since a day to come", () => {
    expect(faultsOf({ overdue_cnt: "1", gmt_ovd_date: "2026-11-23" }).map(({ reason }) => reason)).toEqual([
      "逾期日期晚于今天",
    ]);
    expect(faultsOf({ overdue_cnt: "1", gmt_ovd_date: "2026-11-22" })).toEqual([]);
  });

  test("people of region 99 are for the sandbox only", () => {
    const seventeen = "99000019700101001";
    const nobody = { user_credentials_no: seventeen + identityCheckCharacter(seventeen) };
    expect(faultsOf(nobody)).toEqual([]);
    expect(faultsOf(nobody, { ...layout, testPeople: false }).map(({ reason }) => reason)).toEqual([
      "地区代码99只用于测试数据",
    ]);
  });
});

describe("the scene template", () => {
  const scene: FileLayout = {
    ...layout,
    template: sceneTemplate,
    columns: sceneTemplate.columns,
    primaryKey: ["order_no"],
  };
  const base = {
    biz_date: "2026-11-01",
    linked_merchant_id: "",
    user_credentials_type: "0",
    user_credentials_no: "11010519491231002X",
    user_name: "张三丰",
    order_no: "A",
    scene_type: "1",
    scene_desc: "",
    scene_status: "0",
    create_amt: "1",
    installment_due_date: "2026-11-05",
    overdue_amt: "",
    gmt_ovd_date: "",
    rectify_flag: "0",
    memo: "",
  };
  const read = (changes: Record<string, JsonValue>): FeedbackRecord | RecordFault[] =>
    readRecord(scene, { ...base, ...changes }, 1);

  test.each<[string, Record<string, JsonValue>, Partial<FeedbackRecord>]>([
    [
      "performing",
      {},
      {
        stage: "performance",
        overdueCnt: 0,
        month: monthIndexOf(2026, 11),
        reportedOn: "2026-11-01",
        mayNotFollow: 3,
        adverse: false,
      },
    ],
    [
      "default",
      { scene_status: "1", overdue_amt: "5", gmt_ovd_date: "2026-09-20" },
      { overdueCnt: 2, adverse: true, mayNotFollow: 3 },
    ],
    ["settled", { scene_status: "2" }, { settled: true, mayNotFollow: 2 }],
    ["abandoned", { scene_status: "3" }, { stage: "application", mayNotFollow: 0 }],
    [
      "delete history",
      { rectify_flag: "1", scene_status: "", installment_due_date: "", create_amt: "" },
      { rectify: "delete_history", mayNotFollow: 0 },
    ],
    ["modify", { rectify_flag: "3" }, { rectify: "modify", mayNotFollow: 0 }],
  ])("understands %s", (_name, changes, expected) => {
    expect(read(changes)).toMatchObject(expected);
  });

  test.each<[string, Record<string, JsonValue>, string, string]>([
    ["a state", { scene_status: "" }, "scene_status", "rectify_flag为0时不能为空"],
    [
      "the instalment that is to be modified",
      { rectify_flag: "3", installment_due_date: "" },
      "installment_due_date",
      "rectify_flag为3时不能为空",
    ],
    [
      "since when there is a default",
      { scene_status: "1", overdue_amt: "5" },
      "gmt_ovd_date",
      "scene_status为1时不能为空",
    ],
    ["a known state", { scene_status: "7" }, "scene_status", "取值应为0、1、2、3、4、5、6之一"],
    ["a day that has come", { biz_date: "2026-11-23" }, "biz_date", "日期晚于今天"],
  ])("wants %s", (_name, changes, column, reason) => {
    expect(read(changes)).toEqual([expect.objectContaining({ column, reason })]);
  });
});

describe("a value is read:", () => {
  test.each<[Record<string, JsonValue>, keyof FeedbackRecord, unknown]>([
    [{ order_no: " A-1\n" }, "orderNo", "A-1"],
    [{ order_no: number("201512100936588040000000465158") }, "orderNo", "201512100936588040000000465158"],
    [{ order_no: "A".repeat(64) }, "orderNo", "A".repeat(64)],
    [{ user_credentials_type: number("0") }, "credentialsType", "0"],
    [{ user_credentials_no: "１１０１０５１９４９１２３１００２ｘ" }, "credentialsNo", "11010519491231002X"],
    [{ user_credentials_no: "110105 19491231 002x" }, "credentialsNo", "11010519491231002X"],
    [{ user_credentials_no: number("440524188001010014") }, "credentialsNo", "440524188001010014"],
    [{ user_credentials_no: "110105491231002" }, "credentialsNo", "11010519491231002X"],
    [{ user_name: "\u3000Ｌｉ Ｌｅｉ " }, "nameKey", "lei li"],
    [{ user_name: "刘䶮" }, "name", "刘䶮"],
    [{ create_amt: "0" }, "createAmtFen", 0],
    [{ create_amt: number("0.07") }, "createAmtFen", 7],
    [{ create_amt: "0.29" }, "createAmtFen", 29],
    [{ create_amt: number("1200.5") }, "createAmtFen", 120_050],
    [{ create_amt: "1200.5000" }, "createAmtFen", 120_050],
    [{ create_amt: "00012" }, "createAmtFen", 1_200],
    [{ create_amt: "9999999999999.99" }, "createAmtFen", 999_999_999_999_999],
    [{ create_amt: "" }, "createAmtFen", null],
    [{ create_amt: null }, "createAmtFen", null],
    [{ overdue_amt: "1.01" }, "overdueAmtFen", 101],
    [{ pay_amt: "1.02" }, "payAmtFen", 102],
    [{ credit_limit: "1.03" }, "creditLimitFen", 103],
    [{ pay_month: "2026-11" }, "month", parseMonth("2026-11")],
    [{ overdue_cnt: number("3") }, "overdueCnt", 3],
    [{ overdue_cnt: "007" }, "overdueCnt", 7],
    [{ overdue_cnt: "" }, "overdueCnt", null],
    [{ overdue_cnt: "", overdue_days: "0" }, "overdueCnt", 0],
    [{ overdue_cnt: "", overdue_days: "1" }, "overdueCnt", 1],
    [{ overdue_cnt: "", overdue_days: "30" }, "overdueCnt", 1],
    [{ overdue_cnt: "", overdue_days: "31" }, "overdueCnt", 2],
    [{ overdue_cnt: "0", overdue_days: "31" }, "overdueCnt", 0],
    [{ overdue_cnt: "1", gmt_ovd_date: "2026-10-08" }, "overdueSince", "2026-10-08"],
    [{ overdue_cnt: "1", gmt_ovd_date: "2024-02-29 23:59:59" }, "overdueSince", "2024-02-29"],
    [{ overdue_cnt: "", gmt_ovd_date: "2026-10-08" }, "overdueSince", "2026-10-08"],
    [{ order_status: "01" }, "stage", "application"],
    [{ order_status: "refused" }, "stage", "application"],
    [{ order_status: "04" }, "stage", "performance"],
    [{ order_status: "" }, "stage", "performance"],
    [{ order_status: "Settled" }, "settled", true],
    [{ order_status: "已结清" }, "settled", true],
    [{ order_status: "04" }, "settled", false],
    [{ memo: " note " }, "extra", { memo: "note" }],
    [{ memo: 'a/"\u2028b', gmt_pay: "2026-10-09" }, "extra", { gmt_pay: "2026-10-09", memo: 'a/"\u2028b' }],
  ])("%j has %s %j", (changes, field, expected) => {
    expect(accepted(changes)[field]).toEqual(expected);
  });

  test("an application needs no month", () => {
    expect(accepted({ order_status: "02", pay_month: "" }, { ...layout, primaryKey: ["order_no"] })).toMatchObject({
      stage: "application",
      month: null,
    });
  });

  test("a key is the primary key's values in their order, a credential in its one way of writing", () => {
    const keyed = { ...layout, primaryKey: ["pay_month", "user_credentials_no", "order_no"] };
    expect(accepted({ user_credentials_no: "11010519491231002x", order_no: " A " }, keyed).key).toEqual([
      "2026-10",
      "11010519491231002X",
      "A",
    ]);
  });

  test("columns that are not in the layout are no part of the record", () => {
    const names = ["user_name", "user_credentials_type", "user_credentials_no", "order_no", "pay_month"];
    const narrow = { ...layout, columns: loanTemplate.columns.filter(({ name }) => names.includes(name)) };
    const record = Object.fromEntries(names.map((name) => [name, sound[name] ?? ""]));
    expect(readRecord(narrow, record, 1)).toMatchObject({
      createAmtFen: null,
      overdueCnt: null,
      bizType: "",
      orderStatus: "",
    });
  });
});

test("any amount of fen, written as yuan in any of its ways, is read back exactly", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999_999_999_999_999 }), fc.boolean(), (fen, asNumber) => {
      const digits = String(fen).padStart(3, "0");
      const yuan = `${digits.slice(0, -2)}.${digits.slice(-2)}`;
      for (const text of [yuan, yuan.replace(/0$/, ""), yuan.replace(/\.?0+$/, ""), `${yuan}00`.slice(0, 18)]) {
        expect(accepted({ create_amt: asNumber ? number(text) : text }).createAmtFen, text).toBe(fen);
      }
    }),
    { numRuns: 1_000 },
  );
});

describe("personal data", () => {
  const names = fc
    .string({ unit: fc.constantFrom(..."张王李赵刘陈杨黄周吴䶮\0\t·Ab"), minLength: 2, maxLength: 90 })
    .filter((name) => name.trim().length > 1);
  const digits = fc.string({ unit: fc.constantFrom(..."0123456789Xx"), minLength: 1, maxLength: 40 });
  const cards = fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 3, maxLength: 3 }).map((last) => {
    const seventeen = `99000019700101${last}`;
    return seventeen + identityCheckCharacter(seventeen);
  });

  test("never stands in a fault in full, whatever is wrong with the record", () => {
    let faulty = 0;
    fc.assert(
      fc.property(names, fc.oneof(digits, cards), fc.constantFrom("", "x", "0"), (name, credentialsNo, other) => {
        const faults = faultsOf({
          user_name: name,
          user_credentials_no: credentialsNo,
          create_amt: other,
          stranger: credentialsNo,
        });
        faulty += faults.filter(({ column }) => column.startsWith("user_")).length;
        for (const fault of faults) {
          const shown = Object.values(fault).join("\n");
          expect(shown).not.toContain(name.trim());
          expect(fault.column === "user_credentials_no" ? fault.value : "").not.toContain(credentialsNo);
          if (credentialsNo.length > 11) expect(shown).not.toContain(credentialsNo.slice(3, -2));
        }
      }),
      { numRuns: 500 },
    );
    expect(faulty).toBeGreaterThan(100);
  });

  test("shows of a name its first character, and of a number at most three at its start and two at its end", () => {
    fc.assert(
      fc.property(
        digits.filter((text) => text.length < 18),
        (credentialsNo) => {
          const [fault] = faultsOf({ user_credentials_no: credentialsNo });
          const mask = /^([^*]{0,3})(\*+)([^*]{0,2})$/.exec(fault?.value ?? "");
          expect(fault?.value.length).toBe(credentialsNo.length);
          expect((mask?.[2] ?? "").length).toBeGreaterThanOrEqual(credentialsNo.length / 2);
        },
      ),
    );
  });
});

describe("what a fault shows can be stored and sent:", () => {
  /** PostgreSQL's jsonb takes neither half of a surrogate pair, nor U+0000. */
  const unstorable = /\p{Cs}|\0/u;

  test.each<[string, Record<string, JsonValue>]>([
    ["a name of a million characters", { user_name: "张".repeat(1_000_000) }],
    ["a number of a million digits", { user_credentials_no: "1".repeat(1_000_000) }],
    ["an order number of a million characters", { order_no: "A".repeat(1_000_000) }],
    ["a column whose name has a million characters", { ["x".repeat(1_000_000)]: "1" }],
  ])("%s makes a fault of at most 200", (_name, changes) => {
    const faults = faultsOf(changes);
    expect(faults.length).toBe(1);
    expect(JSON.stringify(faults).length).toBeLessThanOrEqual(200);
  });

  test("a thousand columns that were not announced make at most a hundred faults", () => {
    const strangers = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`x${index}`, "1"]));
    const faults = faultsOf(strangers);
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.length).toBeLessThanOrEqual(100);
  });

  test.each<[string, Record<string, JsonValue>]>([
    ["an emoji at the place where a value is cut", { memo: `${"x".repeat(39)}\u{1f600}${"x".repeat(300)}` }],
    ["the character U+0000", { order_no: "A\0B" }],
    ["the character U+0000 at the start of a name", { user_name: "\0三" }],
    ["half a surrogate pair in a column that was not announced", { "x\ud800": "1" }],
    ["half a surrogate pair in a bad amount", { create_amt: "\ud800" }],
  ])("%s", (_name, changes) => {
    const faults = faultsOf(changes);
    expect(faults.length).toBe(1);
    expect(Object.values(faults[0] ?? {}).join("\n")).not.toMatch(unstorable);
  });

  test.each(["user_name", "order_no", "biz_type", "order_status", "memo"])(
    "half a surrogate pair in %s is a fault: no database takes it",
    (column) => {
      expect(faultsOf({ [column]: "a\ud800b" }).map((fault) => fault.column)).toEqual([column]);
    },
  );
});
