export interface CsvRow {
  readonly cells: readonly string[];
  /** The line of the file on which the row begins, counted from 1. */
  readonly line: number;
}

/** One cell and what ends it: a comma, the end of a line or of the text. */
const cellPattern = /("(?:[^"]|"")*"|(?:[^",\r\n][^,\r\n]*)?)(,|\r\n|\n|\r|$)/gy;
const lineEnd = /\r\n|\n|\r/g;

/**
 * Reads CSV as RFC 4180 has it, with a byte order mark or none and any line end. A quote inside a cell that does not begin
 * with one is a character like any other. Empty lines are left out, and with `comments` lines that begin with # are too.
 * Throws a RangeError that names the line of a quote that does not end, or that text follows.
 */
export function readCsv(text: string, { comments = false }: { readonly comments?: boolean } = {}): CsvRow[] {
  const source = text.startsWith("\ufeff") ? text.slice(1) : text;
  const rows: CsvRow[] = [];
  let cells: string[] = [];
  let line = 1;
  let startedAt = 1;
  for (let at = 0; at < source.length;) {
    if (comments && cells.length === 0 && source[at] === "#") {
      lineEnd.lastIndex = at;
      at = lineEnd.test(source) ? lineEnd.lastIndex : source.length;
      startedAt = line += 1;
      continue;
    }
    cellPattern.lastIndex = at;
    const match = cellPattern.exec(source);
    if (match === null) throw new RangeError(`line ${startedAt}: a quote does not end, or text follows it`);
    at = cellPattern.lastIndex;
    const [, cell = "", end = ""] = match;
    cells.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    line += cell.match(lineEnd)?.length ?? 0;
    if (end === ",") {
      // A comma at the very end has an empty cell after it.
      if (at < source.length) continue;
      cells.push("");
    }
    if (cells.length > 1 || cell !== "") rows.push({ cells, line: startedAt });
    cells = [];
    startedAt = line += 1;
  }
  return rows;
}

/** A row without its line end; cells are put in quotes where they have to be. */
export function csvLine(cells: readonly string[]): string {
  return cells.map((cell) => (/[",\r\n]/.test(cell) ? quotedCell(cell) : cell)).join(",");
}

export function quotedCell(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
