export type CopyValue = string | number | boolean | null | Uint8Array;

/**
 * One row of PostgreSQL's COPY text format, its newline included. Bytes go as bytea's hex form; a timestamptz as
 * instantToText(instant). Source: PostgreSQL 15 manual, COPY, "Text Format".
 */
export function copyRow(values: readonly CopyValue[]): string {
  let row = "";
  for (let column = 0; column < values.length; column += 1) {
    if (column > 0) row += "\t";
    row += copyField(values[column] ?? null);
  }
  return `${row}\n`;
}

export function copyField(value: CopyValue): string {
  if (value === null) return "\\N";
  if (typeof value === "string") return special.test(value) ? value.replace(everySpecial, escapeOf) : value;
  if (typeof value === "number") return String(value);
  if (typeof value === "boolean") return value ? "t" : "f";
  // Two backslashes: COPY takes one away, and bytea's hex form keeps the other.
  return `\\\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex")}`;
}

const special = /[\\\t\n\r]/;
const everySpecial = /[\\\t\n\r]/g;
const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };

function escapeOf(character: string): string {
  return escapes[character] ?? character;
}
