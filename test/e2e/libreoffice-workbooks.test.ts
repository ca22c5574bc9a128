import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import { expect, it } from "vitest";
import { loanTemplate } from "#kaimen/feedback/templates/loan.ts";
import { readWorkbook, templateWorkbook } from "#kaimen/feedback/templates/table-files.ts";

function isInstalled(): boolean {
  try {
    execFileSync("soffice", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Columns in the order of the template; styles are named by their built-in format. */
const filledIn: Record<string, { readonly cell: string; readonly read: string }> = {
  user_name: { cell: '<c t="inlineStr"><is><t>张三</t></is></c>', read: "张三" },
  user_credentials_no: { cell: '<c t="inlineStr"><is><t>990000199003070013</t></is></c>', read: "990000199003070013" },
  create_amt: { cell: "<c><f>0.1+0.2</f></c>", read: "0.3" },
  pay_month: { cell: '<c s="17"><v>46082</v></c>', read: "2026-03" },
  gmt_ovd_date: { cell: '<c s="14"><v>46082</v></c>', read: "2026-03-01" },
  pay_amt: { cell: "<c><v>1200.5</v></c>", read: "1200.5" },
};

it.skipIf(!isInstalled())(
  "a template that LibreOffice has opened, computed and saved is read by the type of its columns, and keeps its lists",
  { timeout: 120_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "kaimen-libreoffice-"));
    try {
      await writeFile(join(folder, "filled.xlsx"), await filledTemplate());
      const profile = `-env:UserInstallation=file://${folder}/profile`;
      const words = [profile, "--headless", "--convert-to", "xlsx", "--outdir", join(folder, "saved")];
      await promisify(execFile)("soffice", [...words, join(folder, "filled.xlsx")]);
      const saved = await readFile(join(folder, "saved", "filled.xlsx"));
      const { header, rows } = await readWorkbook(saved);
      expect(header).toEqual(loanTemplate.columns.map(({ name }) => name));
      expect(rows).toEqual([header.map((name) => filledIn[name]?.read ?? "")]);
      const sheets = Object.values(unzipSync(saved)).map((part) => strFromU8(part));
      expect(sheets.some((xml) => /<dataValidation [^>]*type="list"/.test(xml))).toBe(true);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);

async function filledTemplate(): Promise<Uint8Array> {
  const book = unzipSync(await templateWorkbook(loanTemplate));
  const edit = (path: string, change: (xml: string) => string): void => {
    book[path] = strToU8(change(strFromU8(book[path] ?? new Uint8Array())));
  };
  const styles = new Map<string, number>();
  edit("xl/styles.xml", (xml) => {
    const there = (/<cellXfs[^>]*>(.*)<\/cellXfs>/.exec(xml)?.[1] ?? "").split("<xf").length - 1;
    const added = ["14", "17"].map((format, at) => {
      styles.set(format, there + at);
      return `<xf numFmtId="${format}" applyNumberFormat="1"/>`;
    });
    return xml
      .replace(/<cellXfs count="\d+">/, `<cellXfs count="${there + added.length}">`)
      .replace("</cellXfs>", `${added.join("")}</cellXfs>`);
  });
  const cells = loanTemplate.columns.map(({ name }) => filledIn[name]?.cell ?? "<c/>").join("");
  const styled = cells.replaceAll(/s="(\d+)"/g, (_, format: string) => `s="${styles.get(format)}"`);
  edit("xl/worksheets/sheet2.xml", (xml) => xml.replace("</sheetData>", `<row>${styled}</row></sheetData>`));
  return zipSync(book);
}
