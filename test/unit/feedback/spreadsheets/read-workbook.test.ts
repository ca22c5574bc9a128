import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { readSheet } from "read-excel-file/node";
import { CellFaults } from "#kaimen/feedback/spreadsheets/cell-faults.ts";
import { readDataCsv } from "#kaimen/feedback/spreadsheets/read-data-sheet.ts";
import { loanTemplate } from "#kaimen/feedback/templates/loan.ts";
import { readWorkbook, tableWorkbook, templateWorkbook } from "#kaimen/feedback/templates/table-files.ts";
import { type HandmadeWorkbook, handmadeWorkbook } from "../../../support/handmade-workbook.ts";

const text = (address: string, value: string): string => `<c r="${address}" t="inlineStr"><is><t>${value}</t></is></c>`;
const header = (...names: string[]): string =>
  `<row r="1">${names.map((name, at) => text(`${"ABCDEF"[at]}1`, name)).join("")}</row>`;

/** What becomes of one cell, B7, in a column: its text, or the fault. */
async function valueOf(column: string, cell: string, more: Partial<HandmadeWorkbook> = {}): Promise<string> {
  const sheet = `${header("order_no", column)}<row r="7">${text("A7", "ORDER-1")}${cell}</row>`;
  return readWorkbook(handmadeWorkbook({ ...more, sheets: { data: sheet } })).then(
    ({ rows: [row] }) => row?.[1] ?? "",
    (error: unknown) => {
      if (!(error instanceof CellFaults)) throw error;
      return error.message;
    },
  );
}

const inFormat = (value: string, format: string | number): [string, Partial<HandmadeWorkbook>] => [
  `<c r="B7" s="1"><v>${value}</v></c>`,
  { formats: [format] },
];
const number = (value: string): [string, Partial<HandmadeWorkbook>] => [`<c r="B7"><v>${value}</v></c>`, {}];
const typed = (value: string): [string, Partial<HandmadeWorkbook>] => [text("B7", value), {}];
const cell = (xml: string, more: Partial<HandmadeWorkbook> = {}): [string, Partial<HandmadeWorkbook>] => [xml, more];

