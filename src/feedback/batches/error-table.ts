import type { RecordFault } from "../reading/record.ts";
import type { RefusedRow } from "./refused-rows.ts";
import type { Table } from "../templates/table-files.ts";

/** A merchant's own refused rows with what is wrong with each, to be mended and sent again. */
export function errorTable(
  columns: readonly string[],
  faults: readonly RecordFault[],
  rows: readonly RefusedRow[] | undefined,
): Table {
  const byRecord = new Map<number, string[]>();
  for (const { record, column, reason } of faults) {
    const known = byRecord.get(record);
    if (known === undefined) byRecord.set(record, [`${column} ${reason}`]);
    else known.push(`${column} ${reason}`);
  }
  const values = new Map((rows ?? []).map((row) => [row.record, row.values]));
  return {
    header: [...columns, "_record", "_errors"],
    rows: [...byRecord].map(([record, errors]) => [
      ...columns.map((column) => values.get(record)?.[column] ?? ""),
      String(record),
      errors.join("；"),
    ]),
  };
}
