import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type MonthIndex, parseMonth } from "../clock.ts";
import { normaliseCredentialsNo } from "../consent/people.ts";
import { type CsvRow, readCsv } from "../csv.ts";
import { isForbiddenColumn } from "../scoring/training/forbidden-columns.ts";
import type { AuditColumn } from "../scoring/training/experiment.ts";
import { CommandError } from "./command-error.ts";

export interface LabelRow {
  readonly credentialsType: string;
  readonly credentialsNo: string;
  readonly bad: boolean;
  readonly asOf: MonthIndex;
}

export interface Labels {
  readonly rows: readonly LabelRow[];
  readonly audit: readonly AuditColumn[];
  readonly sha256: string;
}

const known = new Set(["user_credentials_no", "user_credentials_type", "label", "as_of", "client_id"]);

/**
 * Reads a label file: CSV with the columns user_credentials_no, label (1: bad, 0: good), and if wanted
 * user_credentials_type and as_of (yyyy-MM, for labels of several dates). Another column is refused unless it is named
 * as one to audit by; so are somebody who stands there twice as of one month, and labels of one kind only.
 */
export async function readLabels(path: string, asOf: MonthIndex, auditColumns: readonly string[]): Promise<Labels> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`cannot read ${path}: ${error.code ?? error.message}`);
  });
  const [first, ...others] = readRows(bytes.toString("utf8"), path);
  const header = (first?.cells ?? []).map((name) => name.trim());
  for (const needed of ["user_credentials_no", "label"]) {
    if (!header.includes(needed))
      throw new CommandError(`${path} has no column ${needed}; its first line names the columns`);
  }
  for (const name of header) {
    if (known.has(name) || auditColumns.includes(name)) continue;
    throw new CommandError(
      isForbiddenColumn(name)
        ? `nobody may be scored by ${name}: take the column out, or give --audit ${name} to see whether the card treats the groups alike`
        : `${name} is no column of a label file: features come from the records fed back; take it out, or give --audit ${name}`,
    );
  }
  const audit = auditColumns.map((name) => ({ name, values: [] as string[] }));
  for (const { name } of audit)
    if (!header.includes(name)) throw new CommandError(`${path} has no column ${name} to audit by`);
  const rows = others.map(({ cells, line }) => {
    const value = (name: string): string | undefined => cells[header.indexOf(name)]?.trim();
    const place = `${path}:${line}`;
    const label = value("label");
    if (label !== "0" && label !== "1") throw new CommandError(`${place}: label is 1 for bad or 0 for good`);
    const own = header.includes("as_of") ? parseMonth(value("as_of") ?? "") : asOf;
    if (own === undefined) throw new CommandError(`${place}: as_of is a month, yyyy-MM`);
    const credentialsNo = value("user_credentials_no");
    if (credentialsNo === undefined || credentialsNo === "")
      throw new CommandError(`${place}: user_credentials_no is empty`);
    for (const each of audit) each.values.push(value(each.name) ?? "");
    return { credentialsNo, credentialsType: value("user_credentials_type") ?? "0", bad: label === "1", asOf: own };
  });
  refuseRepeated(
    rows,
    others.map(({ line }) => line),
    path,
  );
  const bads = rows.filter(({ bad }) => bad).length;
  if (bads === 0 || bads === rows.length) {
    const all = rows.length === 0 ? "nobody is labelled" : `everybody is ${bads === 0 ? "good (0)" : "bad (1)"}`;
    throw new CommandError(`${path}: ${all}; labels of both kinds are needed to tell them apart`);
  }
  return { rows, audit, sha256: createHash("sha256").update(bytes).digest("hex") };
}

/** Somebody who counts twice would count for two people, and on both sides of a cross-validation. Names lines, not people. */
function refuseRepeated(rows: readonly LabelRow[], lines: readonly number[], path: string): void {
  const firstOf = new Map<string, number>();
  for (const [index, row] of rows.entries()) {
    const key = `${row.credentialsType} ${normaliseCredentialsNo(row.credentialsType, row.credentialsNo)} ${row.asOf}`;
    const first = firstOf.get(key);
    if (first === undefined) {
      firstOf.set(key, index);
      continue;
    }
    const alike = rows[first]?.bad === row.bad;
    throw new CommandError(
      alike
        ? `${path}:${lines[index]}: the same person as of the same month as in line ${lines[first]}; keep one of them`
        : `${path}:${lines[index]}: the label contradicts that of the same person and month in line ${lines[first]}; find out which holds`,
    );
  }
}

/** The rows of a CSV file that a command was given. */
export function readRows(text: string, path: string): CsvRow[] {
  try {
    return readCsv(text);
  } catch (error) {
    if (error instanceof RangeError) throw new CommandError(`${path}, ${error.message}`);
    throw error;
  }
}

export function readMonth(value: string, option: string): MonthIndex {
  const month = parseMonth(value);
  if (month === undefined) throw new CommandError(`${option} is a month, yyyy-MM`);
  return month;
}