describe("convert reads a cell by the type of its column", () => {
  it.each<[string, ...[string, Partial<HandmadeWorkbook>], string]>([
    // A month kept as a date: 46082 is 2026-03-01.
    ["pay_month", ...inFormat("46082", 17), "2026-03"],
    ["pay_month", ...inFormat("46082", 14), "2026-03"],
    ["pay_month", ...inFormat("46096", "yyyy-mm"), "2026-03"],
    ["pay_month", ...inFormat("46082", "m/d/yy"), "2026-03"],
    ["pay_month", ...inFormat("46082", 'yyyy"年"m"月"'), "2026-03"],
    ["pay_month", ...inFormat("46082", "[$-804]yyyy\\-mm;@"), "2026-03"],
    ["pay_month", ...inFormat("46082", 57), "2026-03"],
    ["pay_month", ...inFormat("44620", 17), "2022-02"],
    ["pay_month", ...inFormat("44621", 17), "2022-03"],
    ["pay_month", `<c r="B7" s="1"><v>44620</v></c>`, { formats: [17], from1904: true }, "2026-03"],
    ["pay_month", `<c r="B7" s="1"><v>44620</v></c>`, { formats: [17], from1904: true, strict: true }, "2026-03"],
    ["pay_month", ...cell('<c r="B7" t="d"><v>2026-03-01T00:00:00</v></c>'), "2026-03"],
    ["pay_month", ...number("46082"), "2026-03"],
    ["pay_month", ...number("202603"), "2026-03"],
    ["pay_month", ...number("20260301"), "2026-03"],
    ["pay_month", ...cell('<c r="B7" s="1"><f>DATE(2026,3,1)</f><v>46082</v></c>', { formats: [14] }), "2026-03"],
    // As text.
    ...[
      ["2026-03", "2026-03"],
      ["2026-3", "2026-03"],
      ["2026/3", "2026-03"],
      ["202603", "2026-03"],
      ["2026.03", "2026-03"],
      ["２０２６－０３", "2026-03"],
      ["'2026-03", "2026-03"],
      ["2026年3月", "2026-03"],
      ["2026 年 12 月", "2026-12"],
      ["26年3月", "2026-03"],
      ["Mar-26", "2026-03"],
      ["Sept 2026", "2026-09"],
      ["March 2026", "2026-03"],
      ["3/2026", "2026-03"],
      ["03-2026", "2026-03"],
      ["2026-03-31", "2026-03"],
      ["2026年3月5日", "2026-03"],
    ].map(([given = "", month = ""]): [string, string, Partial<HandmadeWorkbook>, string] => [
      "pay_month",
      ...typed(given),
      month,
    ]),
    // Dates.
    ["gmt_ovd_date", ...inFormat("46082", 14), "2026-03-01"],
    ["gmt_ovd_date", ...inFormat("46082.75", 22), "2026-03-01 18:00:00"],
    ["gmt_ovd_date", ...inFormat("46082.999999999", 22), "2026-03-02"],
    ["gmt_ovd_date", ...inFormat("46081.4999884259", 22), "2026-02-28 11:59:59"],
    ["gmt_ovd_date", ...number("46082"), "2026-03-01"],
    ["gmt_ovd_date", ...typed("2026/3/1"), "2026-03-01"],
    ["gmt_ovd_date", ...typed("2026.3.1"), "2026-03-01"],
    ["gmt_ovd_date", ...typed("20260301"), "2026-03-01"],
    ["gmt_ovd_date", ...typed("2026年3月1日"), "2026-03-01"],
    ["gmt_ovd_date", ...typed("1-Mar-2026"), "2026-03-01"],
    ["gmt_ovd_date", ...typed("2026-03-01 9:05"), "2026-03-01 09:05:00"],
    ["gmt_ovd_date", ...typed("2026-03-01 00:00:00"), "2026-03-01"],
    // Amounts and other numbers keep their digits, and show no binary ones.
    ["pay_amt", ...number("1200.50"), "1200.50"],
    ["pay_amt", ...number("19.989999999999998"), "19.99"],
    ["pay_amt", ...number("0.30000000000000004"), "0.3"],
    ["pay_amt", ...number("1.2E3"), "1200"],
    ["pay_amt", ...number("1E-7"), "0.0000001"],
    ["pay_amt", ...number("-0.5"), "-0.5"],
    ["pay_amt", ...inFormat("1234.5", "#,##0.00;[Red]-#,##0.00"), "1234.5"],
    ["pay_amt", ...cell('<c r="B7"><f>1+1</f><v>2</v></c>'), "2"],
    ["pay_amt", ...cell('<c r="B7" t="str"><f>A1&amp;""</f><v>12.30</v></c>'), "12.30"],
    ["overdue_cnt", ...number("123456789012345"), "123456789012345"],
    ["biz_type", ...inFormat("4", "00"), "04"],
    ["memo", ...cell('<c r="B7" t="str"><f>""</f><v></v></c>'), ""],
    ["memo", ...cell('<c r="B7" s="0"/>'), ""],
    ["memo", ...cell('<c r="B7" t="b"><v>1</v></c>'), "true"],
    ["memo", ...typed("a &lt; b &amp; c"), "a < b & c"],
    ["memo", ...typed("line_x000A_two _x005F_x0041_ _x0041_"), "line\ntwo _x0041_ _x0041_"],
    // A column that no template names has what the format shows.
    ["their_own", ...inFormat("46082", 14), "2026-03-01"],
    ["their_own", ...inFormat("46082", "yyyy/m"), "2026-03"],
  ])("%s %s %j is %s", async (column, xml, more, expected) => {
    expect(await valueOf(column, xml, more)).toBe(expected);
  });

  const month = "should be a month, yyyy-MM, for example 2026-03";
  const day = "should be a date, yyyy-MM-dd, for example 2026-03-01";
  it.each<[string, ...[string, Partial<HandmadeWorkbook>], string]>([
    ["user_credentials_no", ...number("1.10101199003071E+17"), "a number of more than 15 digits"],
    ["user_credentials_no", ...number("110101199003070000"), "a number of more than 15 digits"],
    ["order_no", ...number("1234567890123456"), "a number of more than 15 digits"],
    ["order_no", ...inFormat("1234567890123456", "0"), "a number of more than 15 digits"],
    ["order_no", ...typed("1.23457E+15"), "a number of more than 15 digits"],
    ["pay_amt", ...cell('<c r="B7" t="e"><v>#N/A</v></c>'), "the error #N/A"],
    ["memo", ...cell('<c r="B7" t="e"><f>1/0</f><v>#DIV/0!</v></c>'), "the error #DIV/0!"],
    ["memo", ...typed("#REF!"), "the error #REF!"],
    ["pay_amt", ...cell('<c r="B7"><f>A1+1</f></c>'), "a formula without its value"],
    ["pay_month", ...typed("3/4/26"), `${month}, not 3/4/26`],
    ["pay_month", ...typed("3/4/2026"), `${month}, not 3/4/2026`],
    ["pay_month", ...typed("26-03"), `${month}, not 26-03`],
    ["pay_month", ...typed("2026.1"), `${month}, not 2026.1`],
    ["pay_month", ...typed("2026-13"), `${month}, not 2026-13`],
    ["pay_month", ...typed("302603"), `${month}, not 302603`],
    ["pay_month", ...typed("Foo-26"), month],
    ["pay_month", ...number("2026.1"), `${month}, not 2026.1`],
    ["pay_month", ...number("2026"), `${month}, not 2026`],
    ["pay_month", ...inFormat("46082", 16), "a date shown without its year"],
    ["pay_month", ...inFormat("46082", 'm"月"d"日"'), "a date shown without its year"],
    ["pay_month", ...inFormat("0.5", "h:mm"), "holds a time"],
    ["pay_month", ...inFormat("-1", 14), "a number that is no date"],
    ["pay_month", ...inFormat("60", 14), "a number that is no date"],
    ["gmt_ovd_date", ...typed("3/4/26"), `${day}, not 3/4/26`],
    ["gmt_ovd_date", ...typed("2026-02-30"), `${day}, not 2026-02-30`],
    ["gmt_ovd_date", ...typed("2026-03"), `${day}, not 2026-03`],
    ["gmt_ovd_date", ...typed("2026-03-01 25:00"), day],
    ["pay_amt", ...inFormat("46082", 14), "holds a date, which a spreadsheet makes"],
    ["biz_type", ...inFormat("46082", 16), "holds a date, which a spreadsheet makes"],
  ])("%s %s %j is refused with its cell", async (column, xml, more, expected) => {
    const said = await valueOf(column === "order_no" ? "memo" : column, xml, more);
    expect(said).toMatch(/^B7 \(\w+\) (?:holds|should be) /);
    expect(said).toContain(expected);
  });

  it("what stands in a wrong column, such as a name or an identity number, is not repeated", async () => {
    for (const value of ["张三", "990000199003070013", "ANNA TESTA"])
      expect(await valueOf("pay_month", text("B7", value))).not.toContain(value);
  });

  it("every such cell is named, up to twenty", async () => {
    const bad = Array.from({ length: 25 }, (_, at) => `<row r="${at + 2}">${text(`A${at + 2}`, "3/4/26")}</row>`);
    const workbook = handmadeWorkbook({ sheets: { data: `${header("pay_month")}${bad.join("")}` } });
    const lines = await readWorkbook(workbook).catch((error: Error) => error.message.split("\n"));
    expect(lines).toHaveLength(21);
    expect(lines).toContain(`A21 (pay_month) ${month}, not 3/4/26`);
    expect(lines).toContain("and 5 cells more");
  });
});

