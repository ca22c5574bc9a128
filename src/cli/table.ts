import { inSnakeCase, snakeName } from "./print.ts";

/** Characters of East Asia take two columns of a terminal. */
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}]/u;
/** What would move the cursor, or end a line before its end. */
const control = /\p{Cc}/gu;

/**
 * Prints rows for somebody to read, each column as wide as its widest cell; programs ask for --json. `null` and `undefined`
 * are shown as nothing.
 */
export function printTable(
  header: readonly string[],
  rows: readonly (readonly (string | number | boolean | null | undefined)[])[],
): void {
  const lines = [header, ...rows.map((row) => row.map((cell) => String(cell ?? "").replaceAll(control, " ")))];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => widthOf(line[column] ?? ""))));
  const text = lines.map((line) =>
    line
      .map((cell, column) => cell + padding(cell, widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  process.stdout.write(`${text.join("\n")}\n`);
}

function padding(cell: string, width: number): string {
  return " ".repeat(Math.max(width - widthOf(cell), 0));
}

function widthOf(cell: string): number {
  return [...cell].reduce((width, character) => width + (wide.test(character) ? 2 : 1), 0);
}

/** Prints what one thing has, a line for each, by the names that --json gives them. */
export function printFields(answer: object): void {
  const rows = Object.entries(answer).map(([name, value]) => [snakeName(name), textOf(value)]);
  printTable(["field", "value"], rows);
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(", ");
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(inSnakeCase(value)) : String(value);
}
