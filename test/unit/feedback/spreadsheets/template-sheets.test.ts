import { strFromU8, unzipSync } from "fflate";
import { beforeAll, describe, expect, it } from "vitest";
import { loanTemplate } from "#kaimen/feedback/templates/loan.ts";
import { rentalTemplate } from "#kaimen/feedback/templates/rental.ts";
import { sceneTemplate } from "#kaimen/feedback/templates/scene.ts";
import { columnName } from "#kaimen/feedback/spreadsheets/sheet-rows.ts";
import { openWorkbook } from "#kaimen/feedback/spreadsheets/workbook.ts";
import { templateWorkbook } from "#kaimen/feedback/templates/table-files.ts";

describe.each([loanTemplate, sceneTemplate, rentalTemplate])("the workbook of the template $name", (template) => {
  let content: Buffer;
  let parts: Record<string, string>;
  beforeAll(async () => {
    content = await templateWorkbook(template);
    parts = Object.fromEntries(Object.entries(unzipSync(content)).map(([path, bytes]) => [path, strFromU8(bytes)]));
  });

  it("has every column to fill in in the format Text", () => {
    const styles = /<cellXfs count="(\d+)">(.*)<\/cellXfs>/.exec(parts["xl/styles.xml"] ?? "");
    const formats = (styles?.[2] ?? "").split("<xf").slice(1);
    expect(formats).toHaveLength(Number(styles?.[1]));
    const columns = [...(parts["xl/worksheets/sheet2.xml"] ?? "").matchAll(/<col min="(\d+)"[^>]*style="(\d+)"/g)];
    expect(columns.map(([, at]) => Number(at))).toEqual(template.columns.map((_, at) => at + 1));
    for (const [, , style] of columns) expect(formats[Number(style)]).toContain('numFmtId="49"');
  });

  it("offers a coded column exactly its codes, on a sheet that is hidden, and says of each column what it wants", () => {
    expect(parts["xl/workbook.xml"]).toContain('name="codes" state="hidden"');
    const codes = new Map<string, string>();
    openWorkbook(content).rowsOf("codes", ({ cells }) => {
      for (const { address, text } of cells) codes.set(address, text);
    });
    const sheet = parts["xl/worksheets/sheet2.xml"] ?? "";
    const validations = sheet.match(/<dataValidation [^>]*?(?:\/>|>.*?<\/dataValidation>)/g) ?? [];
    expect(validations).toHaveLength(template.columns.length);
    for (const [at, column] of template.columns.entries()) {
      const validation = validations[at] ?? "";
      const letter = columnName(at);
      expect(validation).toContain(`sqref="${letter}2:${letter}1048576"`);
      expect(validation).toContain(`promptTitle="${column.name.slice(0, 32)}"`);
      const prompt = /prompt="([^"]*)"/.exec(validation)?.[1]?.replaceAll("&#10;", "\n") ?? "";
      expect(prompt).toContain(column.doc.zh.slice(0, 10));
      expect(prompt.length).toBeLessThanOrEqual(255);
      const [, from = "", last = "0"] = /codes!\$([A-Z]+)\$1:\$[A-Z]+\$(\d+)</.exec(validation) ?? [];
      const offered = Array.from({ length: Number(last) }, (_, row) => codes.get(`${from}${row + 1}`));
      const wanted = column.type === "identity_type" ? Object.keys(template.credentials) : [];
      expect(offered).toEqual(column.codes?.map(({ code }) => code) ?? wanted);
    }
  });
});