describe("convert reads the XML of whatever program wrote it:", () => {
  const table = { header: ["order_no", "user_name"], rows: [["ORDER-1", "张三"]] };
  const phonetic = '<r><t>张</t></r><r><rPr><b/></rPr><t>三</t></r><rPh sb="0" eb="1"><t>ZHANG</t></rPh><phoneticPr/>';
  it.each<[string, HandmadeWorkbook]>([
    [
      "rows and cells without addresses",
      {
        sheets: {
          data: '<row><c t="inlineStr"><is><t>order_no</t></is></c><c t="inlineStr"><is><t>user_name</t></is></c></row><row/><row><c t="str"><v>ORDER-1</v></c><c t="s"><v>0</v></c></row>',
        },
        sharedTexts: ["<t>张三</t>"],
      },
    ],
    [
      "shared texts of runs with their pronunciation",
      {
        sheets: {
          data: `${header("order_no", "user_name")}<row r="2">${text("A2", "ORDER-1")}<c r="B2" t="s"><v>1</v></c></row>`,
        },
        sharedTexts: ["<t/>", phonetic],
      },
    ],
    [
      "inline texts of runs with their pronunciation",
      {
        sheets: {
          data: `${header("order_no", "user_name")}<row r="2">${text("A2", "ORDER-1")}<c r="B2" t="inlineStr"><is>${phonetic}</is></c></row>`,
        },
      },
    ],
    [
      "the strict form, with prefixes",
      {
        sheets: {
          data: '<x:row r="1"><x:c r="A1" t="s"><x:v>0</x:v></x:c><x:c r="B1" t="s"><x:v>1</x:v></x:c></x:row><x:row r="2"><x:c r="A2" t="s"><x:v>2</x:v></x:c><x:c r="B2" t="s"><x:v>3</x:v></x:c></x:row>',
        },
        sharedTexts: ["<t>order_no</t>", "<t>user_name</t>", "<t>ORDER-1</t>", "<t><![CDATA[张三]]></t>"],
        prefix: "x:",
        strict: true,
      },
    ],
    [
      "a sheet named data behind others, with notes beside the table and rows that only have a format",
      {
        sheets: {
          readme: header("anything"),
          data: `${header("order_no", "user_name")}<row r="2">${text("A2", "ORDER-1")}${text("B2", "张三")}${text("F2", "#N/A")}</row><row r="3"><c r="A3" s="0"/></row>`,
        },
      },
    ],
  ])("%s", async (_, workbook) => {
    const read = await readWorkbook(handmadeWorkbook(workbook));
    expect(read).toEqual(table);
  });

  it("a template's own workbook says what its columns are", async () => {
    const own = {
      ...loanTemplate,
      columns: loanTemplate.columns.map((each) => ({ ...each, name: `own_${each.name}` })),
    };
    const book = unzipSync(await templateWorkbook(own));
    const filledIn = own.columns.map(() => "<c><v>46082</v></c>").join("");
    const path = "xl/worksheets/sheet2.xml";
    const sheet = strFromU8(book[path] ?? new Uint8Array()).replace(
      "</sheetData>",
      `<row>${filledIn}</row></sheetData>`,
    );
    const content = Buffer.from(zipSync({ ...book, [path]: strToU8(sheet) }));
    const { header: names, rows } = await readWorkbook(content);
    expect(names).toEqual(own.columns.map(({ name }) => name));
    const read = { month: "2026-03", day: "2026-03-01" } as Record<string, string>;
    expect(rows).toEqual([own.columns.map(({ type }) => read[type] ?? "46082")]);
  });

  it("what is text is read as another reader reads it", async () => {
    const rows = [
      ["order_no", "memo"],
      ["0012", "a\nb  c"],
      ["<&>\"'", "𠮷😀"],
    ];
    const workbook = await tableWorkbook({ header: rows[0] ?? [], rows: rows.slice(1) });
    const read = await readWorkbook(workbook);
    expect([read.header, ...read.rows]).toEqual(rows);
    expect([read.header, ...read.rows]).toEqual(await readSheet(workbook));
  });

  it.each([
    ["a text", Buffer.from("order_no,pay_month"), "it is no .xlsx file"],
    ["an old .xls", Buffer.from("d0cf11e0a1b11ae1", "hex"), "old .xls"],
    ["half a file", handmadeWorkbook({ sheets: { data: "" } }).subarray(0, 300), "invalid zip data"],
    ["XML that does not end", handmadeWorkbook({ sheets: { data: "<row><c>" } }), "closing tag mismatch"],
    [
      "a text that is not there",
      handmadeWorkbook({ sheets: { data: '<row><c t="s"><v>9</v></c></row>' } }),
      "no shared text 9",
    ],
  ])("%s is refused", async (_, content, expected) => {
    await expect(readWorkbook(content)).rejects.toThrow(expected);
  });
});

describe("convert reads a CSV file by the type of its columns", () => {
  it("months and dates come in their form, and everything else as it is", () => {
    const { rows } = readDataCsv(
      "order_no,pay_month,gmt_ovd_date,pay_amt,_error\n0012,Mar-26,2026/3/1,1200.50,#N/A\n\n",
    );
    expect(rows).toEqual([["0012", "2026-03", "2026-03-01", "1200.50", "#N/A"]]);
  });

  it.each([
    ["pay_month\n2026-03\n3/4/26", "line 3 (pay_month) should be a month"],
    ["user_credentials_no\n1.10101E+17", "line 2 (user_credentials_no) holds a number of more than 15 digits"],
    ["pay_amt\n#VALUE!", "line 2 (pay_amt) holds the error #VALUE!"],
  ])("%j is refused with its line", (csv, expected) => {
    expect(() => readDataCsv(csv)).toThrow(expected);
  });
});
