export interface CsvRow {
  readonly cells: readonly string[];
  /** Where it begins, counted from 1. */
  readonly line: number;
}

/** Reads CSV as RFC 4180 has it. Empty lines and lines that begin with # are left out; so is a byte order mark. */
export function readCsv(text: string): CsvRow[] {
  const rows: CsvRow[] = [];
  let cells: string[] = [];
  let cell = "";
  let quoted = false;
  let line = 1;
  let startedAt = 1;
  const endRow = (): void => {
    cells.push(cell);
    const isEmpty = cells.length === 1 && cell === "";
    if (!isEmpty && cells[0]?.startsWith("#") !== true) rows.push({ cells, line: startedAt });
    cells = [];
    cell = "";
  };
  const source = text.startsWith("\ufeff") ? text.slice(1) : text;
  for (let at = 0; at < source.length; at += 1) {
    const character = source[at] ?? "";
    if (character === "\n") line += 1;
    if (quoted) {
      if (character !== '"') cell += character;
      else if (source[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else quoted = false;
    } else if (character === '"' && cell === "") quoted = true;
    else if (character === ",") {
      cells.push(cell);
      cell = "";
    } else if (character === "\n") {
      endRow();
      startedAt = line;
    } else if (character !== "\r") cell += character;
  }
  if (cell !== "" || cells.length > 0) endRow();
  return rows;
}
